"""
Keys as their keepers change them: made, replaced, rotated and retired at the KMS, and told to the Kernel.

    signer = keeper.new()                       a key of the check's own, by its name
    other = keeper.new(replaces=signer)
    keeper.rotate(signer)                       the new version's record
    kernel = deployment.kernel({"SIGNER_ID": signer})
    told = record_rotation(kernel, signer, "v1")  the event's payload, and what was wrong with it
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from checks.kernel.adapter import COMPROMISE, ROTATION
from checks.kernel.adapter_kms import public_bytes
from checks.kernel.chain import digest, is_signed
from checks.kernel.known_answers import vectors
from proofbook import NotAsked, NoVerdict
from proofbook.instruments.signatures import canonical_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.adapter_kms import Kms
    from checks.kernel.replies import Reply

UNAUTHENTICATED = 401


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who may change keys at a KMS; the keys are of the check's own making."""

    kms: Kms

    @classmethod
    def of(cls, deployment: Deployment) -> Keeper:
        """The keeper of a deployment that can be told of another key. Raises `NotAsked` where it cannot."""
        if not deployment.is_ours:
            raise NotAsked(
                "its API runs elsewhere already: it cannot be told of a key of the check's"
            )
        return cls(deployment.kms)

    def new(self, *, replaces: str | None = None) -> str:
        """A new key's name. Raises `NoVerdict` if the KMS makes none."""
        signer = f"check-{uuid4()}"
        told = {"signerId": signer} | ({"replaces": replaces} if replaces else {})
        self._done(self.kms.post("/keys", told))
        return signer

    def rotate(self, signer: str) -> dict[str, Any]:
        """The record of a key's next version. Raises `NoVerdict`."""
        return self._done(self.kms.post("/keys/rotate", {"signerId": signer})).body

    def version(self, signer: str) -> str:
        """The version that signs now."""
        return str(self.kms.record(signer).get("keyVersion"))

    def retire(self, signer: str) -> Reply:
        """Ask for a key's end."""
        return self.kms.post(f"/keys/{quote(signer, safe='')}/retire", {})

    def disable(self, signer: str) -> Reply:
        """Ask for a key's end, now."""
        return self.kms.post(f"/keys/{quote(signer, safe='')}/disable", {"reason": "a check"})

    def _done(self, reply: Reply) -> Reply:
        if reply.status == UNAUTHENTICATED:
            raise NotAsked(
                "the KMS lets nobody change keys whom the target names",
                remedy='credentials.kms_admin = "…"',
            )
        if not reply.is_done:
            raise NoVerdict(f"the KMS did not change its keys: {reply!r}")
        return reply


def record_rotation(kernel: Kernel, previous: str, version: str) -> Reply:
    """Have a Kernel write down that its key took the place of another, or of an older version."""
    told = {"previousSignerId": previous, "previousKeyVersion": version}
    return kernel.send("POST", ROTATION, role="SuperAdmin", json=told)


def report_compromise(kernel: Kernel, signer: str) -> Reply:
    """Have a Kernel write down that a key is not to be trusted."""
    told = {"signerId": signer, "reason": "a check"}
    return kernel.send("POST", COMPROMISE, role="SuperAdmin", json=told)


def rotation_text(payload: Mapping[str, Any]) -> tuple[str, str]:
    """What both signatures of a rotation are over: a digest, and an instant."""
    bare = {name: said for name, said in payload.items() if name != "signatures"}
    return digest(canonical_json(bare)), str(payload["rotatedAt"])


def signs_rotation(payload: Mapping[str, Any], number: int, public: bytes) -> bool:
    """Whether one of a rotation's signatures (0: the previous key's) holds under a public key."""
    data, ts = rotation_text(payload)
    signatures = payload.get("signatures") or []
    if number >= len(signatures):
        return False
    return is_signed(data, ts, signatures[number].get("signature"), [public])


def missed_answers() -> tuple[str, ...]:
    """Signatures of the contract's own rotation that do not hold here; none, unless the suite is broken."""
    known = vectors("rotation")
    names = ("previousPublicKey", "publicKey")
    return tuple(
        name
        for number, name in enumerate(names)
        if not signs_rotation(known, number, public_bytes(known[name]))
    )
