"""Who asks: a JSON Web Token, HS256, that names a user and runs out soon."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes tokens and reads them back."""

    secret: str
    lasts_seconds: int

    def token(self, user_id: str, role: str, *, now_seconds: float) -> str:
        """A token for a user."""
        issued = int(now_seconds)
        claims = {"sub": user_id, "role": role, "iat": issued, "exp": issued + self.lasts_seconds}
        signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
        return f"{signed}.{self._seal(signed)}"

    def user_id(self, token: str, *, now_seconds: float) -> str | None:
        """Whose token this is; None if it is none of ours, or has run out."""
        signed, _, seal = token.rpartition(".")
        if not hmac.compare_digest(seal.encode("utf-8"), self._seal(signed).encode()):
            return None
        match [_decoded(part) for part in signed.split(".")]:
            case [{"alg": "HS256"}, {"sub": str(user_id), "exp": int() | float() as expires}]:
                return user_id if now_seconds < expires else None
        return None

    def _seal(self, signed: str) -> str:
        return _base64(hmac.digest(self.secret.encode(), signed.encode(), "sha256"))


def _encoded(value: object) -> str:
    return _base64(json.dumps(value, separators=(",", ":")).encode())


def _decoded(part: str) -> Any:
    try:
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError):
        return None


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
