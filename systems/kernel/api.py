"""
The Kernel's API: `python -m systems.kernel.api`.

Listens on PORT (3000) of HOST (0.0.0.0), once everything that it needs is well; else it ends with 1 and says why.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured
from systems.kernel import routes, secrets, service, settings, starting
from systems.kernel.starting import CannotStart

if TYPE_CHECKING:
    from systems.kernel.settings import Settings

LEVELS = {"warn": "WARNING"}
log = logging.getLogger("systems.kernel")


def serve(told: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way."""
    built = service.build(told)
    built.metrics.count("kernel_server_start")
    if not told.is_production:
        log.warning("auth.disabled", extra={"reason": "NODE_ENV is not production"})
    if not told.sentinel_url:
        log.warning("sentinel.default_allow", extra={"reason": "SENTINEL_URL is not set"})
    server.serve(
        routes.application(built),
        host=told.host,
        port=told.port,
        shutdown_seconds=told.shutdown_ms / 1000,
    )


def main() -> None:
    """Judge the environment, see to what is needed, serve; exit 1 if something is not well."""
    try:
        told = settings.read(os.environ)
    except Misconfigured as problem:
        server.refuse(problem, settings.WANTED)
        sys.exit(1)
    level = LEVELS.get(told.log_level, told.log_level.upper())
    logs.start_stamped(secrets.of(os.environ), logging.getLevelNamesMapping()[level])
    for library in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        asyncio.run(starting.see_to(told))
    except CannotStart as reason:
        log.error(reason.message, extra=reason.told)  # noqa: TRY400 - no bug, no traceback
        sys.exit(1)
    serve(told)


if __name__ == "__main__":
    main()
