"""Serve until told to end: what listens says so, and what is under way is finished."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import uvicorn

from systems.chassis import instants

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping
    from types import FrameType

    from starlette.types import ASGIApp

    from systems.chassis.settings import Misconfigured

log = logging.getLogger("systems.server")


class Server(uvicorn.Server):
    """A server that says when it listens, and ends with 1 where ending takes too long."""

    def __init__(self, config: uvicorn.Config, shutdown_seconds: float) -> None:
        super().__init__(config)
        self._shutdown_seconds = shutdown_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            log.info("listening on port %d", self.config.port)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Accept nothing more, and finish what is under way."""
        ender = threading.Timer(self._shutdown_seconds, os._exit, [1])
        ender.daemon = True
        ender.start()
        super().handle_exit(sig, frame)


def serve(
    app: ASGIApp,
    *,
    host: str,
    port: int,
    shutdown_seconds: float = 10,
    is_peer_told: bool = True,
) -> None:
    """
    Serve until SIGTERM or SIGINT, then end with 0; with 1 where it cannot listen, or cannot end in time.

    `is_peer_told`: whether a proxy on this machine says by headers who the peer is.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",  # nobody speaks it here, and it takes a tenth of a start to load
        proxy_headers=is_peer_told,
        # Longer than clients wait between requests: a connection is not closed under one that is on its way.
        timeout_keep_alive=75,
        lifespan="on",
    )
    # The server raises the signal that ended it once more when it is done; it was heeded already.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    Server(config, shutdown_seconds).run()


def refuse(problem: Misconfigured, wanted: Mapping[str, str]) -> None:
    """One line a variable, on standard error: its name and what is wanted, never its value."""
    told = [(name, "it is required") for name in problem.missing]
    told += [(name, f"wanted: {wanted.get(name, 'another value')}") for name in problem.invalid]
    for name, reason in told:
        line = {"level": "error", "timestamp": instants.now(), "message": "config.invalid"}
        sys.stderr.write(json.dumps(line | {"variable": name, "reason": reason}) + "\n")
