"""
What the stand-ins' HTTP has in common: JSON in and out, error bodies, methods.

A handler takes a request and returns a response or raises `Refusal`; everything else that it raises is a bug, logged
with its traceback and answered 500, or the store being away, answered 503.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from systems.chassis import canonical
from systems.chassis.outages import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

Handler = Callable[[Request], Awaitable[Response]]
log = logging.getLogger("systems.http")

#: Bytes of a request's body that are read at most.
BODY_LIMIT = 8 * 1024 * 1024


class Refusal(Exception):
    """An answer that is not the one hoped for: status, `error`, and `code` where the contract names one."""

    def __init__(self, status: int, error: str, code: str | None = None, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {"error": error} | ({"code": code} if code else {}) | more

    def response(self) -> Response:
        """The refusal as it goes out."""
        return reply(self.body, self.status)


def reply(body: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response, all ASCII: it can hold any string, lone surrogates too."""
    text = json.dumps(body, separators=(",", ":"), allow_nan=False)
    return Response(text, status, headers, media_type="application/json")


def invalid_json() -> Refusal:
    """The refusal of a body that is no JSON."""
    return Refusal(400, "Invalid JSON body", "INVALID_JSON")


def unavailable() -> Refusal:
    """The refusal while the store is away."""
    return Refusal(503, "Store unavailable", "STORE_UNAVAILABLE")


async def body_of(request: Request, limit: int = BODY_LIMIT) -> bytes:
    """The request's body, as it came. Raises Refusal 413 beyond so many bytes."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Refusal(413, "Body too large", "BODY_TOO_LARGE")
        chunks.append(chunk)
    return b"".join(chunks)


def fields_of(raw: bytes, *, may_be_absent: bool = False) -> dict[str, object]:
    """The fields of a JSON body; a body of another kind than an object has none. Raises Refusal 400."""
    if may_be_absent and not raw:
        return {}
    try:
        value = canonical.parse(raw)
    except ValueError:
        raise invalid_json() from None
    if value is None:
        raise invalid_json()
    return value if isinstance(value, dict) else {}


class Resource:
    """One path and its handlers by method; any other method is 405, OPTIONS says which there are."""

    def __init__(self, *, get: Handler | None = None, post: Handler | None = None) -> None:
        offered = {"GET": get, "HEAD": get, "POST": post}
        self._handlers = {method: handler for method, handler in offered.items() if handler}
        self._allow = {"Allow": ", ".join([*self._handlers, "OPTIONS"])}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        handler = self._handlers.get(request.method)
        if handler is not None:
            response = await _answer(handler, request)
        else:
            status = 204 if request.method == "OPTIONS" else 405
            response = Response(status_code=status, headers=self._allow)
        await response(scope, receive, send)


async def _answer(handler: Handler, request: Request) -> Response:
    try:
        return await handler(request)
    except Refusal as refusal:
        return refusal.response()
    except StoreUnavailable as reason:
        log.warning("store unavailable", extra={"path": request.url.path, "why": str(reason)})
        return unavailable().response()
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        log.exception("a handler failed", extra={"path": request.url.path})
        return reply({"error": "Internal server error", "code": "INTERNAL"}, 500)
