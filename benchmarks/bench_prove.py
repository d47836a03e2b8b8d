"""
How much of its waiting a whole run overlaps: wall time against the sum of its checks' durations.

The bar: a run of everything on the local target takes at most a third of the sum. The run measured
is the newest one that left nothing out; make one with `make prove`.
"""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

from proofbook.runs import all_runs

#: At most this share of the sum, from the issue that this project began with.
BAR = 1 / 3


def main() -> int:
    """Print the newest whole local run's wall time, sum and ratio; 1 if there is none."""
    whole = [
        run
        for run in all_runs(Path.cwd()).runs
        if run.target == "local" and run.fault is None and all(r.wanted for r in run.records)
    ]
    if not whole or whole[-1].finished is None:
        print("bench_prove: no whole run of the local target; make one with `make prove`")
        return 1
    run, finished = whole[-1], whole[-1].finished
    wall = datetime.fromisoformat(finished) - datetime.fromisoformat(run.started)
    checks = sum(record.seconds for record in run.records)
    cases = sum(len(record.cases) for record in run.records)
    ratio = wall.total_seconds() / checks
    print(f"run {run.id}: {len(run.records)} claims, {cases} cases")
    print(
        f"wall {wall.total_seconds():.1f} s of {checks:.1f} s of checks: ratio {ratio:.2f}, bar {BAR:.2f}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
