"""The cookies of a session, and of a sign-in by wallet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.marketplace.callers import SESSION
from systems.marketplace.origins import COOKIE as CSRF

if TYPE_CHECKING:
    from starlette.responses import Response

REFRESH, NONCE, ADDRESS = "refresh_token", "siwe_nonce", "siwe_addr"
SIGNED_IN_SECONDS, REFRESHED_SECONDS, CSRF_SECONDS = 604_800, 900, 3600


@dataclass(frozen=True, slots=True)
class Cookies:
    """Sets cookies that no other site's page sends along; over TLS only where that is to be."""

    is_secure: bool

    def set(
        self, response: Response, name: str, value: str, seconds: int, *, is_readable: bool = False
    ) -> None:
        """One cookie; a page's scripts read it only where that is its purpose."""
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            httponly=not is_readable,
            secure=self.is_secure,
            samesite="lax",
        )

    def csrf(self, response: Response, value: str) -> None:
        """The half of the CSRF pair that scripts read and send back in a header."""
        self.set(response, CSRF, value, CSRF_SECONDS, is_readable=True)

    def end(self, response: Response) -> None:
        """Forget a session."""
        for name in (SESSION, REFRESH):
            self.set(response, name, "", 0)
