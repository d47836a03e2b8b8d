from __future__ import annotations

import pytest

from proofbook.history import judge
from proofbook.instruments.workers import haunt
from tests.engine.instruments.reference_queue import FAULTS
from tests.engine.instruments.workers.fleets import LATE, PROMISES, fleet_of, run, unhurried

#: Queues that wait long, or never end a job.
LONG = (
    "never-reclaimed",
    "reclaimed-late",
    "rest-too-long",
    "job-dropped",
    "dead-never",
    "token-repeated",
)


ENDLESS = ("dead-never", "token-repeated")


#: No fleet puts a key in twice: that is for whoever tests a queue's idempotency.
SEEN_BY_A_FLEET = [
    pytest.param(fault, rules, id=fault, marks=[pytest.mark.slow] if fault in LONG else [])
    for fault, rules in FAULTS.items()
    if fault != "key-doubled"
]


@pytest.mark.parametrize(("fault", "rules"), SEEN_BY_A_FLEET)
def test_every_fault_is_caught_in_one_run(fault: str, rules: set[str]) -> None:
    """By the rule that speaks of it; where the queue never ends a job, by what was seen until then."""
    history = run(fleet_of(fault), deadline_seconds=3 if fault in ENDLESS else 30)

    assert judge(history, PROMISES, only=rules)


def test_the_directed_schedule_alone_catches_what_fences_too_little() -> None:
    """By the third call of the first zombie, without luck; no loss, so that the script is the whole of it."""
    for fault in ("no-fencing", "state-fencing", "name-fencing", "repeat-refused"):
        fleet = unhurried(fault)
        history = haunt(fleet, fleet.enqueue(2), deadline_seconds=30, same_name=True)
        assert judge(history, LATE, only=FAULTS[fault]), fault
