"""Who asks: a JSON Web Token, HS256, that names a user and runs out soon."""

from __future__ import annotations

from dataclasses import dataclass

from systems.chassis import jose
from systems.chassis.canonical import is_number


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes tokens and reads them back."""

    secret: str
    lasts_seconds: int

    def token(self, user_id: str, role: str, *, now_seconds: float) -> str:
        """A token for a user."""
        issued = int(now_seconds)
        claims = {"sub": user_id, "role": role, "iat": issued, "exp": issued + self.lasts_seconds}
        return jose.signed_with(self.secret, claims)

    def user_id(self, token: str, *, now_seconds: float) -> str | None:
        """Whose token this is; None if it is none of ours, or has run out."""
        try:
            told = jose.read(token)
        except jose.TokenInvalid:
            return None
        if not told.is_signed_with(self.secret):
            return None
        match told.claims:
            case {"sub": str(user_id), "exp": expires} if is_number(expires):
                return user_id if now_seconds < expires else None
        return None
