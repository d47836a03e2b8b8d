"""Who is asking, and what they may do: told by an access token."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.chassis.jose import TokenInvalid
from systems.marketplace import scopes, tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from systems.chassis.store import Row
    from systems.marketplace.settings import Tokens

SESSION = "session_token"
BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose token it is, and what it grants."""

    id: str
    username: object
    scopes: Sequence[object]

    @property
    def is_admin(self) -> bool:
        """Whether it may do everything."""
        return scopes.ADMIN in self.scopes

    def require(self, scope: str) -> None:
        """Raise Refusal 403 unless the token grants this."""
        if scope not in self.scopes:
            raise Refusal(403, f"Forbidden: missing scope {scope}")


class Callers:
    """Makes access tokens, and reads them again."""

    def __init__(self, settings: Tokens, admins: frozenset[str]) -> None:
        self._settings = settings
        self._admins = admins

    def token(self, user: Row) -> str:
        """A token of a user: `id`, `username`, `userType` and `walletAddress` of a row."""
        claims = {
            "sub": user.id,
            "usr": user.username,
            "scope": scopes.scopes(user.userType, user.walletAddress, self._admins),
        }
        return tokens.access_token(
            claims,
            self._settings.secret,
            now_seconds=int(time.time()),
            lives_seconds=self._settings.access_seconds,
        )

    def identified(self, token: str) -> Caller:
        """Whose token this is. Raises TokenInvalid."""
        secrets = [each for each in (self._settings.secret, self._settings.old_secret) if each]
        claims = tokens.claims_of(token, secrets, now_seconds=time.time())
        return Caller(claims["sub"], claims.get("usr"), scopes.held(claims))

    def caller(self, token: str, missing: str = "No token provided") -> Caller:
        """Whose token this is. Raises Refusal 401 without one, or for one that proves nothing."""
        if not token:
            raise Refusal(401, missing)
        try:
            return self.identified(token)
        except TokenInvalid:
            raise Refusal(401, "Invalid token") from None

    def admin(self, token: str) -> Caller:
        """An admin. Raises Refusal 401 without a token, 403 for anybody else's."""
        if not token:
            raise Refusal(401, "Unauthorized")
        try:
            found = self.identified(token)
        except TokenInvalid:
            raise Refusal(403, "Forbidden") from None
        if not found.is_admin:
            raise Refusal(403, "Forbidden")
        return found


def bearer(request: Request) -> str:
    """The token of the Authorization header; empty without one."""
    told = request.headers.get("authorization", "")
    return told[len(BEARER) :].strip() if told.lower().startswith(BEARER) else ""


def session(request: Request) -> str:
    """The token of the session's cookie, else of the Authorization header."""
    return request.cookies.get(SESSION, "") or bearer(request)
