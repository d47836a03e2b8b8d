"""
One path: what holds for each request to it, whoever answers.

The order on a write: maintenance, CSRF, content type, flag, then the handler's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from systems.chassis.http import Refusal
from systems.chassis.outages import StoreUnavailable
from systems.marketplace import bodies, origins
from systems.marketplace.envelope import failure
from systems.marketplace.timing import Timing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send

    from systems.chassis.http import Handler
    from systems.marketplace.service import Service
    from systems.marketplace.settings import Settings
    from systems.marketplace.surroundings import Surroundings

REQUEST_IDS = ("x-request-id", "cf-ray", "x-vercel-id")
RETRY_SECONDS = 60
HEADERS = {
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'",
    "Permissions-Policy": "geolocation=(), microphone=(), camera=()",
    "Access-Control-Allow-Methods": "GET,POST,PATCH,PUT,DELETE,OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization, X-CSRF-Token",
    "Vary": "Origin",
}
HSTS = {"Strict-Transport-Security": "max-age=15552000; includeSubDomains; preload"}
log = logging.getLogger("systems.marketplace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One method of a path."""

    handler: Handler
    #: Whether a body of another type than JSON is refused before anything else is looked at.
    takes_json: bool = False
    #: The flag without which it is not there; empty: it always is.
    flag: str = ""
    #: Whether it answers during maintenance, too.
    is_always_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request that was answered; `error` is what a handler raised and nobody expected."""

    method: str
    #: The path as its route has it: `/api/jobs/{id}`.
    route: str
    status: int
    seconds: float
    error: Exception | None = None


Observer = Callable[[Answered], None]


class Endpoint:
    """All methods of a path."""

    def __init__(self, service: Service, route: str, methods: Mapping[str, Offered]) -> None:
        self._service = service
        self._route = route
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request, timing = Request(scope, receive), Timing()
        request.state.request_id = _request_id(request)
        response, error = await self._answer(request)
        response.headers.update(self._headers(request))
        response.headers["Server-Timing"] = timing.header
        await response(scope, receive, send)
        answered = Answered(
            method=request.method,
            route=self._route,
            status=response.status_code,
            seconds=timing.seconds,
            error=error,
        )
        for observe in self._service.observers:
            observe(answered)

    async def _answer(self, request: Request) -> tuple[Response, Exception | None]:
        try:
            return await self._handled(request), None
        except Refusal as refusal:
            return failure(refusal), None
        except ClientDisconnect:
            return Response(status_code=400), None
        except Exception as error:
            told = {"method": request.method, "path": request.url.path}
            if isinstance(error, StoreUnavailable):
                log.error("store unavailable", extra=told | {"why": str(error)})  # noqa: TRY400 - no bug, no traceback
            else:
                log.exception("a handler failed", extra=told)
            return failure(Refusal(500, "Internal server error")), error

    async def _handled(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204)
        offered = self._methods.get("GET" if request.method == "HEAD" else request.method)
        if self._is_closed(request) and not (offered and offered.is_always_on):
            return failure(Refusal(503, "Maintenance"), {"Retry-After": str(RETRY_SECONDS)})
        if offered is None:
            raise Refusal(405, "Method not allowed") if self._methods else Refusal(404, "Not found")
        self._refuse(request, offered)
        return await offered.handler(request)

    def _refuse(self, request: Request, offered: Offered) -> None:
        """Raise Refusal for what no handler is asked."""
        settings = self._service.settings
        if request.method in origins.WRITES:
            origins.refuse_forged(request, settings.access)
        if offered.takes_json:
            bodies.refuse_type(request)
        if not is_offered(offered, settings):
            raise Refusal(404, "Feature disabled")
        bodies.refuse_nul(request)

    def _is_closed(self, request: Request) -> bool:
        return request.url.path.startswith("/api/") and is_maintenance(self._service)

    def _headers(self, request: Request) -> dict[str, str]:
        settings = self._service.settings
        return {
            **HEADERS,
            **hsts(settings.surroundings),
            **origins.cors(settings.access, request.headers.get("origin", "")),
            "X-Request-Id": request.state.request_id,
        }


def is_offered(offered: Offered, settings: Settings) -> bool:
    """Whether it has no flag, or one that is on."""
    return not offered.flag or settings.flags[offered.flag]


def hsts(where: Surroundings) -> Mapping[str, str]:
    """That browsers keep to TLS; on dev there is none."""
    return {} if where.is_dev else HSTS


def is_maintenance(service: Service) -> bool:
    """Whether nobody is to be served by now."""
    return service.settings.access.maintenance_file.exists()


def _request_id(request: Request) -> str:
    told = (request.headers.get(name, "").strip() for name in REQUEST_IDS)
    return next(filter(None, told), "") or str(uuid4())
