"""One worker: it polls, works, keeps its lease, reports; or dies, freezes and comes back too late."""

from __future__ import annotations

import random
import threading
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.history import Kind, Phase
from proofbook.instruments.workers.plan import Fate
from proofbook.instruments.workers.queue import Accepted, Lease, Rejected, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.instruments.workers.board import Board
    from proofbook.instruments.workers.plan import Plan
    from proofbook.instruments.workers.queue import Connect, Queue
    from proofbook.instruments.workers.recorder import Recorder

    Report = Callable[[Queue, Lease], Accepted | Rejected | Unknown]

#: A worker that is told again and again that there is nothing waits up to so many polls between.
MOST_POLLS = 8
#: A report without an answer is sent again so often.
REPEATS = 2
#: Heartbeats in a lease.
BEATS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What all workers of one drain have in common."""

    connect: Connect
    recorder: Recorder
    board: Board
    plan: Plan
    lease_seconds: float
    poll_seconds: float


class Worker:
    """
    A worker in a thread.

    It dies and freezes by plan: another process then takes its place in the same thread, under a new
    name, and of the frozen one a thread of its own remains.
    """

    def __init__(self, drain: Drain, name: str) -> None:
        self.drain = drain
        self.born = name
        self.lives = 1
        self.name, self.instance = name, str(uuid.uuid4())
        self.zombies: list[threading.Thread] = []
        self.thread = threading.Thread(target=self._live, name=name)

    def join(self) -> None:
        """Wait for the thread, and for those that came back."""
        for thread in (self.thread, *self.zombies):
            thread.join()

    def _live(self) -> None:
        try:
            with self.drain.connect() as queue:
                self._poll(queue)
        except BaseException as error:  # noqa: BLE001 - the drain raises it in its caller's thread
            self.drain.board.broke(error)

    def _poll(self, queue: Queue) -> None:
        board, empty = self.drain.board, 0
        while not board.over.is_set():
            asked = time.monotonic()
            answer = self.drain.recorder.claim(queue, self.name, self.instance)
            if isinstance(answer, Lease):
                board.taken(answer)
                self._hold(queue, answer)
                empty = 0
                continue
            if answer is None:
                board.empty(asked)
            elif isinstance(answer, Unknown):
                board.unknown()
            board.over.wait(self.drain.poll_seconds * min(2**empty, MOST_POLLS))
            empty += 1

    def _hold(self, queue: Queue, lease: Lease) -> None:
        match self.drain.plan.fate(lease.job, lease.token):
            case Fate.DIES | Fate.IS_DEADLY:
                self.drain.recorder.note(Kind.KILL, lease)
                self._be_reborn()
            case Fate.FREEZES:
                self.drain.recorder.note(Kind.PAUSE, lease)
                self._freeze(lease)
                self._be_reborn()
            case Fate.FAILS | Fate.IS_HOPELESS:
                self._report(queue, lease, self.drain.recorder.fail)
            case _:
                if self._work(queue, lease):
                    self._report(queue, lease, self.drain.recorder.complete)

    def _be_reborn(self) -> None:
        self.lives += 1
        self.name, self.instance = f"{self.born}.{self.lives}", str(uuid.uuid4())

    def _work(self, queue: Queue, lease: Lease) -> bool:
        """Work for as long as the job takes; whether the lease is still ours, as far as we know."""
        interval = self.drain.lease_seconds / BEATS
        now = time.monotonic()
        done, beat = now + self.drain.plan.seconds.get(lease.job, 0.0), now + interval
        patience = now + self.drain.lease_seconds
        while now < done or (now < patience and self._is_haunted(lease)):
            if self.drain.board.over.is_set():
                return False
            if now >= beat:
                if isinstance(self.drain.recorder.heartbeat(queue, lease), Rejected):
                    return False
                beat = time.monotonic() + interval
            wake = self.drain.board.over
            if self._is_haunted(lease):
                wake = self.drain.board.came_back[lease.job]
            wake.wait(max(min(done if now < done else patience, beat) - time.monotonic(), 0))
            now = time.monotonic()
        return True

    def _is_haunted(self, lease: Lease) -> bool:
        """Whether the holder before froze and has not come back: it must find somebody holding."""
        back = self.drain.board.came_back.get(lease.job)
        return lease.token > 1 and back is not None and not back.is_set()

    def _report(self, queue: Queue, lease: Lease, report: Report) -> None:
        answer = report(queue, lease)
        for _ in range(REPEATS):
            if not isinstance(answer, Unknown):
                break
            self.drain.board.over.wait(self.drain.poll_seconds)
            answer = report(queue, lease)
        done = Phase.DONE if report == self.drain.recorder.complete else Phase.READY
        if isinstance(answer, Accepted) and (answer.phase or done).is_terminal:
            self.drain.board.ended(lease.job)

    def _freeze(self, lease: Lease) -> None:
        board, recorder = self.drain.board, self.drain.recorder
        reports = [recorder.heartbeat, recorder.complete, recorder.fail]
        random.Random(f"{self.drain.plan.seed} {lease.job}").shuffle(reports)  # noqa: S311 - replay

        def come_back() -> None:
            board.passed_on[lease.job].wait()
            with self.drain.connect() as queue:
                for report in reports if not board.errors else ():
                    report(queue, lease)

        def haunt() -> None:
            try:
                come_back()
            except BaseException as error:  # noqa: BLE001 - as in `_live`
                board.broke(error)
            finally:
                board.came_back[lease.job].set()

        self.zombies.append(threading.Thread(target=haunt, name=f"{self.name} frozen"))
        self.zombies[-1].start()
