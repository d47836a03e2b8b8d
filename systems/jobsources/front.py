"""The web front: a page that says what this is, and its health."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, Router

from systems.chassis import instants

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
    return JSONResponse({"ok": True, "service": "web", "timestamp": instants.now()})


async def page(_request: Request) -> Response:
    """The one page."""
    return HTMLResponse(PAGE)


def application() -> ASGIApp:
    """The front."""
    routes = [Route("/health", health), Route("/", page)]
    return Router(routes, redirect_slashes=False)
