"""
Who asks: a session cookie, signed, that names a uid.

A session is text that only this API can have made, so none is stored. It ends after five days, when its uid is taken
out of the log-in tokens, or when the session secret is replaced.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

COOKIE = "__session"
MAX_AGE_SECONDS = 432_000


@dataclass(frozen=True, slots=True)
class Sessions:
    """Opens sessions and reads them back."""

    secret: str
    #: Log-in token → uid.
    uids: Mapping[str, str]

    def uid_of_token(self, token: str) -> str | None:
        """Whose log-in token this is, if anybody's; every known token is compared, in a time that tells nothing."""
        given = token.encode("utf-8", "surrogatepass")
        found = [
            uid for known, uid in self.uids.items() if hmac.compare_digest(given, known.encode())
        ]
        return found[0] if found else None

    def open(self, uid: str, *, now_seconds: float) -> str:
        """A cookie's value for a uid."""
        claims = json.dumps({"uid": uid, "until": int(now_seconds) + MAX_AGE_SECONDS})
        body = claims.encode().hex()
        return f"{body}.{self._seal(body)}"

    def uid_of_cookie(self, value: str, *, now_seconds: float) -> str | None:
        """Whose session a cookie's value is; None if it is none of ours, or has run out."""
        body, _, seal = value.partition(".")
        if not hmac.compare_digest(
            seal.encode("utf-8", "surrogatepass"), self._seal(body).encode()
        ):
            return None
        try:
            claims = json.loads(bytes.fromhex(body))
        except ValueError:
            return None
        is_live = claims["until"] > now_seconds and claims["uid"] in self.uids.values()
        return str(claims["uid"]) if is_live else None

    def _seal(self, body: str) -> str:
        return hmac.new(self.secret.encode(), f"session\n{body}".encode(), "sha256").hexdigest()
