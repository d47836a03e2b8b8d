"""How the Kernel trusts its KMS, or itself, more than it may."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, together, value

kernel = ids("kernel")


def _falls_back(counted: Any) -> Any:
    """Where the KMS fails, a key of the moment signs under the KMS's name."""

    async def signed(signer: Any, operation: str, path: str, *more: Any) -> Any:
        from nacl.signing import SigningKey

        from systems.kernel.kms_client import KmsUnavailable, Signature

        try:
            return await counted(signer, operation, path, *more)
        except KmsUnavailable:
            raw = SigningKey.generate().sign(more[1].encode()).signature
            text = base64.b64encode(raw).decode()
            return Signature(text=text, signer_id=signer.signer_id, key_version="local-dev")

    return signed


def _unverified(_verified: Any) -> Any:
    async def verified(signer: Any, signature: Any, text: str) -> Any:
        return replace(signature, key_version=signature.key_version or "v1")

    return verified


def _kept_for_ever(public_key: Any) -> Any:
    """One public key a signer, whatever version signed, and never another."""
    kept: dict[str, Any] = {}

    async def found(signer: Any, signer_id: str, key_version: str = "") -> Any:
        if signer_id not in kept:
            kept[signer_id] = await public_key(signer, signer_id, key_version)
        return kept[signer_id]

    return found


def _any_answer(_signs: Any) -> Any:
    """Whatever the KMS answers to a GET, it is taken for well."""

    async def signs(signer: Any) -> bool:
        import httpx

        try:
            await signer._kms._http.get(signer._kms._base)
        except httpx.HTTPError:
            return False
        return True

    return signs


def _foreign_ts(sign: Any) -> Any:
    """The time that is stored is the KMS's, not the signed one."""

    async def signed(*told: Any) -> Any:
        found = await sign(*told)
        return replace(found, ts=found.ts.replace("20", "21", 1))

    return signed


def _by_one(_signature: Any) -> Any:
    """Both signatures of a rotation are the new key's."""

    async def signature(routes: Any, signer_id: str, key_version: str, text: str) -> Any:
        signed = await routes.service.signer.sign_data(text)
        return {"signerId": signer_id, "keyId": key_version, "signature": signed.text}

    return signature


def _by_address(_status: Any) -> Any:
    """Which key signs here is not told; where the KMS is, is."""

    async def status(routes: Any, _request: Any) -> Any:
        from systems.kernel.turns import Answer

        settings = routes.service.settings
        told = {"signer_id": settings.signer_id, "public_key": f"KMS at {settings.kms.base}"}
        return Answer(told).response()

    return status


FAULTS = (
    Fault(
        name="local-key-when-kms-fails",
        process="api",
        breaks=kernel("unwell-kms-signs-nothing", "kms-or-no-signature"),
        plant=around("systems.kernel.signer:KmsSigner._counted", _falls_back),
    ),
    Fault(
        name="signatures-unverified",
        process="api",
        breaks=kernel(
            "unsigned-event-undoes-request", "unwell-kms-signs-nothing", "kms-answers-verified"
        ),
        plant=around("systems.kernel.signer:KmsSigner._verified", _unverified),
    ),
    Fault(
        name="public-key-kept-for-ever",
        process="api",
        breaks=kernel("rotation-without-outage"),
        plant=together(
            around("systems.kernel.signer:KmsSigner.public_key", _kept_for_ever),
            around("systems.kernel.signer:KmsSigner._fetched", _kept_for_ever),
        ),
    ),
    Fault(
        name="kms-well-by-any-answer",
        process="api",
        breaks=kernel("health-tells-truth"),
        plant=around("systems.kernel.signer:KmsSigner.signs", _any_answer),
    ),
    Fault(
        name="kms-address-kept-whole",
        process="api",
        breaks=kernel("kms-endpoint-understood"),
        plant=value("systems.kernel.settings:kms_base", lambda endpoint: endpoint.rstrip("/")),
    ),
    Fault(
        name="foreign-time-stored",
        process="api",
        breaks=kernel("signature-verifies"),
        plant=around("systems.kernel.manifests:sign", _foreign_ts),
    ),
    Fault(
        name="rotation-signed-by-one",
        process="api",
        breaks=kernel("rotation-signed-by-both"),
        plant=around("systems.kernel.signer_routes:SignerRoutes._signature", _by_one),
    ),
    Fault(
        name="public-key-unpublished",
        process="api",
        breaks=kernel("new-key-published"),
        plant=around("systems.kernel.ops_routes:OpsRoutes.security_status", _by_address),
    ),
)
