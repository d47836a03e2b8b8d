"""What a request brings: JSON, in which no text holds U+0000."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import canonical
from systems.chassis.http import Refusal, body_of

if TYPE_CHECKING:
    from starlette.requests import Request

NUL = "\x00"


async def fields(request: Request, *, may_be_absent: bool = False) -> dict[str, object]:
    """The fields of a JSON body; a body of another kind than an object has none. Raises Refusal 400 or 413."""
    raw = await body_of(request)
    if may_be_absent and not raw.strip():
        return {}
    try:
        told = canonical.parse(raw)
    except ValueError:
        raise Refusal(400, "Invalid or empty JSON body") from None
    if _holds_nul(told):
        raise Refusal(400, "Invalid payload")
    return told if isinstance(told, dict) else {}


def refuse_type(request: Request) -> None:
    """Raise Refusal 415 if the body says that it is no JSON, or says nothing."""
    if "application/json" not in request.headers.get("content-type", "").lower():
        raise Refusal(415, "Unsupported content-type, expected application/json")


def refuse_nul(request: Request) -> None:
    """Raise Refusal 400 if the path or the query holds what no text of the database can."""
    query = request.query_params.multi_items()
    if NUL in request.scope["path"] or any(NUL in part for pair in query for part in pair):
        raise Refusal(400, "Invalid payload")


def _holds_nul(told: object) -> bool:
    if isinstance(told, str):
        return NUL in told
    if isinstance(told, dict):
        return any(_holds_nul(part) for pair in told.items() for part in pair)
    return isinstance(told, list) and any(map(_holds_nul, told))
