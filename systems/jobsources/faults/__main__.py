"""
Start the job sources broken in one way: `python -m systems.jobsources.faults NAME -- python -m systems.jobsources.api`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the process
starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import launcher
from systems.jobsources.faults import (
    bearer_faults,
    command_faults,
    event_faults,
    health_faults,
    letter_faults,
    load_faults,
    number_faults,
    outcome_faults,
    page_faults,
    queue_faults,
    refusal_faults,
    replay_faults,
    retry_faults,
    run_faults,
    signature_faults,
    timestamp_faults,
    worker_faults,
)

if TYPE_CHECKING:
    from systems.chassis.seams import Fault

FAULTS: tuple[Fault, ...] = (
    *health_faults.FAULTS,
    *signature_faults.FAULTS,
    *timestamp_faults.FAULTS,
    *event_faults.FAULTS,
    *bearer_faults.FAULTS,
    *run_faults.FAULTS,
    *retry_faults.FAULTS,
    *number_faults.FAULTS,
    *outcome_faults.FAULTS,
    *refusal_faults.FAULTS,
    *load_faults.FAULTS,
    *worker_faults.FAULTS,
    *queue_faults.FAULTS,
    *letter_faults.FAULTS,
    *replay_faults.FAULTS,
    *command_faults.FAULTS,
    *page_faults.FAULTS,
)
USAGE = "usage: python -m systems.jobsources.faults --json | NAME -- python -m systems.jobsources.PROCESS"


if __name__ == "__main__":
    launcher.main(FAULTS, USAGE)
