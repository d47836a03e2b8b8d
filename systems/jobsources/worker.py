"""
The worker: `python -m systems.jobsources.worker`.

Takes tasks on PORT (else WORKER_PORT, else 4001) of HOST, scrapes the source site, and calls the API back. What could
not be delivered lies in WORKER_DEAD_LETTER_DIR.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from systems.chassis import logs, server
from systems.chassis.health import Probe
from systems.chassis.settings import Misconfigured
from systems.jobsources import worker_settings
from systems.jobsources.worker_service import QUESTION, WorkerService

if TYPE_CHECKING:
    from systems.jobsources.worker_settings import WorkerSettings

#: How long a database may take to answer before it counts as away.
DATABASE_MS = 5000


def _settings() -> WorkerSettings:
    """The settings of this environment, its database at hand. Raises Misconfigured."""
    settings = worker_settings.read(os.environ)
    if settings.database_url and not asyncio.run(_answers(settings.database_url)):
        raise Misconfigured((), ("DATABASE_URL",))
    return settings


async def _answers(dsn: str) -> bool:
    probe = Probe(dsn, QUESTION, limit_ms=DATABASE_MS)
    try:
        return await probe.store_answers()
    finally:
        await probe.close()


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong, or its database away."""
    try:
        settings = _settings()
    except Misconfigured as problem:
        server.refuse(problem, worker_settings.WANTED)
        sys.exit(1)
    logs.start(worker_settings.secrets(os.environ), logging.INFO)
    server.serve(WorkerService(settings).application(), host=settings.host, port=settings.port)


if __name__ == "__main__":
    main()
