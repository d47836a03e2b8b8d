"""
Start CORE OS broken in one way: `python -m systems.coreos.faults NAME -- python -m systems.coreos.api`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the
process starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import launcher
from systems.coreos.faults import (
    access_faults,
    build_faults,
    claim_faults,
    input_faults,
    ops_faults,
    result_faults,
    signing_faults,
    start_faults,
    step_faults,
    store_faults,
    worker_faults,
)

if TYPE_CHECKING:
    from systems.chassis.seams import Fault

#: In this order they are planted: first those that take long, so that nobody waits for one at the end.
FAULTS: tuple[Fault, ...] = (
    *worker_faults.FAULTS,
    *build_faults.FAULTS,
    *step_faults.FAULTS,
    *claim_faults.FAULTS,
    *result_faults.FAULTS,
    *start_faults.FAULTS,
    *store_faults.FAULTS,
    *access_faults.FAULTS,
    *signing_faults.FAULTS,
    *input_faults.FAULTS,
    *ops_faults.FAULTS,
)
USAGE = "usage: python -m systems.coreos.faults --json | NAME -- python -m systems.coreos.PROCESS"


def listing() -> str:
    """All faults as JSON."""
    return launcher.listing(FAULTS)


if __name__ == "__main__":
    launcher.main(FAULTS, USAGE)
