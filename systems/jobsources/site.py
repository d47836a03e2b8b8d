"""
A small source site: `python -m systems.jobsources.site`.

Where nobody may scrape the real one, the worker's PRACUJ_SOURCE_ORIGIN leads here: each listing names three offers of
its own, each offer has a page. Listens on PORT (3300) of HOST.
"""

from __future__ import annotations

import json
import os
import re
import sys
import zlib
from html import escape
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, Router

from systems.chassis import logs, server
from systems.chassis.settings import Misconfigured, Reader, integer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

ORIGIN = "https://it.pracuj.pl"
OFFERS = 3
DETAIL = re.compile(r"(?P<name>[\w-]+),oferta,(?P<number>[0-9]+)")


async def health(_request: Request) -> Response:
    """That it serves."""
    return JSONResponse({"ok": True})


async def page(request: Request) -> Response:
    """An offer's page, or a listing."""
    path = request.path_params["path"]
    found = DETAIL.fullmatch(path)
    return HTMLResponse(detail(found["name"], found["number"]) if found else listing(path))


def listing(path: str) -> str:
    """A listing whose offers are its own: their numbers come from its path."""
    first = zlib.crc32(path.encode()) * 10
    links = "".join(
        f'<a href="{ORIGIN}/praca/developer-{n},oferta,{first + n}?s=1">Developer {n}</a>'
        for n in range(1, OFFERS + 1)
    )
    return (
        f'<!doctype html><title>Offers</title><section data-test="section-offers">{links}</section>'
    )


def detail(name: str, number: str) -> str:
    """An offer's page."""
    posting = {
        "@type": "JobPosting",
        "title": name.replace("-", " ").capitalize(),
        "description": f"<p>Offer {number}.</p>",
        "hiringOrganization": {"name": "Example"},
        "jobLocation": {"address": {"addressLocality": "Kraków"}},
    }
    script = json.dumps(posting).replace("<", "\\u003c")
    title = escape(posting["title"]) if isinstance(posting["title"], str) else ""
    return (
        f'<!doctype html><title>{title}</title><script type="application/ld+json">{script}</script>'
    )


def application() -> ASGIApp:
    """The site."""
    routes = [
        Route("/health", health),
        Route("/praca/{path:path}", page),
        Route("/{path:path}", page),
    ]
    return Router(routes, redirect_slashes=False)


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    reader = Reader(os.environ)
    host = reader.optional("HOST", str, "127.0.0.1")
    port = reader.optional("PORT", integer(1, 65535), 3300)
    try:
        reader.check()
    except Misconfigured as problem:
        server.refuse(problem, {"PORT": "1 to 65535"})
        sys.exit(1)
    logs.start()
    server.serve(application(), host=host, port=port)


if __name__ == "__main__":
    main()
