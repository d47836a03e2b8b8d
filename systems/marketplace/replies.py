"""Replies that their reader may have already: each has a tag, and says how long it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response

from systems.marketplace.etags import etag

if TYPE_CHECKING:
    from starlette.requests import Request

PUBLIC = "public, max-age=30, s-maxage=60"
PRIVATE = "private, max-age=0, no-cache"


def tagged(request: Request, body: bytes, cache_control: str, x_cache: str = "") -> Response:
    """200 and the JSON body, or 304 where the request names its tag."""
    headers = {"ETag": etag(body), "Cache-Control": cache_control}
    if x_cache:
        headers["X-Cache"] = x_cache
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    headers["X-Response-Bytes"] = str(len(body))
    return Response(body, 200, headers, media_type="application/json")
