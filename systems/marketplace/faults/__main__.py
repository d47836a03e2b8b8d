"""
Start the marketplace broken in one way: `python -m systems.marketplace.faults NAME -- python -m systems.marketplace.web`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the process
starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import launcher
from systems.marketplace.faults import (
    account_faults,
    backup_faults,
    chain_faults,
    environment_faults,
    escrow_faults,
    job_faults,
    list_faults,
    migration_faults,
    number_faults,
    office_faults,
    rule_faults,
)

if TYPE_CHECKING:
    from systems.chassis.seams import Fault

FAULTS: tuple[Fault, ...] = (
    *environment_faults.FAULTS,
    *rule_faults.FAULTS,
    *migration_faults.FAULTS,
    *account_faults.FAULTS,
    *job_faults.FAULTS,
    *list_faults.FAULTS,
    *number_faults.FAULTS,
    *chain_faults.FAULTS,
    *escrow_faults.FAULTS,
    *backup_faults.FAULTS,
    *office_faults.FAULTS,
)
USAGE = "usage: python -m systems.marketplace.faults --json | NAME -- python -m systems.marketplace.PROCESS"


if __name__ == "__main__":
    launcher.main(FAULTS, USAGE)
