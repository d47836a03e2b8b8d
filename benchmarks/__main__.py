"""
Run every benchmark, one after the other, each in a process of its own: `make bench`.

A benchmark is a module `benchmarks/bench_<what>.py` with a `main()` that prints ratios against a
baseline of the same run. These machines are shared: no absolute time is asserted anywhere.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main(wanted: list[str]) -> int:
    """Run the named benchmarks, or all; the number of those that failed."""
    found = sorted(path.stem for path in Path(__file__).parent.glob("bench_*.py"))
    unknown = sorted(set(wanted) - set(found))
    if unknown:
        print(f"benchmarks: no {', '.join(unknown)}; there are {', '.join(found)}", file=sys.stderr)
        return len(unknown)
    failed = 0
    for name in wanted or found:
        print(f"\n== {name}", flush=True)
        failed += bool(
            subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode
        )
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
