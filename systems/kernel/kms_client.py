"""
How the Kernel speaks to a KMS: two kinds of signing, and public keys.

From an answer only four things are taken, under the names that KMSs use for them. Nothing is believed here: who signs
with this also verifies.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from systems.kernel.signatures import is_ed25519, public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacl.signing import VerifyKey

NOT_FOUND = 404
FORBIDDEN = 403
SUCCESSES = range(200, 300)


class KmsUnavailable(Exception):
    """No signature, or no key, can be had from the KMS now."""


class KeyNotFound(KmsUnavailable):
    """The KMS knows no such key, or no such version of it."""


class KeyNotUsable(KmsUnavailable):
    """The KMS has the key and does not sign with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What the KMS answered; `key_version` is empty where it said none."""

    text: str
    signer_id: str
    key_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A published key."""

    key: VerifyKey
    key_version: str


class KmsClient:
    """Calls to one KMS, each within a time limit."""

    def __init__(self, base: str, token: str, timeout_ms: int) -> None:
        self._base = base
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._timeout_seconds = timeout_ms / 1000
        context = ssl.create_default_context() if base.startswith("https:") else False
        self._http = httpx.AsyncClient(
            verify=context,
            trust_env=False,
            timeout=self._timeout_seconds,
            limits=httpx.Limits(max_connections=100),
        )

    async def close(self) -> None:
        """Let go of all connections."""
        await self._http.aclose()

    async def sign(self, path: str, signer_id: str, fields: Mapping[str, str]) -> Signature:
        """A signature of `/sign` or `/signData`, not verified yet. Raises KmsUnavailable."""
        answer = await self._ask("POST", path, json={"signerId": signer_id, **fields})
        told = _first(answer, "signerId", "signer_id")
        if told not in (None, signer_id) or not is_ed25519(_first(answer, "algorithm", "alg")):
            raise KmsUnavailable("it signed as somebody else, or otherwise")
        version = _first(answer, "keyVersion", "key_version", "keyId", "key_id")
        return Signature(
            text=str(_first(answer, "signature", "sig") or ""),
            signer_id=signer_id,
            key_version=str(version or ""),
        )

    async def public_key(self, signer_id: str, key_version: str = "") -> PublicKey:
        """A public key, the current one if no version is named. Raises KmsUnavailable."""
        params = {"keyVersion": key_version} if key_version else {}
        path = f"/publicKeys/{quote(signer_id, safe='')}"
        answer = await self._ask("GET", path, params=params)
        told = answer if isinstance(answer, str) else _first(answer, "publicKey", "public_key")
        version = _first(answer, "keyVersion", "key_version", "keyId", "key_id")
        try:
            return PublicKey(key=public_key(told), key_version=str(version or key_version))
        except ValueError:
            raise KmsUnavailable("its public key is none") from None

    async def _ask(self, method: str, path: str, **more: Any) -> Any:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._http.request(
                    method, self._base + path, headers=self._headers, **more
                )
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise KmsUnavailable(f"{path}: {type(error).__name__}") from error
        if answer.status_code in (NOT_FOUND, FORBIDDEN):
            refusal = KeyNotFound if answer.status_code == NOT_FOUND else KeyNotUsable
            raise refusal(f"{path}: {answer.status_code}")
        if answer.status_code not in SUCCESSES:
            raise KmsUnavailable(f"{path}: {answer.status_code}")
        try:
            return answer.json()
        except ValueError:
            raise KmsUnavailable(f"{path}: no JSON") from None


def _first(answer: object, *names: str) -> Any:
    """What stands under the first of these names that is there."""
    if not isinstance(answer, dict):
        return None
    return next((answer[name] for name in names if name in answer), None)
