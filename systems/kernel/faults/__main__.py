"""
Start the Kernel broken in one way: `python -m systems.kernel.faults NAME -- python -m systems.kernel.api`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the process
starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import launcher
from systems.kernel.faults import (
    access_faults,
    audit_faults,
    job_faults,
    key_faults,
    migration_faults,
    number_faults,
    ops_faults,
    release_faults,
    rotation_faults,
    security_faults,
    start_faults,
    writing_faults,
)

if TYPE_CHECKING:
    from systems.chassis.seams import Fault

FAULTS: tuple[Fault, ...] = (
    *audit_faults.FAULTS,
    *job_faults.FAULTS,
    *key_faults.FAULTS,
    *migration_faults.FAULTS,
    *access_faults.FAULTS,
    *number_faults.FAULTS,
    *ops_faults.FAULTS,
    *release_faults.FAULTS,
    *rotation_faults.FAULTS,
    *security_faults.FAULTS,
    *start_faults.FAULTS,
    *writing_faults.FAULTS,
)
USAGE = "usage: python -m systems.kernel.faults --json | NAME -- python -m systems.kernel.PROCESS"


if __name__ == "__main__":
    launcher.main(FAULTS, USAGE)
