"""
Look at a deployment after its promotion: `python -m systems.jobsources.verify_deployment`.

Asks API_BASE_URL, WORKER_BASE_URL and WEB_BASE_URL for their health, and whether strangers are turned away; tries
VERIFY_RETRIES (12) times, VERIFY_DELAY_SEC (5) apart. VERIFY_API, VERIFY_WORKER, VERIFY_WEB: `false` leaves one out.
Writes VERIFY_SUMMARY_FILE (deployment-verify-summary.json). Exit 0 if all is well, else 1, and why on standard error.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from systems.chassis import instants
from systems.jobsources import verification

SUMMARY = "deployment-verify-summary.json"


def main() -> None:
    """Answer by the exit code."""
    if missing := verification.missing(os.environ):
        sys.exit("\n".join(f"Missing required env var: {name}" for name in missing))
    parts = verification.verify(os.environ)
    summary = {
        "releaseSha": verification.revision(os.environ),
        "verifiedAt": instants.now(),
        **{name: part.shown() for name, part in parts.items()},
    }
    place = Path(os.environ.get("VERIFY_SUMMARY_FILE") or SUMMARY)
    place.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(summary) + "\n")
    for part in parts.values():
        if part.reason:
            sys.stderr.write(f"{part.reason}\n")
    sys.exit(verification.exit_code(parts))


if __name__ == "__main__":
    main()
