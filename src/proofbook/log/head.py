"""How far a chain goes, and what its last entry was: what is printed, remembered and pinned."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: So many hexadecimal digits of a digest are printed: 128 bits, which nobody finds a second entry for.
SHOWN = 32
#: A chain's name, which is its file's name too, so that it never leads elsewhere.
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_HEAD = re.compile(rf"({NAME.pattern}):([1-9][0-9]*):([0-9a-f]{{{SHOWN},64}})")


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The last entry of a chain as somebody saw it: `20261121T123456Z-1a2b3c:4:9f86d0…`."""

    #: The chain's name.
    chain: str
    #: How many entries it had.
    count: int
    #: SHA-256 of the last of them, hexadecimal; a head that was typed may hold the beginning only.
    digest: str

    def __str__(self) -> str:
        return f"{self.chain}:{self.count}:{self.digest[:SHOWN]}"


def head(text: str) -> Head:
    """The head that `str` wrote; `ValueError` for any other text."""
    found = _HEAD.fullmatch(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is no head of a log. Copy the line that a run ends with: CHAIN:COUNT:DIGEST."
        )
    return Head(found[1], int(found[2]), found[3])


@dataclass(frozen=True, slots=True)
class Trail:
    """A chain by its digests alone: enough to say whether it goes on from a head."""

    chain: str
    #: SHA-256 of each entry, in their order; at least one.
    digests: tuple[str, ...]

    @property
    def head(self) -> Head:
        """Of the whole chain."""
        return Head(self.chain, len(self.digests), self.digests[-1])

    def extends(self, pinned: Head) -> bool:
        """Whether this is the chain of that head, as long as it was or longer."""
        return (
            self.chain == pinned.chain
            and 1 <= pinned.count <= len(self.digests)
            and len(pinned.digest) >= SHOWN
            and self.digests[pinned.count - 1].startswith(pinned.digest)
        )
