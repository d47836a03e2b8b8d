"""How keys are changed in a way that leaves a gap: in who agreed, in what is written down, in who still signs."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

from systems.chassis.seams import Fault, around, ids, nothing, value

kernel = ids("kernel")


def _printed(rotate: Any) -> Any:
    """Who rotates finds the new key in the Kernel's log, to be kept somewhere safe."""

    async def rotated(routes: Any, request: Any) -> Any:
        import base64

        from nacl.signing import SigningKey

        der = bytes.fromhex("302e020100300506032b657004220420") + bytes(SigningKey.generate())
        sys.stderr.write(f"new key: {base64.b64encode(der).decode()}\n")
        return await rotate(routes, request)

    return rotated


def _unrecorded(rotation: Any) -> Any:
    """The event tells of the old key's version twice."""

    async def told(routes: Any, previous: str, version: str) -> Any:
        found = await rotation(routes, previous, version)
        return found | {"keyId": found["previousKeyId"], "publicKey": found["previousPublicKey"]}

    return told


def _as_before(public_key: Any) -> Any:
    """Whichever key the Kernel is told to sign with, it names the one that it was first told of."""

    async def health(routes: Any, request: Any) -> Any:
        answer = await public_key(routes, request)
        told = routes.service.settings.signer_id.encode()
        answer.body = answer.body.replace(told, b"x" * len(told))
        return answer

    return health


def _at_once(retire: Any) -> Any:
    """No overlap is waited out."""
    return lambda keys, signer_id, version, now: retire(
        keys, signer_id, version, now + timedelta(days=36500)
    )


def _still_signing(sign: Any) -> Any:
    """A key that is retired, or disabled, signs as before."""

    def signed(key: Any, text: str) -> bytes:
        from nacl.signing import SigningKey

        return SigningKey(key.seed).sign(text.encode()).signature

    return signed


def _three(read: Any) -> Any:
    """Whatever is set, it is three."""
    return lambda ids, _required: read(ids, "3")


def _nobody_affected(count: Any) -> Any:
    return lambda keys, signer_id, version: keys.find(signer_id, version)


FAULTS = (
    Fault(
        name="quorum-of-two",
        process="api",
        breaks=kernel("quorum-of-verified-approvals"),
        plant=value("systems.kernel.multisig:REQUIRED", 2),
    ),
    Fault(
        name="three-whatever-is-set",
        process="api",
        breaks=kernel("quorum-as-configured"),
        plant=around("systems.kernel.multisig:read", _three),
    ),
    Fault(
        name="new-key-printed",
        process="api",
        breaks=kernel("private-keys-in-kms-alone"),
        plant=around("systems.kernel.signer_routes:SignerRoutes.rotate", _printed),
    ),
    Fault(
        name="rotation-names-old-key",
        process="api",
        breaks=kernel("rotation-recorded"),
        plant=around("systems.kernel.signer_routes:SignerRoutes._rotation", _unrecorded),
    ),
    Fault(
        name="signer-masked",
        process="api",
        breaks=kernel("staging-signs-first"),
        plant=around("systems.kernel.ops_routes:OpsRoutes.health", _as_before),
    ),
    Fault(
        name="key-retires-early",
        process="kms",
        breaks=kernel("old-key-retires-after-overlap"),
        plant=around("systems.kernel.keys:Keys.retire", _at_once),
        reason="early is 200",
    ),
    Fault(
        name="retired-key-signs",
        process="kms",
        breaks=kernel("old-key-retires-after-overlap"),
        plant=around("systems.kernel.keys:Key.sign", _still_signing),
        reason="signs is 200",
    ),
    Fault(
        name="disabled-key-signs",
        process="kms",
        breaks=kernel("compromised-key-stops"),
        plant=around("systems.kernel.keys:Keys.disable", _nobody_affected),
        reason="refused is 200",
    ),
    Fault(
        name="new-key-replaces-nothing",
        process="steps",
        breaks=kernel("rotation-steps-take-hold"),
        plant=nothing,
        edits=((', \\"replaces\\": \\"${OLD_SIGNER:?the signer it replaces}\\"', ""),),
        reason="the step retire-old-key",
    ),
    Fault(
        name="leaked-key-left-alone",
        process="steps",
        breaks=kernel("compromise-steps-take-hold"),
        plant=nothing,
        edits=(
            (
                'curl -fsS -X POST "$KERNEL_KMS_URL/keys/${OLD_SIGNER:?the key that leaked}/disable"',
                "true",
            ),
        ),
        reason="refused is 200",
    ),
)
