"""
Start the marketplace broken in one way: `python -m systems.marketplace.faults NAME -- python -m systems.marketplace.web`.

`--json` lists what there is. This is the only place that knows of faults: each exchanges one thing before the process
starts, and the process's own code knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import launcher
from systems.marketplace.faults import environment_faults, migration_faults, rule_faults

if TYPE_CHECKING:
    from systems.chassis.seams import Fault

FAULTS: tuple[Fault, ...] = (
    *environment_faults.FAULTS,
    *rule_faults.FAULTS,
    *migration_faults.FAULTS,
)
USAGE = "usage: python -m systems.marketplace.faults --json | NAME -- python -m systems.marketplace.PROCESS"


if __name__ == "__main__":
    launcher.main(FAULTS, USAGE)
