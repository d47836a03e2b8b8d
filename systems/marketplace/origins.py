"""Whose pages may call, and whether a write was meant: CORS and the CSRF pair."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from systems.marketplace.settings import Access

WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
COOKIE, HEADER = "csrf_token", "x-csrf-token"


def cors(access: Access, origin: str) -> Mapping[str, str]:
    """What a page of an origin is told: that it may read the answer, or nothing."""
    listed = access.allowed_origins or ([access.app_origin] if access.app_origin else ["*"])
    if "*" in listed:
        return {"Access-Control-Allow-Origin": "*"}
    if origin and origin in listed:
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true"}
    return {}


def refuse_forged(request: Request, access: Access) -> None:
    """Raise Refusal 403 for a write that another's page may have made."""
    origin = request.headers.get("origin", "")
    own = {*access.allowed_origins, access.app_origin} - {""}
    if origin and own and origin not in own:
        raise Refusal(403, "Origin not allowed")
    if not access.needs_csrf:
        return
    header, cookie = request.headers.get(HEADER, ""), request.cookies.get(COOKIE, "")
    if not header or not cookie:
        raise Refusal(403, "Missing CSRF token")
    if not compare_digest(header.encode(), cookie.encode()):
        raise Refusal(403, "Invalid CSRF token")
