"""
Jobs that cannot break a rule, known by their shape alone.

Most jobs of a healthy run are plain: put in, claimed once, kept by heartbeats, completed, seen done,
all under its first token and all accepted. That is read from the columns, without making events of them, and
is what lets a million events be judged in a second or two. A property test holds the promise: of a
plain job no rule ever finds anything.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofbook.history.events import NONE, Kind, Outcome, Phase, code_of
from proofbook.history.jobs import ENDLESS, nanoseconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.history.events import History
    from proofbook.history.jobs import Scene


def _accepted(kind: Kind) -> bytes:
    return re.escape(bytes([code_of(kind, Outcome.OK)]))


#: What a holder does in a plain job, with nothing to add.
HELD = (Kind.CLAIM, Kind.HEARTBEAT, Kind.COMPLETE)
LOOKS = (Kind.READ, Kind.LAST_LOOK)
SHAPE = re.compile(
    _accepted(Kind.ENQUEUE)
    + _accepted(Kind.CLAIM)
    + _accepted(Kind.HEARTBEAT)
    + b"*"
    + _accepted(Kind.COMPLETE)
    + _accepted(Kind.READ)
    + b"*"
    + _accepted(Kind.LAST_LOOK)
    + b"*"
)


class Plain:
    """
    Which jobs of a history are plain.

    `rows` are the history's rows sorted by job and, within one, by invocation; a job is a slice of them.
    """

    def __init__(self, history: History, scene: Scene, rows: Sequence[int]) -> None:
        self.history, self.scene, self.rows = history, scene, rows
        promises = scene.promises
        self.none_is = promises.ledger or promises.max_attempts == 0
        self.marks = bytes(map(_marks(history).__getitem__, rows))
        self.asked_ns = ENDLESS
        self.slack_ns = 0
        if scene.empty_claims and promises.reclaim_seconds is not None:
            self.asked_ns = scene.empty_claims[0].invoked_ns
            self.slack_ns = nanoseconds(promises.reclaim_seconds + promises.grain_seconds)

    def __call__(self, first: int, stop: int) -> bool:
        """Whether the job of these places in `rows` is plain."""
        if self.none_is or SHAPE.fullmatch(self.marks, first, stop) is None:
            return False
        claimed_ns = self.history.invoked[self.rows[first + 1]]
        if claimed_ns <= self.asked_ns:
            return True
        due_ns = self.history.returned[self.rows[first]] + self.slack_ns
        return claimed_ns <= due_ns or self.scene.unserved(due_ns, claimed_ns) is None


def _marks(history: History) -> bytes:
    """By row, its code where token and detail are a plain job's; else a byte that fits no shape."""
    done, silent = history.number(Phase.DONE.value), history.number("")
    put = code_of(Kind.ENQUEUE, Outcome.OK)
    fine = {(code_of(kind, Outcome.OK), 1, silent) for kind in HELD}
    fine |= {(code_of(kind, Outcome.OK), 1, done) for kind in (Kind.COMPLETE, *LOOKS)}
    fine |= {(code_of(kind, Outcome.OK), NONE, done) for kind in LOOKS}
    rows = zip(history.codes, history.tokens, history.details, strict=True)
    return bytes([row[0] if row[0] == put or row in fine else 255 for row in rows])
