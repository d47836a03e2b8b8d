"""
What an instrument recorded: who did what to which job, when asked, when answered, how it ended.

One event a row, kept in columns of machine numbers (38 bytes a row, texts once), so that a million
rows fit where a million objects would not. All instants are nanoseconds of ONE monotonic clock, that
of the suite's process: no clock of the system under test is read.

`unknown` means that no answer came: the call may have taken effect, or may yet at any later time.
"""

from __future__ import annotations

from array import array
from enum import StrEnum
from itertools import islice
from operator import le
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class Kind(StrEnum):
    """What was done."""

    #: `detail` is the key under which the job was put in.
    ENQUEUE = "enqueue"
    #: `ok` without a job is an empty answer: nothing to hand out.
    CLAIM = "claim"
    HEARTBEAT = "heartbeat"
    #: Of an accepted one, `detail` is the phase that the queue says the job is in now, or empty.
    COMPLETE = "complete"
    #: A failure that may be retried; `detail` as for `complete`.
    FAIL = "fail"
    #: A look at one job: `token` is its attempts so far, `detail` its phase; `rejected`: no such job.
    READ = "read"
    #: The same, after all is healed and drained: what it shows is what became of the job.
    LAST_LOOK = "last-look"
    #: A look at the whole queue: `token` is the number of jobs in any state, `detail` says it in words.
    COUNT = "count"
    #: A side effect under a job's name, as the resource that takes it accepted or refused it.
    EFFECT = "effect"
    #: A holder died and said nothing.
    KILL = "kill"
    #: A holder froze until after its lease, and came back.
    PAUSE = "pause"
    #: Something was done to the system from outside, from the stroke until it was healed; `detail` says what.
    TROUBLE = "trouble"


class Outcome(StrEnum):
    """How it ended."""

    OK = "ok"
    #: Refused, and therefore without effect; `detail` is the queue's code.
    REJECTED = "rejected"
    #: No answer, or one that says nothing; `detail` is what came instead.
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """Where a job stands, in words that fit any queue with leases and retries."""

    READY = "ready"
    LEASED = "leased"
    #: Completed.
    DONE = "done"
    #: Given up after its last attempt.
    DEAD = "dead"
    #: Ended without being worked on: withdrawn, run out.
    CANCELLED = "cancelled"
    #: Set aside by a person.
    HELD = "held"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing may happen to the job any more."""
        return self in (Phase.DONE, Phase.DEAD, Phase.CANCELLED)


class Event(NamedTuple):
    """One call and its end. A tuple, because judges make and drop hundreds of thousands."""

    kind: Kind
    #: `None` where the call names none and no answer named one: an empty or lost claim.
    job: str | None
    worker: str
    #: The attempt number that a claim returned: the fencing token of all that its holder does.
    token: int | None
    invoked_ns: int
    #: When the answer came or was given up; `None` if the caller died before.
    returned_ns: int | None
    outcome: Outcome
    detail: str = ""


KINDS = tuple(Kind)
OUTCOMES = tuple(Outcome)
#: What each value of the column `codes` stands for.
PAIRS = tuple((kind, outcome) for kind in KINDS for outcome in OUTCOMES)
#: Stands for "none" in a column of numbers.
NONE = -1


class History:
    """
    Events in the order in which they were recorded, with the plan that led to them.

    `plan` is whatever replays the run: seed, workers, lease, schedule; plain JSON values.
    """

    def __init__(self, plan: Mapping[str, object] | None = None) -> None:
        self.plan: dict[str, object] = dict(plan or {})
        #: `kind * 3 + outcome`, the two in one byte.
        self.codes = array("b")
        self.jobs = array("i")
        self.workers = array("i")
        self.details = array("i")
        self.tokens = array("q")
        self.invoked = array("q")
        self.returned = array("q")
        self.texts: list[str] = []
        self._index: dict[str, int] = {}

    @classmethod
    def of(cls, events: Iterable[Event], plan: Mapping[str, object] | None = None) -> History:
        """A history of these events, in this order."""
        history = cls(plan)
        for event in events:
            history.add(event)
        return history

    def add(self, event: Event) -> int:
        """Append an event; its row."""
        self.codes.append(code_of(event.kind, event.outcome))
        self.jobs.append(NONE if event.job is None else self._text(event.job))
        self.workers.append(self._text(event.worker))
        self.details.append(self._text(event.detail))
        self.tokens.append(NONE if event.token is None else event.token)
        self.invoked.append(event.invoked_ns)
        self.returned.append(NONE if event.returned_ns is None else event.returned_ns)
        return len(self.codes) - 1

    def settle(self, row: int, event: Event) -> None:
        """Write an event over a row: the answer to an invocation that was logged before."""
        self.codes[row] = code_of(event.kind, event.outcome)
        self.jobs[row] = NONE if event.job is None else self._text(event.job)
        self.details[row] = self._text(event.detail)
        self.tokens[row] = NONE if event.token is None else event.token
        self.returned[row] = NONE if event.returned_ns is None else event.returned_ns

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, row: int) -> Event:
        kind, outcome = PAIRS[self.codes[row]]
        job, token, returned = self.jobs[row], self.tokens[row], self.returned[row]
        texts = self.texts
        return Event(
            kind,
            None if job == NONE else texts[job],
            texts[self.workers[row]],
            None if token == NONE else token,
            self.invoked[row],
            None if returned == NONE else returned,
            outcome,
            texts[self.details[row]],
        )

    def __iter__(self) -> Iterator[Event]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, History):
            return NotImplemented
        return self.plan == other.plan and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it grows while it is recorded

    def ordered(self) -> History:
        """The same events by instant of invocation; itself, if they are."""
        if all(map(le, self.invoked, islice(self.invoked, 1, None))):
            return self
        rows = sorted(range(len(self)), key=self.invoked.__getitem__)
        return History.of(map(self.__getitem__, rows), self.plan)

    def number(self, text: str) -> int:
        """By what number the columns name a text; `NONE` for one that no event holds."""
        return self._index.get(text, NONE)

    def of_kind(self, kind: Kind) -> list[Event]:
        """All events of a kind, in order."""
        first = code_of(kind, OUTCOMES[0])
        kinds = range(first, first + len(OUTCOMES))
        if not any(self.codes.count(code) for code in kinds):
            return []
        return [self[row] for row, code in enumerate(self.codes) if code in kinds]

    def _text(self, text: str) -> int:
        found = self._index.get(text)
        if found is None:
            found = self._index[text] = len(self.texts)
            self.texts.append(text)
        return found


def code_of(kind: Kind, outcome: Outcome) -> int:
    """The two in one byte, as the column `codes` holds them."""
    return _CODES[kind, outcome]


_CODES = {pair: code for code, pair in enumerate(PAIRS)}
