"""One route: its throttle, its handler, what is said when something is away or broken, and how long it took."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from systems.chassis.http import Refusal
from systems.chassis.outages import StoreUnavailable
from systems.jobsources.envelope import failure
from systems.jobsources.signatures import REQUEST_ID_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from systems.chassis.http import Handler
    from systems.jobsources.request_metrics import RequestMetrics
    from systems.jobsources.throttle import Bucket

FIRST_SERVER_ERROR = 500
log = logging.getLogger("systems.jobsources")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One method of a route; no bucket: it is never throttled."""

    handler: Handler
    bucket: Bucket | None = None
    is_llm: bool = False


class Endpoint:
    """All methods of a route."""

    def __init__(self, route: str, methods: Mapping[str, Offered], metrics: RequestMetrics) -> None:
        self._route = route
        self._methods = methods
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.monotonic()
        request = Request(scope, receive)
        request.state.request_id = request.headers.get(REQUEST_ID_HEADER) or str(uuid4())
        method = "GET" if request.method == "HEAD" else request.method
        offered = self._methods.get(method, Offered(handler=not_found))
        method = method if method in self._methods else "OTHER"
        response = await _answer(offered, request)
        response.headers[REQUEST_ID_HEADER] = request.state.request_id
        await response(scope, receive, send)
        self._metrics.observe(
            method,
            self._route,
            status=response.status_code,
            is_llm=offered.is_llm,
            seconds=time.monotonic() - began,
        )


async def not_found(_request: Request) -> Response:
    """What is said of a path that nobody answers."""
    raise Refusal(404, "Not found")


async def _answer(offered: Offered, request: Request) -> Response:
    request_id = request.state.request_id
    if offered.bucket is not None:
        wait = offered.bucket.wait_seconds(_address(request), now=time.monotonic())
        if wait:
            return failure(Refusal(429, "Throttled"), request_id, {"Retry-After": str(wait)})
    try:
        return await offered.handler(request)
    except Refusal as refusal:
        if refusal.status >= FIRST_SERVER_ERROR:
            log.error(refusal.body["error"], extra=_told(request))  # noqa: TRY400 - no bug, no traceback
        return failure(refusal, request_id)
    except StoreUnavailable as reason:
        log.error("store unavailable", extra=_told(request) | {"why": str(reason)})  # noqa: TRY400 - as above
        return failure(Refusal(503, "Store unavailable"), request_id)
    except ClientDisconnect:
        return Response(status_code=400)
    except Exception:
        log.exception("a handler failed", extra=_told(request))
        return failure(Refusal(500, "Internal server error"), request_id)


def _told(request: Request) -> dict[str, object]:
    return {
        "method": request.method,
        "path": request.url.path,
        "requestId": request.state.request_id,
    }


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def routes_of(offered: Sequence[tuple[str, str, Offered]]) -> dict[str, dict[str, Offered]]:
    """Path → method → what is offered there."""
    found: dict[str, dict[str, Offered]] = {}
    for method, path, each in offered:
        found.setdefault(path, {})[method] = each
    return found
