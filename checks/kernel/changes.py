"""
A change of key over two Kernels: one in production that keeps the old one, one in staging that is told of the new.

    keys = Keys(deployment, time.time())
    keys.signer, keys.production                a key of the check's own, and a Kernel that signs with it
    keys.change                                 what is left once the next key is on record
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from checks.kernel.keepers import Keeper, record_rotation
from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.replies import Reply

ROTATED = "signer.rotation"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a change of key left, and what both Kernels said right after it."""

    #: The new key, and the old one's version.
    new: str
    version: str
    reply: Reply
    staging: Kernel
    #: Kernel → which signer it names, and its answer to a sign.
    signers: Mapping[str, Any]
    signs: Mapping[str, Reply]

    @property
    def payload(self) -> Mapping[str, Any]:
        """The event's, as it stands in the chain. Raises `NoVerdict` if there is none."""
        event = self.staging.event(str(self.reply.body.get("audit_id")))
        if event.body.get("eventType") != ROTATED:
            raise NoVerdict(f"no rotation is on record: {self.reply!r}, {event!r}")
        payload: Mapping[str, Any] = event.body["payload"]
        return payload


@dataclass
class Keys:
    """A Kernel that signs with a key of the check's own, and one beside it that is told of the next."""

    deployment: Deployment
    #: Seconds since the epoch: nothing of it was there before.
    began: float

    @cached_property
    def keeper(self) -> Keeper:
        """Who changes keys here."""
        return Keeper.of(self.deployment)

    @cached_property
    def signer(self) -> str:
        """The key of production."""
        return self.keeper.new()

    @cached_property
    def production(self) -> Kernel:
        """A Kernel in production that signs with it."""
        return self.deployment.kernel({"SIGNER_ID": self.signer})

    @cached_property
    def change(self) -> Change:
        """The change to a new key, as a staging Kernel writes it down while production goes on."""
        production, version = self.production, self.keeper.version(self.signer)
        new = self.keeper.new(replaces=self.signer)
        staging = self.deployment.kernel({"SIGNER_ID": new})
        reply = record_rotation(staging, self.signer, version)
        said = {"staging": staging, "production": production}
        return Change(
            new=new,
            version=version,
            reply=reply,
            staging=staging,
            signers={name: each.health().body.get("signer_id") for name, each in said.items()},
            signs={name: each.sign() for name, each in said.items()},
        )
