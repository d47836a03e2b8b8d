"""
Who signs for the Kernel: the KMS, and only where there is none a key of this process.

Every signature is verified before it counts. A public key is kept for a while; where a signature does not fit the one
that was kept, it is fetched once more before that counts as a failure: so a rotation needs no restart.
"""

from __future__ import annotations

import asyncio
import base64
import time
from typing import TYPE_CHECKING, Protocol

from nacl.signing import SigningKey

from systems.chassis import instants
from systems.kernel.kms_client import KeyNotFound, KmsClient, KmsUnavailable, PublicKey, Signature
from systems.kernel.signatures import data_text, is_signed

if TYPE_CHECKING:
    from systems.kernel.metrics import Metrics
    from systems.kernel.settings import KmsSettings

LOCAL = "local-dev"


class Signer(Protocol):
    """What the Kernel signs with."""

    signer_id: str

    async def sign_manifest(self, text: str, manifest_id: str) -> Signature:
        """A verified signature of a manifest. Raises KmsUnavailable."""

    async def sign_data(self, text: str) -> Signature:
        """A verified signature of a digest. Raises KmsUnavailable."""

    async def sign_as(self, signer_id: str, key_version: str, text: str) -> Signature:
        """A verified signature of another key. Raises KmsUnavailable."""

    async def public_key(self, signer_id: str, key_version: str = "") -> PublicKey:
        """A signer's key, the current one if no version is named. Raises KmsUnavailable."""

    async def signs(self) -> bool:
        """Whether it signs now."""

    async def close(self) -> None:
        """Let go of what it holds."""


class KmsSigner:
    """Signs by a KMS."""

    def __init__(self, signer_id: str, settings: KmsSettings, metrics: Metrics) -> None:
        self.signer_id = signer_id
        self._settings = settings
        self._metrics = metrics
        self._kms = KmsClient(settings.base, settings.token, settings.timeout_ms)
        self._keys: dict[tuple[str, str], tuple[float, PublicKey]] = {}

    async def close(self) -> None:
        """Let go of all connections."""
        await self._kms.close()

    async def sign_manifest(self, text: str, manifest_id: str) -> Signature:
        """By `/sign`."""
        fields = {"payload": text, "manifestId": manifest_id}
        return await self._counted("manifest", "/sign", self.signer_id, text, fields)

    async def sign_data(self, text: str) -> Signature:
        """By `/signData`."""
        return await self._counted("data", "/signData", self.signer_id, text, {"data": text})

    async def sign_as(self, signer_id: str, key_version: str, text: str) -> Signature:
        """By `/signData`, with a version of a key that is named."""
        fields = {"data": text, "keyVersion": key_version}
        return await self._counted("data", "/signData", signer_id, text, fields)

    async def public_key(self, signer_id: str, key_version: str = "") -> PublicKey:
        """As it is published, or was a moment ago; which one is current is always asked."""
        kept = self._keys.get((signer_id, key_version))
        if key_version and kept and time.monotonic() < kept[0]:
            return kept[1]
        return await self._fetched(signer_id, key_version)

    async def signs(self) -> bool:
        """Whether it signs a probe with this Kernel's key, and truly."""
        text = data_text("probe", instants.now())
        try:
            async with asyncio.timeout(self._settings.probe_timeout_ms / 1000):
                signature = await self._kms.sign("/signData", self.signer_id, {"data": text})
                await self._verified(signature, text)
        except (KmsUnavailable, TimeoutError):
            self._metrics.count("kernel_kms_probe_failure")
            return False
        self._metrics.count("kernel_kms_probe_success")
        return True

    async def _counted(
        self, operation: str, path: str, signer_id: str, text: str, fields: dict[str, str]
    ) -> Signature:
        try:
            signature = await self._verified(await self._kms.sign(path, signer_id, fields), text)
        except BaseException:
            self._metrics.signed(operation, is_ok=False)
            raise
        self._metrics.signed(operation, is_ok=True)
        return signature

    async def _verified(self, signature: Signature, text: str) -> Signature:
        signer_id, version = signature.signer_id, signature.key_version
        known = (signer_id, version) in self._keys
        public = await self.public_key(signer_id, version)
        if not is_signed(text, signature.text, public.key) and known:
            public = await self._fetched(signer_id, version)
        if not public.key_version or not is_signed(text, signature.text, public.key):
            raise KmsUnavailable("its signature does not verify")
        return Signature(text=signature.text, signer_id=signer_id, key_version=public.key_version)

    async def _fetched(self, signer_id: str, key_version: str) -> PublicKey:
        public = await self._kms.public_key(signer_id, key_version)
        until = time.monotonic() + self._settings.key_cache_seconds
        self._keys[signer_id, public.key_version] = (until, public)
        return public


class LocalSigner:
    """Signs with a key that lives and dies with this process: for development, where there is no KMS."""

    def __init__(self, signer_id: str, metrics: Metrics) -> None:
        self.signer_id = signer_id
        self._metrics = metrics
        self._key = SigningKey.generate()

    async def close(self) -> None:
        """It holds nothing."""

    async def sign_manifest(self, text: str, manifest_id: str) -> Signature:  # noqa: ARG002 - as the KMS is told
        """With the key of this process."""
        return self._signed("manifest", text)

    async def sign_data(self, text: str) -> Signature:
        """With the key of this process."""
        return self._signed("data", text)

    async def sign_as(self, signer_id: str, key_version: str, text: str) -> Signature:
        """With its only key, or not at all."""
        await self.public_key(signer_id, key_version)
        return self._signed("data", text)

    async def public_key(self, signer_id: str, key_version: str = "") -> PublicKey:
        """Its only key. Raises KeyNotFound for any other."""
        if signer_id != self.signer_id or key_version not in ("", LOCAL):
            raise KeyNotFound(signer_id)
        return PublicKey(key=self._key.verify_key, key_version=LOCAL)

    async def signs(self) -> bool:
        """It always does."""
        return True

    def _signed(self, operation: str, text: str) -> Signature:
        raw = self._key.sign(text.encode()).signature
        self._metrics.signed(operation, is_ok=True)
        signature = base64.b64encode(raw).decode()
        return Signature(text=signature, signer_id=self.signer_id, key_version=LOCAL)
