"""A claim and its values, and the runbook that states them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofbook.errors import Place

#: What a literal becomes: a number, bytes (int), a fraction of one (float), a duration, a word or
#: string, or a tuple of one kind.
Literal = int | float | timedelta | str | tuple[int | float | timedelta | str, ...]

#: Values that the engine itself reads; a check need not.
RESERVED = frozenset({"valid_for", "by"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One number, word or list that a sentence states: `p95 <= 600 ms`."""

    name: str
    #: `=`, `!=`, `<`, `<=`, `>` or `>=`.
    op: str
    #: What was written: durations as `timedelta`, sizes in bytes, percentages as fractions of 1.
    literal: Literal
    #: The unit as written, for printing a measurement beside the bound; `None` without one.
    unit: str | None
    #: The code span's text, unchanged.
    text: str

    @property
    def is_bound(self) -> bool:
        """Whether it limits a measurement, rather than setting something."""
        return self.op not in ("=", "!=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence of a runbook that can be false."""

    #: `system.what-holds`.
    id: str
    #: The paragraph after the dash, whitespace normalised, Markdown kept as written.
    sentence: str
    values: tuple[Value, ...]
    place: Place
    #: SHA-256, hexadecimal, of the id and the normalised sentence.
    digest: str
    #: The id before a rename: `(was old.id)` after the dash.
    formerly: str | None = None

    @property
    def system(self) -> str:
        """The part of the id before the first dot."""
        return self.id.partition(".")[0]

    @property
    def valid_for(self) -> timedelta | None:
        """How long its evidence lasts; `None`: as long as the release."""
        found = [value.literal for value in self.values if value.name == "valid_for"]
        return found[0] if found and isinstance(found[0], timedelta) else None

    @property
    def by(self) -> tuple[str, ...]:
        """The roles that must answer it; empty where a check does."""
        for value in self.values:
            if value.name == "by":
                literal = value.literal
                return tuple(map(str, literal)) if isinstance(literal, tuple) else (str(literal),)
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A page: who owns it, whom to wake, and what it claims."""

    path: str
    #: `None` where the front matter names none (pages without claims).
    owner: str | None
    escalation: str | None
    claims: tuple[Claim, ...]
