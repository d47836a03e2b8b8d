"""How somebody becomes a user who is signed in: what is written down of it, and what they are given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from systems.marketplace import cookies, tokens, views
from systems.marketplace.callers import SESSION
from systems.marketplace.cookies import Cookies
from systems.marketplace.envelope import success

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.marketplace.service import Service

LONGEST_AGENT = 500


@dataclass(frozen=True, slots=True)
class SignIn:
    """Sessions of a service."""

    service: Service

    @property
    def cookies(self) -> Cookies:
        """How cookies are set here."""
        return Cookies(is_secure=not self.service.settings.surroundings.is_dev)

    def hashed(self, raw: str) -> str:
        """What is kept of a refresh token."""
        return tokens.stored(raw, self.service.settings.tokens.pepper)

    async def add_refresh(self, tx: Transaction, user_id: str, raw: str, request: Request) -> None:
        """Keep a refresh token."""
        await tx.run(
            "add_refresh_token",
            hash=self.hashed(raw),
            user_id=user_id,
            user_agent=request.headers.get("user-agent", "")[:LONGEST_AGENT],
            ip=self.service.address(request),
            seconds=self.service.settings.tokens.refresh_seconds,
        )

    async def opened(self, tx: Transaction, user: Row, request: Request) -> Response:
        """The answer to who has signed in: user, token, both cookies."""
        raw = str(uuid4())
        await self.add_refresh(tx, user.id, raw, request)
        token = self.service.callers.token(user)
        response = success({"user": views.user(user), "token": token})
        self.set(response, token, raw, cookies.SIGNED_IN_SECONDS)
        return response

    def set(self, response: Response, token: str, raw: str, seconds: int) -> None:
        """The cookies of a session; without a refresh token only the one."""
        self.cookies.set(response, SESSION, token, seconds)
        if raw:
            lasts = self.service.settings.tokens.refresh_seconds
            self.cookies.set(response, cookies.REFRESH, raw, lasts)
