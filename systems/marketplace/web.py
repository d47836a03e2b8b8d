"""
The marketplace's API: `python -m systems.marketplace.web`.

Listens on PORT (3000) of HOST (127.0.0.1), whatever else is up: health says what is not. A wrong environment ends it
with 1, before it listens.
"""

from __future__ import annotations

import logging
import os

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured
from systems.marketplace import release, routes, service, settings, wanted


def main() -> None:
    """Judge the environment, then serve until SIGTERM or SIGINT."""
    try:
        told = settings.read(release.laid_under(os.environ))
    except Misconfigured as problem:
        wanted.refuse(problem)
    logs.start_stamped([os.environ.get(name, "") for name in wanted.SECRETS])
    for library in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)
    # Where Sentry is away, what it was to hear is dropped; that is no news.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    server.serve(
        routes.application(service.build(told)),
        host=told.host,
        port=told.port,
        shutdown_seconds=told.operations.grace_seconds,
        is_peer_told=False,
    )


if __name__ == "__main__":
    main()
