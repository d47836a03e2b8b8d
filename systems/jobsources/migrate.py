"""Bring the store's tables up to date: `python -m systems.jobsources.migrate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from systems.chassis.migrations import migrate
from systems.chassis.settings import Misconfigured, Reader
from systems.jobsources.forms import connection_string

FOLDER = Path(__file__).parent / "migrations"


def main() -> None:
    """Apply what is missing to DATABASE_URL, and say what that was."""
    reader = Reader(os.environ)
    dsn = reader.required("DATABASE_URL", connection_string)
    try:
        reader.check()
    except Misconfigured as problem:
        what = "required" if problem.missing else "invalid"
        sys.exit(f"[FATAL] Configuration error: DATABASE_URL is {what}")
    applied = migrate(dsn or "", FOLDER)
    sys.stdout.write(f"applied: {', '.join(applied) or 'nothing, all is up to date'}\n")


if __name__ == "__main__":
    main()
