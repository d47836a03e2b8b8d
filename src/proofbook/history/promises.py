"""What a queue promises, and what it looks like when a history breaks it."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.history.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """The numbers that a queue is judged by; every one comes from a runbook."""

    #: How long a claim, and each accepted heartbeat anew, keeps a job for its holder.
    lease_seconds: float
    #: Attempts after which a job is dead; `None`: not judged.
    max_attempts: int | None = None
    #: `(job, failed attempt)` → the least and the most seconds before the next attempt; `None`: not judged.
    backoff_seconds: Callable[[str, int], tuple[float, float]] | None = None
    #: How long a job that is due may be kept from a worker that asks; `None`: not judged.
    reclaim_seconds: float | None = None
    #: Whether repeating an accepted report is accepted again, with the same answer.
    repeatable: bool = True
    #: Whether the history holds the side effects of every job that was done.
    ledger: bool = False
    #: The step of the store's clock and its drift over a lease: what two clocks may disagree by.
    grain_seconds: float = 0.002


#: What each rule says, as a person would.
RULES = MappingProxyType(
    {
        "Q1": "an attempt is handed out once",
        "Q2": "attempts count up, one claim at a time",
        "Q3": "a job has one live holder",
        "Q4": "who lost the lease changes nothing",
        "Q5": "one completion counts",
        "Q6": "an ended job stays ended",
        "Q7": "no job is lost",
        "Q8": "nothing comes from nowhere",
        "Q9": "attempts are bounded, and used before a job is dead",
        "Q10": "a failed job rests as long as promised",
        "Q11": "a job that is due is handed out",
        "Q12": "a live holder is served",
        "Q16": "a job that is done has one effect, its winner's",
        "Q17": "one key makes one job",
        "Q18": "every job is counted somewhere",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One way in which a history breaks a rule."""

    #: A key of `RULES`.
    rule: str
    #: `None` where the rule speaks of the whole queue.
    job: str | None
    #: The attempts that it is about, in the order of the sentence.
    tokens: tuple[int, ...] = ()
    #: What happened, with seconds counted from the history's first event.
    sentence: str
    #: The events that show it.
    events: tuple[Event, ...] = ()

    def __str__(self) -> str:
        return f"{self.rule} ({RULES[self.rule]}): {self.sentence}"
