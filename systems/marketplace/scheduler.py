"""
Back up again and again: `python -m systems.marketplace.scheduler`.

A backup each BACKUP_INTERVAL_SEC, the first at once if the newest one is older than that. Listens on PORT (3000) of
HOST (127.0.0.1), and says how it goes.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured, Reader, integer
from systems.marketplace import backup_settings, release, wanted
from systems.marketplace.schedule import Schedule

if TYPE_CHECKING:
    from collections.abc import Mapping


def read(environ: Mapping[str, str]) -> tuple[Schedule, str, int]:
    """What is made when, and where it listens. Raises Misconfigured."""
    reader = Reader(environ)
    schedule = Schedule(backup_settings.read(reader), backup_settings.interval(reader))
    host = reader.optional("HOST", str, "127.0.0.1")
    port = reader.optional("PORT", integer(1, 65535), 3000)
    reader.check()
    return schedule, host, port


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    try:
        schedule, host, port = read(release.laid_under(os.environ))
    except Misconfigured as problem:
        wanted.refuse(problem)
    logs.start_stamped([os.environ.get(name, "") for name in wanted.SECRETS])
    server.serve(schedule.application(), host=host, port=port)


if __name__ == "__main__":
    main()
