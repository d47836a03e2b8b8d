"""The shape of every answer: data in an envelope, or an error that tells no more than it may."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis import instants
from systems.chassis.http import reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from systems.chassis.http import Refusal


@dataclass(frozen=True, slots=True)
class Kind:
    """What a status is called, whether to try again, and what is said in place of the true reason."""

    code: str
    category: str
    is_retryable: bool
    sentence: str = ""


KINDS = {
    400: Kind("VALIDATION_ERROR", "validation", is_retryable=False),
    401: Kind("UNAUTHORIZED", "auth", is_retryable=False, sentence="Authentication is required."),
    403: Kind("FORBIDDEN", "permissions", is_retryable=False, sentence="This is not allowed."),
    404: Kind("NOT_FOUND", "not_found", is_retryable=False, sentence="There is no such thing."),
    409: Kind("CONFLICT", "conflict", is_retryable=False, sentence="It has been done already."),
    429: Kind("RATE_LIMITED", "rate_limit", is_retryable=True, sentence="Too many requests."),
}
INTERNAL = Kind("INTERNAL_ERROR", "internal", is_retryable=True, sentence="Something went wrong.")


def success(data: object, status: int = 200) -> Response:
    """An answer that holds what was asked for."""
    return reply({"success": True, "data": data}, status)


def failure(
    refusal: Refusal, request_id: str, headers: Mapping[str, str] | None = None
) -> Response:
    """An answer that is not the one hoped for; only a 400 tells why."""
    kind = KINDS.get(refusal.status, INTERNAL)
    told = {"code": kind.code, "message": kind.sentence or refusal.body["error"]}
    if "details" in refusal.body:
        told["details"] = refusal.body["details"]
    timestamp = instants.now()
    body = {
        **told,
        "requestId": request_id,
        "timestamp": timestamp,
        "retryable": kind.is_retryable,
        "category": kind.category,
        "error": told,
        "meta": {"traceId": request_id, "timestamp": timestamp},
    }
    return reply(body, refusal.status, headers)
