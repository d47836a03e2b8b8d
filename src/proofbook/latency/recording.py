"""What a load run measured: one row a request that was meant to be sent."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The status of a request that got no answer.
UNANSWERED = 0
#: A request that starts so many seconds after it was due is late.
LATE_SECONDS = 0.010


class Answer(NamedTuple):
    """One request that was meant to be sent after the warm-up."""

    #: When it was meant to start, in seconds from the beginning of what is measured.
    due: float
    #: By how much it started late; the time that it took counts from `due` all the same.
    late: float
    #: From the intended start to the end of the answer, in seconds.
    latency: float
    #: HTTP's, or `UNANSWERED`.
    status: int
    #: Its place among the names of the recording.
    name: int = 0

    @property
    def is_late(self) -> bool:
        """Whether the generator held it up."""
        return self.late > LATE_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A whole run, or several one after the other."""

    #: By intended start; of several runs, one after the other.
    answers: Sequence[Answer]
    #: What was asked: `GET /health`.
    names: tuple[str, ...] = ("",)
    #: How many requests were meant to be sent after the warm-up.
    planned: int
    #: How many of all were not sent, since as many as there may be were under way.
    dropped: int = 0
    #: Time on the processor per second, of the busiest process that sent them.
    processor: float = 0.0
    #: An answer that takes longer is none, in seconds.
    patience: float = 5.0
    #: Seconds of arrivals before those that count; said before the run began.
    warm_up: float = 0.0
    #: Why the run ended early; empty if it did not.
    stopped: str = ""
    #: How long what is measured took, in seconds.
    seconds: float = field(default=0.0)

    def __add__(self, other: Recording) -> Recording:
        """Both, the other after this one."""
        shifted = [each._replace(due=each.due + self.seconds) for each in other.answers]
        return Recording(
            answers=[*self.answers, *shifted],
            names=self.names,
            planned=self.planned + other.planned,
            dropped=self.dropped + other.dropped,
            processor=max(self.processor, other.processor),
            patience=self.patience,
            warm_up=self.warm_up,
            stopped=self.stopped or other.stopped,
            seconds=self.seconds + other.seconds,
        )
