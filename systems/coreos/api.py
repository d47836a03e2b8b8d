"""
The CORE OS API: `python -m systems.coreos.api`.

Listens on PORT (3001) of HOST (127.0.0.1). With a bad environment it stays up and refuses, naming the variables.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from typing import TYPE_CHECKING

import uvicorn

from systems.chassis import logs
from systems.chassis.settings import Misconfigured, Reader, integer
from systems.coreos import build, routes, service, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

#: Never in a log, whatever logs it.
SECRETS = (
    "FIREBASE_PRIVATE_KEY",
    "ATTESTATION_PRIVATE_KEY",
    "JOB_WORKER_HMAC_SECRET",
    "DATABASE_URL",
    "COREOS_LOGIN_TOKENS",
)
log = logging.getLogger("systems.coreos")


def application(environ: Mapping[str, str]) -> ASGIApp:
    """The API as this environment makes it."""
    try:
        return routes.application(service.build(settings.read(environ)), build.read(environ))
    except Misconfigured as problem:
        log.error("misconfigured", extra={"warnings": problem.warnings})  # noqa: TRY400 - no bug, no traceback
        node_env, commit_sha = environ.get("NODE_ENV"), environ.get("COMMIT_SHA")
        return routes.refusal(problem.warnings, node_env or "development", commit_sha or "dev")


def main() -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and end with 0."""
    logs.start(os.environ.get(name, "") for name in SECRETS)
    reader = Reader(os.environ)
    port = reader.optional("PORT", integer(1, 65535), 3001)
    try:
        reader.check()
    except Misconfigured as problem:
        sys.exit(f"[FATAL] Configuration error: {problem.invalid[0]} is invalid")
    config = uvicorn.Config(
        application(os.environ),
        host=os.environ.get("HOST") or "127.0.0.1",
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",  # nobody speaks it here, and it takes a tenth of a start to load
        # Longer than workers wait between polls: a connection is not closed under a request that is on its way.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
    )
    # The server raises the signal that ended it once more when it is done; it was heeded already.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    uvicorn.Server(config).run()


if __name__ == "__main__":
    main()
