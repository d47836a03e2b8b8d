"""Sign a manifest: by the signer first, then stored in the transaction of what it is signed for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import instants
from systems.kernel.signatures import ALGORITHM, manifest_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from systems.chassis.store import Transaction
    from systems.kernel.kms_client import Signature
    from systems.kernel.principals import Principal
    from systems.kernel.signer import Signer

VERSION = "1.0.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedManifest:
    """A manifest's signature, not stored yet."""

    id: UUID
    manifest_id: str
    version: str
    ts: str
    signature: Signature

    def shown(self) -> dict[str, Any]:
        """As the caller gets it."""
        return {
            "id": str(self.id),
            "manifest_id": self.manifest_id,
            "signer_id": self.signature.signer_id,
            "algorithm": ALGORITHM,
            "key_version": self.signature.key_version,
            "signature": self.signature.text,
            "version": self.version,
            "ts": self.ts,
        }

    def told(self, principal: Principal) -> dict[str, object]:
        """As its event tells it."""
        return {
            "manifestId": self.manifest_id,
            "signatureId": str(self.id),
            "signerId": self.signature.signer_id,
            "algorithm": ALGORITHM,
            "keyVersion": self.signature.key_version,
            "principal": principal.shown(),
        }

    async def store(self, tx: Transaction) -> None:
        """Store it."""
        await tx.run(
            "add_signature",
            id=self.id,
            manifest_id=self.manifest_id,
            signer_id=self.signature.signer_id,
            signature=self.signature.text,
            algorithm=ALGORITHM,
            key_version=self.signature.key_version,
            version=self.version,
            ts=self.ts,
        )


async def sign(
    signer: Signer, manifest: Mapping[str, Any], manifest_id: str, version: str | None
) -> SignedManifest:
    """The signature of a manifest, at a time of the Kernel's own. Raises KmsUnavailable."""
    ts = instants.now()
    signature = await signer.sign_manifest(manifest_text(manifest, ts), manifest_id)
    return SignedManifest(
        id=uuid4(),
        manifest_id=manifest_id,
        version=VERSION if version is None else version,
        ts=ts,
        signature=signature,
    )
