"""
How much memory an idle API and an idle worker of CORE OS hold, as the local target starts them.

The bar is for the API: less than 150 MiB resident. Both have answered something first, so that whatever is loaded
late has been loaded.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import httpx

from proofbook import targets
from proofbook.stack import Stack, started

ROOT = Path(__file__).parent.parent
MIB = 1024
#: Resident MiB of an idle API, from the issue that CORE OS was completed with.
BAR = 150
PAGES = ("/api/worker/health", "/api/ops/metrics/summary", "/api/ops/jobs/stuck", "/ops/login")


def main() -> int:
    """Print what each holds; 1 if the API holds as much as the bar."""
    with (
        tempfile.TemporaryDirectory(prefix="proofbook-bench-") as folder,
        Stack(targets.load(ROOT, "local"), root=ROOT, logs=Path(folder)) as stack,
        stack.twin("coreos") as twin,
    ):
        api = started(twin.start("api"), "the API")
        with httpx.Client(base_url=api.url, trust_env=False) as client:
            for page in PAGES:
                client.get(page).raise_for_status()
        worker = started(twin.start("worker"), "the worker")
        held = {process.name: _resident_mib(process.pid) for process in (api, worker)}
    for name, (resident, own) in held.items():
        print(f"{name}: {resident:.0f} MiB resident, {own:.0f} MiB of it shared with nobody")
    print(f"bar for the API: less than {BAR} MiB")
    return int(held[api.name][0] >= BAR)


def _resident_mib(pid: int) -> tuple[float, float]:
    """Resident memory of a process, and what of it is its own alone; the kernel counts in KiB."""
    said = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    kib = {name: int(size) for name, size in re.findall(r"(\w+): +(\d+) kB", said)}
    return kib["Rss"] / MIB, (kib["Private_Clean"] + kib["Private_Dirty"]) / MIB


if __name__ == "__main__":
    sys.exit(main())
