"""What a judge finds, as people can look at it: the shortest part that still shows it, in words and drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.history.drawing import explained
from proofbook.history.judging import judge
from proofbook.history.picture import picture
from proofbook.history.shrinking import shortest

if TYPE_CHECKING:
    from proofbook.history.events import History
    from proofbook.history.promises import Promises, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Accusation:
    """The first violation of a history by rule and job, and how many there are."""

    violation: Violation
    count: int
    #: The part of the history in which no event can be left out.
    part: History
    #: The violation and the part, a line an event.
    text: str
    #: The part drawn, with the troubles of the whole that overlap it.
    svg: str

    def __str__(self) -> str:
        others = f", and {self.count - 1} more" if self.count > 1 else ""
        return f"{self.violation}{others}"


def accused(history: History, promises: Promises) -> Accusation | None:
    """What the history breaks, at its shortest; `None`: nothing."""
    found = judge(history, promises)
    if not found:
        return None
    part, violation = shortest(history, lambda part: judge(part, promises))
    return Accusation(
        violation=violation,
        count=len(found),
        part=part,
        text=explained(violation, part),
        svg=picture(part, str(violation), beside=history),
    )
