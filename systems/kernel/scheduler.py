"""
Back up again and again: `python -m systems.kernel.scheduler`.

A backup each BACKUP_INTERVAL_SECONDS, the first at once if the newest one is older than that. Listens on PORT (3200)
of HOST, and says when the newest backup was taken.
"""

from __future__ import annotations

import os
import sys

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured
from systems.kernel import backup_settings, secrets
from systems.kernel.schedule import Schedule


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    try:
        told = backup_settings.read(os.environ)
    except Misconfigured as problem:
        server.refuse(problem, backup_settings.WANTED)
        sys.exit(1)
    logs.start_stamped(secrets.of(os.environ))
    server.serve(Schedule(told).application(), host=told.host, port=told.port)


if __name__ == "__main__":
    main()
