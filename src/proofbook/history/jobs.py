"""One job's part of a history, and what a judge must know of the rest of it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from proofbook.history.events import KINDS, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from proofbook.history.events import Event
    from proofbook.history.promises import Promises

SECOND = 1_000_000_000
#: Later than any event.
ENDLESS = 2**63 - 1


class Job:
    """
    The events of one job by what they are, each list in order of invocation.

    `claims` holds the accepted ones only, by token: what a claim without an answer got is unknown.
    """

    __slots__ = ("_least_later", "_tokens", "claims", "looks", "name", "of", "told")

    def __init__(self, name: str, events: Iterable[Event]) -> None:
        self.name = name
        self.of: dict[Kind, list[Event]] = {kind: [] for kind in KINDS}
        for event in events:
            self.of[event.kind].append(event)
        self.looks = self.of[Kind.READ] + self.of[Kind.LAST_LOOK]
        self.claims = [e for e in self.of[Kind.CLAIM] if e.outcome is Outcome.OK]
        self.claims.sort(key=token)
        #: Reports that were not refused, completions first: each may have ended its attempt.
        self.told = [
            e
            for e in self.of[Kind.COMPLETE] + self.of[Kind.FAIL]
            if e.outcome is not Outcome.REJECTED
        ]
        self._tokens = [token(claim) for claim in self.claims]
        #: By place in `claims`: when, of this claim and all of larger tokens, the first was answered.
        self._least_later = list(accumulate(map(returned, reversed(self.claims)), min))[::-1]

    def superseded_ns(self, attempt: int) -> int | None:
        """When the first claim with a larger token was answered; `None`: none was."""
        place = bisect_right(self._tokens, attempt)
        return self._least_later[place] if place < len(self.claims) else None

    def claimed(self, attempt: int) -> Event | None:
        """The accepted claim that returned this token."""
        place = bisect_left(self._tokens, attempt)
        found = place < len(self.claims) and self._tokens[place] == attempt
        return self.claims[place] if found else None

    def reports(self, attempt: int, before_ns: int) -> list[Event]:
        """What may have ended the attempt, invoked no later than `before_ns`."""
        return [e for e in self.told if e.token == attempt and e.invoked_ns <= before_ns]

    def prolonged_ns(self, claim: Event, before_ns: int) -> int:
        """The latest instant at or before which the claim's lease surely began (anew)."""
        beats = (
            beat.invoked_ns
            for beat in self.of[Kind.HEARTBEAT]
            if beat.token == claim.token
            and beat.outcome is Outcome.OK
            and beat.invoked_ns <= before_ns
        )
        return max(beats, default=claim.invoked_ns)


@dataclass(frozen=True, slots=True)
class Scene:
    """What holds for every job of a history."""

    promises: Promises
    #: The first event's invocation: sentences count seconds from here.
    origin_ns: int
    #: When each claim was sent that got no answer: any of them may hold any job.
    lost_claims_ns: Sequence[int]
    #: Claims answered "nothing to hand out", by invocation.
    empty_claims: Sequence[Event]
    #: Puts without an answer that name no job: each may have made one.
    lost_puts: int

    @classmethod
    def of(cls, promises: Promises, jobless: Sequence[Event], *, origin_ns: int) -> Scene:
        """The scene of a history, from its events that name no job, by invocation."""
        claims = [event for event in jobless if event.kind is Kind.CLAIM]
        return cls(
            promises=promises,
            origin_ns=origin_ns,
            lost_claims_ns=[e.invoked_ns for e in claims if e.outcome is Outcome.UNKNOWN],
            empty_claims=[e for e in claims if e.outcome is Outcome.OK],
            lost_puts=sum(e.kind is Kind.ENQUEUE and e.outcome is Outcome.UNKNOWN for e in jobless),
        )

    @property
    def lease_ns(self) -> int:
        """The shortest that a lease can look by another clock."""
        return nanoseconds(self.promises.lease_seconds - self.promises.grain_seconds)

    def lost_claims(self, before_ns: int) -> int:
        """How many claims without an answer were sent by then."""
        return bisect_right(self.lost_claims_ns, before_ns)

    def unserved(self, after_ns: int, before_ns: int | None) -> Event | None:
        """A claim sent after and answered before (`None`: ever) that was told there is nothing."""
        first = bisect_right(self.empty_claims, after_ns, key=invoked)
        for place in range(first, len(self.empty_claims)):
            event = self.empty_claims[place]
            if before_ns is None or returned(event) < before_ns:
                return event
            if event.invoked_ns >= before_ns:
                break
        return None

    def at(self, instant_ns: int) -> str:
        """An instant as people read it: seconds from the first event."""
        return f"{(instant_ns - self.origin_ns) / SECOND:.3f} s"


def nanoseconds(seconds: float) -> int:
    """Seconds as the history counts them."""
    return round(seconds * SECOND)


def token(event: Event) -> int:
    """The event's token; -1 where it has none, so that it never outranks one."""
    return -1 if event.token is None else event.token


def invoked(event: Event) -> int:
    """When it was sent."""
    return event.invoked_ns


def returned(event: Event) -> int:
    """When its answer came; the answer of an event without one came never early."""
    return event.invoked_ns if event.returned_ns is None else event.returned_ns


def accepted(events: Iterable[Event]) -> Iterator[Event]:
    """Those that took effect."""
    return (event for event in events if event.outcome is Outcome.OK)
