"""Bring the Kernel's tables up to date: `python -m systems.kernel.migrate`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import psycopg

from systems.chassis import server
from systems.chassis.settings import Misconfigured, Reader
from systems.kernel import schema, settings


def main() -> None:
    """Apply what is missing, and say what that was; exit 1 with `file:line: what is wrong`."""
    reader = Reader(os.environ)
    dsn = settings.postgres_url(reader, is_production=os.environ.get("NODE_ENV") == "production")
    folder = reader.optional("MIGRATIONS_DIR", Path, settings.MIGRATIONS)
    flags = settings.flags(reader)
    role = reader.optional("KERNEL_DB_ROLE", str, "")
    try:
        reader.check()
        applied = schema.apply(dsn, folder, flags, _say)
        if role:
            schema.grant(dsn, role)
    except Misconfigured as problem:
        server.refuse(problem, settings.WANTED)
        sys.exit(1)
    except schema.MigrationFailed as failed:
        sys.exit(str(failed))
    except psycopg.OperationalError:
        sys.exit("db.unreachable: PostgreSQL does not take the connection of POSTGRES_URL")
    if not applied:
        sys.stdout.write("up to date\n")


def _say(name: str) -> None:
    sys.stdout.write(f"applied {name}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
