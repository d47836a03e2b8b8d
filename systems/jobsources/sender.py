"""How the worker speaks to the API: JSON that is signed, with a bearer, within a time limit."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from systems.jobsources import outbound, signatures
from systems.jobsources.identity_tokens import IdentityTokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.jobsources.outbound import Answer
    from systems.jobsources.worker_settings import CallbackSettings

#: A request id that can go into a header and into a signed text.
REQUEST_ID = re.compile(r"(?!.*\.)[!-~]{1,128}")


class Sender:
    """Sends one request a time, signed if there is a secret."""

    def __init__(self, settings: CallbackSettings) -> None:
        self._settings = settings
        self._tokens = (
            IdentityTokens(settings.metadata_host, settings.audience) if settings.audience else None
        )

    async def post(
        self,
        url: str,
        body: Mapping[str, Any],
        parts: signatures.Parts,
        *,
        token: str = "",
        limit_ms: int = 0,
    ) -> Answer:
        """The answer to a body; `token` is the task's own. Raises outbound.Unanswered, NoToken."""
        headers = {"content-type": "application/json"}
        if parts.request_id:
            headers[signatures.REQUEST_ID_HEADER] = parts.request_id
        if bearer := await self._bearer(token):
            headers["authorization"] = f"Bearer {bearer}"
        if self._settings.secret:
            headers |= signatures.headers(self._settings.secret, parts, now_seconds=time.time())
        return await outbound.ask(
            "POST",
            url,
            limit_ms=limit_ms or self._settings.timeout_ms,
            headers=headers,
            body=json.dumps(body, allow_nan=False).encode(),
        )

    async def _bearer(self, token: str) -> str:
        if self._tokens is not None:
            return await self._tokens.token()
        return token or self._settings.token
