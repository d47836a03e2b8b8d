"""
Tokens of an issuer (JWT, RFC 7519 and 8037), sound or wrong in one way.

    issuer.token(sub="someone", roles=["Auditor"])
    issuer.signed(issuer.claims(sub="someone", exp=1), header={"alg": "none"})
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook.instruments.signatures import ed25519, public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

#: A token lasts longer than any check.
LIFE_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """Whoever signs tokens that the Kernel takes."""

    #: Of an Ed25519 key.
    seed: bytes
    name: str
    audience: str | None
    key_id: str | None

    @property
    def public(self) -> bytes:
        """The key's public half, 32 bytes."""
        return public_key(self.seed)

    def token(self, *, sub: str, roles: Sequence[str] = (), **changes: Any) -> str:
        """A token for a principal with these roles, other claims changed or, where `None`, left out."""
        return self.signed(self.claims(sub=sub, roles=roles, **changes))

    def claims(self, **changes: Any) -> dict[str, Any]:
        """What a sound token says, with changes; `None` leaves a claim out."""
        now = int(time.time())
        told = {"iss": self.name, "aud": self.audience, "iat": now, "exp": now + LIFE_SECONDS}
        return {name: said for name, said in (told | changes).items() if said is not None}

    def signed(
        self,
        claims: Mapping[str, Any],
        *,
        header: Mapping[str, Any] | None = None,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> str:
        """A token of these claims; its header's fields changed, or signed otherwise, where that is said."""
        head = {"alg": "EdDSA", "typ": "JWT", "kid": self.key_id, **(header or {})}
        parts = [_part({name: said for name, said in head.items() if said is not None})]
        parts.append(_part(claims))
        message = ".".join(parts).encode()
        signature = sign(message) if sign else ed25519(self.seed, message)
        return ".".join([*parts, encoded(signature)])


def encoded(raw: bytes) -> str:
    """Base64url without its padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(value: Mapping[str, Any]) -> str:
    return encoded(json.dumps(value).encode())
