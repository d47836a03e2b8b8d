"""A fleet: puts jobs in, lets many workers fight over them while some die and freeze, and looks at the end."""

from __future__ import annotations

import math
import time
import uuid
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict
from proofbook.history import Kind, judge
from proofbook.instruments.workers.board import Board
from proofbook.instruments.workers.hands import side_by_side
from proofbook.instruments.workers.plan import Fate, Troubles, drawn
from proofbook.instruments.workers.queue import JobState, Unknown
from proofbook.instruments.workers.recorder import Recorder
from proofbook.instruments.workers.worker import MOST_POLLS, Drain, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from proofbook.history import History, Promises
    from proofbook.instruments.workers.plan import Plan
    from proofbook.instruments.workers.queue import Connect, Queue, Rejected

#: Between two glances at what the drain is waiting for.
WATCH_SECONDS = 0.05
#: So many times a look that got no answer is tried again.
LOOKS = 5
#: Open jobs looked at in one go, while the drain runs.
HANDFUL = 20
#: Jobs named in a message.
NAMED = 3
NO_TROUBLES = Troubles()


class Fleet:
    """
    Workers over one queue, and the one history of all that they do.

    `connect` gives each thread a connection of its own. Names of workers and keys of jobs are new with
    each fleet, so that an earlier one on the same queue is not met again.
    """

    def __init__(
        self, connect: Connect, promises: Promises, *, seed: int, poll_seconds: float = 0.1
    ) -> None:
        self.connect = connect
        self.promises = promises
        self.seed = seed
        self.poll_seconds = poll_seconds
        self.name = uuid.uuid4().hex[:6]
        self._crews = 0
        self.recorder = Recorder(
            {"fleet": self.name, "seed": seed, "lease_seconds": promises.lease_seconds}
        )

    @property
    def history(self) -> History:
        """All that was done so far; whole between two calls of the fleet, not during one."""
        return self.recorder.history

    def enqueue(self, count: int) -> tuple[str, ...]:
        """Put so many jobs in, side by side; the ids of those that the queue took."""
        first = len(self.history)
        jobs: list[str] = []

        def put(queue: Queue, key: str) -> None:
            answer = self.recorder.enqueue(queue, key)
            if isinstance(answer, str):
                jobs.append(answer)

        side_by_side(self.connect, [f"{self.name}-{first + n}" for n in range(count)], put)
        return tuple(jobs)

    def drain(
        self,
        jobs: Sequence[str],
        *,
        workers: int,
        deadline_seconds: float,
        troubles: Troubles = NO_TROUBLES,
    ) -> History:
        """
        Let so many workers work until every job is done or dead, then look at each; the history.

        It ends as well when the queue, asked again and again, has handed out nothing for so long that
        every lease and rest must be over: what is still open then, the judge calls lost.
        Raises `NoVerdict` when neither has come by the deadline (unless a promise is broken already), and
        whatever an adapter raised.
        """
        quiet_seconds = self.quiet_seconds(jobs)
        left = self._crewed(
            self._plan(jobs, troubles, workers, self.seed),
            lambda board: self._watch(board, quiet_seconds, deadline_seconds),
        )
        if left:
            self.give_up(left)
        else:
            self.look(jobs, Kind.LAST_LOOK)
        return self.history

    def wave(
        self,
        jobs: Sequence[str],
        *,
        workers: int,
        most_seconds: float,
        seed: int,
        troubles: Troubles = NO_TROUBLES,
    ) -> None:
        """
        Let so many workers work until all jobs have ended, or for so long; what is open stays open.

        For work under a nemesis: nothing is looked at, and nothing is lost, before all is healed.
        """
        self._crewed(
            self._plan(jobs, troubles, workers, seed),
            lambda board: self._watch(board, math.inf, most_seconds),
        )

    def give_up(self, reason: str) -> None:
        """
        Raise `NoVerdict` for this reason, unless the history breaks a promise as it stands.

        What a judge finds in a part of the story is true of the whole; only its silence says nothing.
        """
        if not judge(self.history, self.promises):
            raise NoVerdict(reason)

    def _plan(self, jobs: Sequence[str], troubles: Troubles, workers: int, seed: int) -> Plan:
        lease_seconds = self.promises.lease_seconds
        return drawn(jobs, troubles, seed=seed, workers=workers, lease_seconds=lease_seconds)

    def _crewed(self, plan: Plan, watch: Callable[[Board], str]) -> str:
        """Have a crew of its own work while somebody watches; what the watch says is left."""
        self._crews += 1
        self.history.plan["drain" if self._crews == 1 else f"drain {self._crews}"] = plan.as_json()
        board = Board(plan.seconds, plan.jobs(Fate.FREEZES))
        drain = Drain(
            connect=self.connect,
            recorder=self.recorder,
            board=board,
            plan=plan,
            lease_seconds=self.promises.lease_seconds,
            poll_seconds=self.poll_seconds,
        )
        born = self.name if self._crews == 1 else f"{self.name}-{self._crews}"
        crew = [Worker(drain, f"{born}-w{number}") for number in range(1, plan.workers + 1)]
        try:
            for worker in crew:
                worker.thread.start()
            left = watch(board)
        finally:
            board.stop()
            for worker in crew:
                worker.join()
        board.raise_errors()
        return left

    def look(self, jobs: Sequence[str], kind: Kind) -> tuple[str, ...]:
        """Look at each job; those that have not ended. `NoVerdict` when one cannot be seen."""
        still_open: list[str] = []

        def see(queue: Queue, job: str) -> None:
            answer = self._seen(queue, job, kind)
            if isinstance(answer, Unknown):
                raise NoVerdict(f"{job} could not be looked at after the drain: {answer.why}")
            if isinstance(answer, JobState) and not answer.phase.is_terminal:
                still_open.append(job)

        side_by_side(self.connect, jobs, see)
        return tuple(still_open)

    def _seen(self, queue: Queue, job: str, kind: Kind) -> JobState | Rejected | Unknown:
        answer = self.recorder.state(queue, job, kind)
        for attempt in range(1, LOOKS):
            if not isinstance(answer, Unknown):
                break
            time.sleep(attempt * self.poll_seconds)
            answer = self.recorder.state(queue, job, kind)
        return answer

    def _watch(self, board: Board, quiet_seconds: float, deadline_seconds: float) -> str:
        """Until all jobs have ended, or the queue has nothing more to hand out; else what is left."""
        began = looked = time.monotonic()
        look_every = max(self.promises.lease_seconds / 4, self.poll_seconds * 4)
        lapse_seconds = self.promises.lease_seconds + (self.promises.reclaim_seconds or 0)
        with self.connect() as queue:
            while board.open and not board.over.wait(WATCH_SECONDS):
                now = time.monotonic()
                if now - began > deadline_seconds:
                    return _left(board, deadline_seconds)
                if board.is_quiet(quiet_seconds, lapse_seconds=lapse_seconds):
                    break
                # Not every end is told to a worker: an answer is lost, a lapsed job is given up.
                if now - max(looked, board.handed_out) > look_every:
                    self._close(queue, board)
                    looked = time.monotonic()
        return ""

    def _close(self, queue: Queue, board: Board) -> None:
        for job in list(board.open)[:HANDFUL]:
            answer = self.recorder.state(queue, job)
            if isinstance(answer, JobState) and answer.phase.is_terminal:
                board.ended(job)

    def quiet_seconds(self, jobs: Iterable[str]) -> float:
        """After how long without a job handed out every lease and rest of these jobs must be over."""
        promises = self.promises
        longest = 0.0
        if promises.backoff_seconds is not None:
            attempts = range(1, promises.max_attempts or 10)
            rests = (promises.backoff_seconds(job, n)[1] for job in jobs for n in attempts)
            longest = max(rests, default=0.0)
        polls = 2 * MOST_POLLS * self.poll_seconds
        return 2 * promises.lease_seconds + longest + (promises.reclaim_seconds or 0) + polls


def _left(board: Board, deadline_seconds: float) -> str:
    left = list(board.open)
    names = ", ".join(left[:NAMED]) + ", …" * (len(left) > NAMED)
    return (
        f"{len(left)} jobs were neither done nor dead after {deadline_seconds:g} s ({names}); the last was "
        f"handed out {time.monotonic() - board.handed_out:.1f} s before, and {board.empty_since} claims "
        "since were told that there is nothing"
    )
