"""The forms of all JSON answers: `success`, and what there is to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis.http import reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.responses import Response

    from systems.chassis.http import Refusal


def success(fields: Mapping[str, object], headers: Mapping[str, str] | None = None) -> Response:
    """200 and `{"success": true, …}`."""
    return reply({"success": True, **fields}, 200, headers)


def failure(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """The refusal's status and `{"success": false, "error": …}`."""
    return reply({"success": False, **refusal.body}, refusal.status, headers)
