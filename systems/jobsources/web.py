"""
The web front: `python -m systems.jobsources.web`.

A page that says what this is, and its health, on PORT (3002) of HOST.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse
from starlette.routing import Route, Router

from systems.chassis import instants, logs, server
from systems.chassis.http import Resource, reply
from systems.chassis.settings import Misconfigured, Reader, integer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Job sources</title></head>
<body><h1>Job sources</h1><p>Offers are collected here, run by run.</p></body>
</html>
"""


async def health(_request: Request) -> Response:
    """That it serves."""
    return reply({"ok": True, "service": "web", "timestamp": instants.now()})


async def page(_request: Request) -> Response:
    """The one page."""
    return HTMLResponse(PAGE)


def application() -> ASGIApp:
    """The front."""
    routes = [Route("/health", Resource(get=health)), Route("/", Resource(get=page))]
    return Router(routes, redirect_slashes=False)


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    reader = Reader(os.environ)
    host = reader.optional("HOST", str, "127.0.0.1")
    port = reader.optional("PORT", integer(1, 65535), 3002)
    try:
        reader.check()
    except Misconfigured as problem:
        server.refuse(problem, {"PORT": "1 to 65535"})
        sys.exit(1)
    logs.start()
    server.serve(application(), host=host, port=port)


if __name__ == "__main__":
    main()
