"""
How long the directed schedule of claim safety takes on CORE OS, beside the leases that it waits for.

A claims and says nothing, its lease runs out, B claims and holds, A comes back and must be refused: against a
stranger, then against a namesake, as `coreos.claimed-once` plays it first. The bar is for all but the leases.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from checks.coreos.adapter_deployment import Deployment
from checks.coreos.adapter_queue import connected
from proofbook import targets
from proofbook.history import Promises, judge, unwitnessed
from proofbook.instruments.workers import Fleet, haunt
from proofbook.stack import Stack

ROOT = Path(__file__).parent.parent
LEASE_SECONDS = 1.0
JOBS = 4
#: Seconds beside the leases, from the issue that CORE OS was completed with.
BAR = 5.0


def main() -> int:
    """Print the time beside its bar; 1 if the schedule proved nothing, or something else than it should."""
    with (
        tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder,
        Stack(targets.load(ROOT, "local"), root=ROOT, logs=Path(folder)) as stack,
        stack.twin("coreos") as twin,
    ):
        deployment = Deployment(twin, stack.secrets)
        api = deployment.api({"WORKER_ID_HOLD_SECONDS": "1"})
        connect = connected(api, leaseDurationMs=int(LEASE_SECONDS * 1000))
        fleet = Fleet(connect, Promises(lease_seconds=LEASE_SECONDS, max_attempts=3), seed=1)
        began = time.monotonic()
        for same_name in (False, True):
            haunt(fleet, fleet.enqueue(JOBS), deadline_seconds=60, same_name=same_name)
        lacks = unwitnessed(fleet.history, reclaims=2 * JOBS, refused_zombies=6 * JOBS)
        found = judge(fleet.history, fleet.promises)
        seconds = time.monotonic() - began
        deployment.close()
    beside = seconds - 2 * LEASE_SECONDS
    print(f"{seconds:.2f} s in all, {beside:.2f} s beside two leases; bar {BAR:g} s")
    print("; ".join([*lacks, *map(str, found)]) or "all that came back late was refused")
    return int(bool(lacks) or bool(found))


if __name__ == "__main__":
    sys.exit(main())
