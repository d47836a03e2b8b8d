"""
Prove that a deployment works: `python -m systems.jobsources.smoke`, exit 0 if it does.

Logs in at API_BASE_URL as SMOKE_EMAIL with SMOKE_PASSWORD, has the worker of WORKER_BASE_URL scrape SMOKE_LISTING_URL,
waits up to SMOKE_WAIT_SECONDS (120) for the run's end, and looks at what came of it. Each stage is printed as it
passes; the first that does not is named on standard error, and the exit code is 1. Only the standard library is used.
"""

from __future__ import annotations

import os
import sys

from systems.jobsources import walkthrough

NEEDED = ("API_BASE_URL", "WORKER_BASE_URL", "SMOKE_EMAIL", "SMOKE_PASSWORD")


def main() -> None:
    """Walk through the deployment that the environment names."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        sys.exit("\n".join(f"Missing required env var: {name}" for name in missing))
    for name, stage in walkthrough.Smoke(os.environ).stages().items():
        try:
            stage()
        except walkthrough.Failed as seen:
            sys.exit(f"failed: {name}: {seen}")
        sys.stdout.write(f"ok: {name}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
