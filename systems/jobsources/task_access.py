"""Who may hand the worker tasks, and have it replay its letters."""

from __future__ import annotations

import hmac
import time
from typing import TYPE_CHECKING

from systems.chassis.jose import TokenInvalid
from systems.jobsources import oidc

if TYPE_CHECKING:
    from systems.jobsources.worker_settings import TaskAccess

SCHEME = "Bearer "


class Doorkeeper:
    """Knows the token, and whose ID tokens count."""

    def __init__(self, access: TaskAccess) -> None:
        self._token = access.token
        self._verifier = None
        if access.id_tokens is not None:
            keys = oidc.Keys(access.keys_url, access.keys_cache_seconds)
            self._verifier = oidc.Verifier(access.id_tokens, keys)

    async def admits(self, authorization: str) -> bool:
        """Whether a caller with this header may come in."""
        if self._token and _is_equal(authorization, SCHEME + self._token):
            return True
        if self._verifier is None or not authorization.startswith(SCHEME):
            return False
        try:
            await self._verifier.claims(authorization.removeprefix(SCHEME), now_seconds=time.time())
        except TokenInvalid:
            return False
        return True


def _is_equal(given: str, expected: str) -> bool:
    """Whether two texts are the same, in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
