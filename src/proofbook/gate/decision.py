"""What a gate answers, and everything that it looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from proofbook.judging import Standing
    from proofbook.log import Act, Head
    from proofbook.report import Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one row of a gate says of one claim."""

    #: Which row asks: `coreos.* on deployment`.
    row: str
    standing: Standing
    #: Whether the row lets it through: a pass, or a waiver that the gate allows.
    holds: bool
    #: Why it does not, in one line; empty where it holds.
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shut:
    """Something other than a claim that shuts the gate: damage, a lost head, a row with nothing in it."""

    what: str
    remedy: str
    exit: Exit


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One thing to do on the cheapest way to green."""

    #: Claims that it would settle.
    claims: tuple[str, ...]
    #: What to do, in words, with the command to copy if there is one.
    what: str
    command: str = ""
    #: What it usually takes, in seconds; `None` where nobody knows, or where a person must answer.
    seconds: float | None = None
    #: So many of the claims never ran, so that nobody knows what they take.
    untimed: int = 0
    #: Who can answer; empty where a machine does.
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A gate's yes or no."""

    gate: str
    at: datetime
    #: SHA-256, hexadecimal, of the policy file's text.
    policy_digest: str
    #: The target that was named; `None`: whatever the rows say.
    target: str | None
    #: Component → digest or revision on which it was decided.
    release: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()
    shut: tuple[Shut, ...] = ()
    #: Every head that the log held.
    heads: frozenset[Head] = frozenset()
    #: The signed overrides in force: the gate reads FAILED all the same.
    overrides: tuple[Act, ...] = ()
    exit: Exit

    @property
    def opens(self) -> bool:
        """Whether everything that the gate asks for holds; an override changes nothing here."""
        return not self.shut and bool(self.answers) and all(a.holds for a in self.answers)

    @property
    def word(self) -> str:
        """`PASSED` or `FAILED`."""
        return "PASSED" if self.opens else "FAILED"

    @property
    def unmet(self) -> tuple[Answer, ...]:
        """What does not hold, each claim once for each row that asks for it."""
        return tuple(answer for answer in self.answers if not answer.holds)
