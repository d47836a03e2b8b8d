"""
Judging a history: seconds for 10 thousand, 100 thousand and a million events, and their growth.

The histories are healthy ones, so every event is looked at and nothing cuts the work short: 4.3
events a job, where 9 % of the jobs fail or lose their holder. The last line is the worst case, in
which every job does. One core. On the machine that the project was planned on, the million must take
2 s or less; what fails anywhere is growth: an event of it that costs twice one of ten thousand.
"""

from __future__ import annotations

import random
import sys
import time
from typing import TYPE_CHECKING

from proofbook.history import Event, History, Kind, Outcome, Promises, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

PROMISES = Promises(
    lease_seconds=2,
    max_attempts=3,
    backoff_seconds=lambda _job, _attempt: (1.0, 1.5),
    reclaim_seconds=2,
)
MS = 1_000_000
#: Share of jobs: plain, plain with a heartbeat, failed once, lost its holder.
HEALTHY = (82, 9, 5, 4)
TROUBLED = (0, 0, 50, 50)


def story(kind: int) -> Iterator[tuple[Kind, int | None, int, Outcome, str]]:
    """One job: what was done, under which token, how many ms after the last, how it ended."""
    ok, rejected = Outcome.OK, Outcome.REJECTED
    yield Kind.ENQUEUE, None, 0, ok, ""
    yield Kind.CLAIM, 1, 50, ok, ""
    last = 1
    if kind == 1:
        yield Kind.HEARTBEAT, 1, 700, ok, ""
    if kind == 2:
        yield Kind.FAIL, 1, 300, ok, "ready"
        yield Kind.CLAIM, 2, 1_600, ok, ""
        last = 2
    if kind == 3:
        yield Kind.CLAIM, 2, 2_100, ok, ""
        yield Kind.HEARTBEAT, 1, 30, rejected, "STALE_LEASE"
        yield Kind.COMPLETE, 1, 30, rejected, "STALE_LEASE"
        last = 2
    yield Kind.COMPLETE, last, 300, ok, "done"
    yield Kind.LAST_LOOK, last, 100, ok, "done"


def healthy(events: int, shares: tuple[int, ...] = HEALTHY) -> History:
    """About so many events of interleaved jobs, none of which breaks a rule."""
    dice = random.Random(events)
    found: list[Event] = []
    number = 0
    while len(found) < events:
        now = number * 2 * MS
        kind = dice.choices(range(4), shares)[0]
        for what, token, wait, outcome, detail in story(kind):
            now += wait * MS
            worker = f"w{(number + (token or 0)) % 40}"
            said = f"key-{number}" if what is Kind.ENQUEUE else detail
            found.append(Event(what, f"job-{number}", worker, token, now, now + MS, outcome, said))
        number += 1
    found += [
        Event(Kind.CLAIM, None, "w0", None, now + wait * MS, now + (wait + 1) * MS, Outcome.OK)
        for wait in range(100)
    ]
    return History.of(sorted(found, key=lambda event: event.invoked_ns))


def seconds(history: History) -> float:
    """The best of some judgements, more of the short ones, in seconds of this process."""
    best = float("inf")
    for _ in range(max(3, 200_000 // len(history))):
        began = time.process_time()
        violations = judge(history, PROMISES)
        best = min(best, time.process_time() - began)
        assert violations == (), violations[0]
    return best


def main() -> int:
    """Print the table; 1 if judging does not grow in proportion to the events."""
    base = 0.0
    for events, shares in (
        (10_000, HEALTHY),
        (100_000, HEALTHY),
        (1_000_000, HEALTHY),
        (100_000, TROUBLED),
    ):
        history = healthy(events, shares)
        jobs = history.codes.count(0)
        took = seconds(history)
        each = took / len(history)
        base = base or each
        name = "healthy" if shares is HEALTHY else "every job in trouble"
        print(
            f"{len(history):>9,} events {jobs:>8,} jobs {took:7.3f} s "
            f"{each * 1e6:6.2f} us/event, {each / base:4.2f} x the first ({name})"
        )
        if events == 1_000_000:
            print(f"{'':>9} a million in {took:.1f} s, where 2 s are allowed")
            if each > 2 * base:
                print("it does not grow in proportion to the events")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
