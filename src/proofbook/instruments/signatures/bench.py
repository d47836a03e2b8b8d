"""
A bench for whoever checks signatures: cases in, answers out, and what the answers say.

    answers = run(cases, deliver)
    assert broke(answers) == accepted_wrongly(answers) == refused_wrongly(answers) == ()

`deliver` is the adapter: it sends one case and says whether it was taken. The judges are pure. A bench
that had no case to accept, or none to refuse, has asked nothing: `unasked` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Sent = TypeVar("Sent")

#: Statuses from here on say that the receiver broke.
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Case(Generic[Sent]):
    """One thing to deliver, and whether it is to be taken."""

    name: str
    sent: Sent
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it."""

    #: Whether the receiver took it for signed.
    accepted: bool
    #: 0 where there is no status: no answer over HTTP, or no HTTP.
    status: int = 0
    #: What the receiver said, or why nothing came; for the reader of a failure.
    said: str = ""
    #: False where the receiver gave no answer at all.
    answered: bool = True


@dataclass(frozen=True, slots=True)
class Answered(Generic[Sent]):
    """A case with its answer."""

    case: Case[Sent]
    answer: Answer

    def __str__(self) -> str:
        seen = f" ({self.answer.status})" if self.answer.status else ""
        said = f": {self.answer.said}" if self.answer.said else ""
        return f"{self.case.name}{seen}{said}"


def refusals(changed: Iterable[tuple[str, Sent]], where: str = "") -> list[Case[Sent]]:
    """Cases to refuse, of what a generator of `tampering` yields; `where` goes before each name."""
    return [Case(name=f"{where}: {name}" if where else name, sent=sent) for name, sent in changed]


def run(
    cases: Iterable[Case[Sent]], deliver: Callable[[Sent], Answer]
) -> tuple[Answered[Sent], ...]:
    """Deliver each case, in order; whatever `deliver` raises is the caller's."""
    return tuple(Answered(case, deliver(case.sent)) for case in cases)


def broke(answers: Iterable[Answered[Sent]]) -> tuple[str, ...]:
    """Cases at which the receiver broke: a 5xx, or no answer at all."""
    return tuple(
        str(answered)
        for answered in answers
        if answered.answer.status >= SERVER_ERROR or not answered.answer.answered
    )


def accepted_wrongly(answers: Iterable[Answered[Sent]]) -> tuple[str, ...]:
    """Cases that were taken and are not what was signed."""
    return tuple(str(a) for a in answers if a.answer.accepted and not a.case.accepted)


def refused_wrongly(answers: Iterable[Answered[Sent]]) -> tuple[str, ...]:
    """Cases that were signed as they should be, and were not taken."""
    return tuple(str(a) for a in answers if a.case.accepted and not a.answer.accepted)


def unasked(answers: Iterable[Answered[Sent]]) -> tuple[str, ...]:
    """Why the answers prove nothing: whoever refuses all, or takes all, passes half a bench."""
    expected = {answered.case.accepted for answered in answers}
    return tuple(
        f"no case was to be {word}"
        for word, kind in (("accepted", True), ("refused", False))
        if kind not in expected
    )
