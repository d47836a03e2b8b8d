"""
Workers over the reference queue in time of their own: latencies, lost calls and answers, deaths, zombies.

Nothing runs at once and nothing waits: a heap of what happens next is the whole of time, so a run is
fast, and the same seed is the same run. Instants are whole seconds, so that ties and exact boundaries
are common; a call that got no answer may reach the queue at any later time.
"""

from __future__ import annotations

import heapq
import random
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from proofbook.history import Event, History, Kind, Outcome, Promises
from proofbook.instruments.workers import Lease, Unknown
from proofbook.instruments.workers.recorder import answered
from tests.engine.instruments.reference_queue import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    #: What a worker does next: rest for some seconds, or call and be sent the answer.
    Step = float | tuple[Event, Callable[[], object]]
    Life = Generator[Step, object, None]

NS = 1_000_000_000
PROMISES = Promises(
    lease_seconds=20,
    max_attempts=4,
    backoff_seconds=lambda _job, attempt: (5.0 * attempt, 8.0 * attempt),
    reclaim_seconds=6,
    ledger=True,
    grain_seconds=0,
)
#: After so many seconds, and as many for each job, whatever has not ended never will.
END = 400
#: Share of calls that get no answer; a third of them never arrive.
LOST = 0.09


class Simulation:
    """One run: `history()` plays it and gives what was recorded, last looks and ledger included."""

    def __init__(self, seed: int, fault: str = "", *, jobs: int = 6, workers: int = 4) -> None:
        self.dice = random.Random(seed)
        self.now = 0.0
        self.putting = True
        self.store = Store(PROMISES, fault, clock=lambda: self.now, dice=random.Random(seed))
        self.jobs, self.workers = jobs, workers
        self.recorded = History({"seed": seed, "fault": fault})
        self._next: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()

    def history(self) -> History:
        """Everything, from the first put to the last look."""
        self._play(self._suite())
        for number in range(self.workers):
            self._play(self._worker(f"w{number}"), self.dice.randint(0, 3))
        while self._next and self.now < END * (1 + self.jobs):
            self.now, _, happen = heapq.heappop(self._next)
            happen()
        for job, token in self.store.ledger:
            self._record(Event(Kind.EFFECT, job, "ledger", token, 0, 0, Outcome.OK))
        put = {str(event.job) for event in self.recorded.of_kind(Kind.ENQUEUE) if event.job}
        for name in sorted(put):
            seen = self.store.state(name)
            self._record(answered(_event(Kind.LAST_LOOK, "suite", name), seen))
        self._count()
        return self.recorded

    def _suite(self) -> Life:
        self._count()
        for number in range(self.jobs):
            key = f"key-{number}"
            put = partial(self.store.enqueue, key)
            yield _event(Kind.ENQUEUE, "suite", detail=key), put
            if self.dice.random() < 0.3:
                yield _event(Kind.ENQUEUE, "suite", detail=key), put
            yield self.dice.randint(0, 3)
        self.putting = False

    def _worker(self, name: str) -> Life:
        """A worker, and after its death or while it is frozen, its successor under its name."""
        while self._is_open():
            lease = yield _event(Kind.CLAIM, name), partial(self.store.claim, name)
            if not isinstance(lease, Lease):
                yield self.dice.randint(1, 6)
                continue
            luck = self.dice.random()
            if luck < 0.12:
                continue
            if luck < 0.3:
                self._play(self._hold(lease), self.dice.randint(0, 50))
                continue
            yield from self._hold(lease)

    def _hold(self, lease: Lease) -> Life:
        for _ in range(self.dice.choice((0, 0, 0, 1, 4))):
            yield self.dice.randint(0, 12)
            yield _of(lease, Kind.HEARTBEAT), partial(self.store.heartbeat, lease)
        yield self.dice.randint(0, 12)
        fails = self.dice.random() < 0.3
        kind = Kind.FAIL if fails else Kind.COMPLETE
        report = self.store.fail if fails else self.store.complete
        for _ in range(3):
            answer = yield _of(lease, kind), partial(report, lease)
            if not isinstance(answer, Unknown) and self.dice.random() < 0.8:
                break

    def _is_open(self) -> bool:
        return self.putting or not all(row.phase.is_terminal for row in self.store.rows.values())

    def _play(self, life: Life, after: float = 0) -> None:
        self._at(self.now + after, partial(self._go_on, life, None))

    def _go_on(self, life: Life, answer: object) -> None:
        try:
            step = life.send(answer)
        except StopIteration:
            return
        if isinstance(step, tuple):
            self._call(life, *step)
        else:
            self._at(self.now + step, partial(self._go_on, life, None))

    def _call(self, life: Life, event: Event, transaction: Callable[[], object]) -> None:
        """Send it: it arrives, and is answered, or is lost, or arrives when nobody waits any more."""
        sent = event._replace(invoked_ns=round(self.now * NS))
        row = self.recorded.add(sent)
        luck, there, back = self.dice.random(), self._latency(), self._latency()

        def arrive() -> None:
            answer = transaction()
            if luck >= LOST:
                self._at(self.now + back, partial(reply, answer))

        def reply(answer: object) -> None:
            self.recorded.settle(
                row, answered(sent, answer)._replace(returned_ns=round(self.now * NS))
            )
            self._go_on(life, answer)

        def give_up() -> None:
            gone = answered(sent, Unknown("no answer"))
            self.recorded.settle(row, gone._replace(returned_ns=round(self.now * NS)))
            self._go_on(life, Unknown("no answer"))

        if luck < LOST:
            self._at(self.now + there + back, give_up)
            there += self.dice.choice((0, 0, 60))
        if luck >= LOST / 3:
            self._at(self.now + there, arrive)

    def _latency(self) -> int:
        return self.dice.choice((0, 0, 0, 1, 1, 2, 3, 25))

    def _at(self, instant: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._next, (instant, next(self._order), happen))

    def _count(self) -> None:
        self._record(answered(_event(Kind.COUNT, "suite"), self.store.counted()))

    def _record(self, event: Event) -> None:
        now_ns = round(self.now * NS)
        self.recorded.add(event._replace(invoked_ns=now_ns, returned_ns=now_ns))


def _event(kind: Kind, worker: str, job: str | None = None, detail: str = "") -> Event:
    return Event(kind, job, worker, None, 0, None, Outcome.UNKNOWN, detail)


def _of(lease: Lease, kind: Kind) -> Event:
    return Event(kind, lease.job, lease.worker, lease.token, 0, None, Outcome.UNKNOWN)
