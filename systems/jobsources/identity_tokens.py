"""ID tokens of this worker's own service identity, from the cloud's metadata server."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlencode

from systems.chassis import jose
from systems.jobsources import outbound

PATH = "/computeMetadata/v1/instance/service-accounts/default/identity"
FLAVOR = {"Metadata-Flavor": "Google"}
KEPT_SECONDS = 300.0
#: A token that is nearly over may be so when it arrives.
MARGIN_SECONDS = 30.0
FETCH_MS = 5000


class NoToken(Exception):
    """The metadata server gives no token now."""


class IdentityTokens:
    """Tokens for one audience, each used for a while."""

    def __init__(self, host: str, audience: str) -> None:
        query = urlencode({"audience": audience, "format": "full"})
        self._url = f"http://{host}{PATH}?{query}"
        self._token = ""
        self._good_until = 0.0
        self._fetching = asyncio.Lock()

    async def token(self) -> str:
        """A token that counts now. Raises NoToken."""
        async with self._fetching:
            if time.time() >= self._good_until:
                self._token = await self._fetched()
                now = time.time()
                self._good_until = min(now + KEPT_SECONDS, expiry(self._token) - MARGIN_SECONDS)
        return self._token

    async def _fetched(self) -> str:
        try:
            answer = await outbound.ask("GET", self._url, limit_ms=FETCH_MS, headers=FLAVOR)
        except outbound.Unanswered as error:
            raise NoToken(f"metadata server: {error}") from error
        if not answer.is_success or answer.headers.get("metadata-flavor") != "Google":
            raise NoToken(f"metadata server: {answer.status}, or not one at all")
        return answer.body.decode("ascii", "replace").strip()


def expiry(token: str) -> float:
    """The Unix second at which a token ends, as it says itself. Raises NoToken."""
    try:
        return float(jose.members(token.split(".")[1])["exp"])
    except (IndexError, jose.TokenInvalid, KeyError, TypeError, ValueError):
        raise NoToken("what the metadata server gave is no token") from None
