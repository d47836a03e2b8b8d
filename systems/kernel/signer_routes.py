"""Keys change: a rotation that both keys sign, and a compromise that is put on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from systems.chassis import instants
from systems.chassis.http import Refusal
from systems.kernel import principals, requests
from systems.kernel.kms_client import KeyNotFound, KeyNotUsable
from systems.kernel.signatures import data_text, rotation_digest, spki
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.kernel.kms_client import PublicKey
    from systems.kernel.service import Service


@dataclass(frozen=True, slots=True)
class SignerRoutes:
    """Handlers for those who keep the keys."""

    service: Service

    async def rotate(self, request: Request) -> Response:
        """POST rotation: this Kernel signs with its key from now on, and no longer with the previous one."""
        await self.service.allow(request, principals.KEEPERS_OF_KEYS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        fields = requests.Fields(body)
        previous = fields.text("previousSignerId", is_required=True) or ""
        version = fields.text("previousKeyVersion", is_required=True) or ""
        fields.check()
        rotation = await self._rotation(previous, version)
        async with self.service.recording() as recording:
            event = await recording.append("signer.rotation", rotation)
        return Answer({"audit_id": str(event), "rotation": rotation}, 201).response()

    async def compromise(self, request: Request) -> Response:
        """POST compromise: a key that is not to be trusted, and how much it signed."""
        principal = await self.service.allow(request, principals.KEEPERS_OF_KEYS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        fields = requests.Fields(body)
        signer_id = fields.text("signerId", is_required=True) or ""
        reason = fields.text("reason", is_required=True)
        fields.check()
        if signer_id == self.service.signer.signer_id:
            raise Refusal(409, "signer_in_use")
        await self._key(signer_id, "")
        async with self.service.recording() as recording:
            row = await recording.tx.one("count_signatures", signer_id=signer_id)
            told = {"signerId": signer_id, "reason": reason, "reportedBy": principal.id}
            told |= {"reportedAt": instants.now(), "affectedSignatures": row.signatures}
            event = await recording.append("signer.compromise", told)
        return Answer({"audit_id": str(event)}, 201).response()

    async def _rotation(self, previous: str, version: str) -> dict[str, Any]:
        """The payload of a rotation, signed by the previous key and by the new one. Raises Refusal 404 or 409."""
        signer = self.service.signer
        old, new = await self._key(previous, version), await self._key(signer.signer_id, "")
        if (previous, old.key_version) == (signer.signer_id, new.key_version):
            raise Refusal(409, "signer_not_usable")
        rotation = {
            "provider": "kms",
            "signerId": signer.signer_id,
            "keyId": new.key_version,
            "publicKey": spki(new.key),
            "previousSignerId": previous,
            "previousKeyId": old.key_version,
            "previousPublicKey": spki(old.key),
            "rotatedAt": instants.now(),
        }
        text = data_text(rotation_digest(rotation), rotation["rotatedAt"])
        keys = ((previous, old.key_version), (signer.signer_id, new.key_version))
        return rotation | {"signatures": [await self._signature(*key, text) for key in keys]}

    async def _signature(self, signer_id: str, key_version: str, text: str) -> dict[str, str]:
        try:
            signature = await self.service.signer.sign_as(signer_id, key_version, text)
        except KeyNotUsable:
            raise Refusal(409, "signer_not_usable") from None
        return {"signerId": signer_id, "keyId": key_version, "signature": signature.text}

    async def _key(self, signer_id: str, version: str) -> PublicKey:
        try:
            return await self.service.signer.public_key(signer_id, version)
        except KeyNotFound:
            raise Refusal(404, "key_not_found") from None
