"""
Which claims a command line means: systems, claim ids and globs.

    coreos                  every claim of the system
    coreos.claimed-once     this one
    coreos.*-refused        those that the glob matches; quote it from the shell
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_GLOB = frozenset("*?[")
#: Ids of one system share their beginning: what is less like a word than this is another claim.
_LIKENESS = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What a command line chose, and which of its words chose nothing."""

    #: Claim ids.
    claims: frozenset[str]
    #: Ids and systems that do not exist.
    unknown: tuple[str, ...]
    #: Globs that match nothing.
    empty: tuple[str, ...]

    @property
    def systems(self) -> frozenset[str]:
        """The systems of the chosen claims."""
        return frozenset(claim.partition(".")[0] for claim in self.claims)


def select(words: Iterable[str], claims: Collection[str]) -> Selection:
    """What `words` choose of the claim ids that exist; all of them without any word."""
    words = tuple(words)
    found = {word: _matched(word, claims) for word in words}
    nothing = [word for word, ids in found.items() if not ids]
    return Selection(
        claims=frozenset().union(*found.values()) if words else frozenset(claims),
        unknown=tuple(word for word in nothing if not _is_glob(word)),
        empty=tuple(word for word in nothing if _is_glob(word)),
    )


def nearest(word: str, claims: Collection[str]) -> tuple[str, ...]:
    """Up to three ids or systems that a mistyped word may have meant, the likeliest first."""
    systems = {claim.partition(".")[0] for claim in claims}
    known = sorted(claims) if "." in word else sorted(systems)
    return tuple(get_close_matches(word, known, n=3, cutoff=_LIKENESS))


def _matched(word: str, claims: Collection[str]) -> frozenset[str]:
    if _is_glob(word):
        return frozenset(claim for claim in claims if fnmatchcase(claim, word))
    return frozenset(claim for claim in claims if word in (claim, claim.partition(".")[0]))


def _is_glob(word: str) -> bool:
    return not _GLOB.isdisjoint(word)
