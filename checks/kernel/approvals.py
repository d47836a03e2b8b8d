"""
Upgrades as people approve them: each with a key of their own, over what the contract says.

    board = Board.of(5)
    board.env                                      UPGRADE_APPROVER_KEYS
    proposal = board.propose(kernel)               a new upgrade, pending
    proposal.approve("approver-1")                 a Reply; wrong in one way: by=, token=, over=
    proposal.apply(other_kernel)
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from checks.kernel.adapter import APPLY, APPROVE, UPGRADES
from checks.kernel.adapter_access import NOBODY
from checks.kernel.chain import digest
from checks.kernel.known_answers import vectors
from proofbook import NoVerdict
from proofbook.instruments.signatures import canonical_json, ed25519, public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.replies import Reply

CREATED = 201
#: What a manifest holds that only its canonical form tells the same everywhere.
ODD = {"type": "policy", "n": 1e21, "2": 0}


@dataclass(frozen=True, slots=True)
class Board:
    """Who approves upgrades, and the seeds of their keys, which nobody else knows."""

    seeds: Mapping[str, bytes]

    @classmethod
    def of(cls, members: int) -> Board:
        """`approver-1` and so on, as the contract calls them where nothing else is set."""
        return cls({f"approver-{n}": secrets.token_bytes(32) for n in range(1, members + 1)})

    @property
    def env(self) -> dict[str, str]:
        """What a Kernel is told of their keys."""
        keys = {
            name: base64.b64encode(public_key(seed)).decode() for name, seed in self.seeds.items()
        }
        return {"UPGRADE_APPROVER_KEYS": json.dumps(keys)}

    def propose(self, kernel: Kernel, **manifest: Any) -> Proposal:
        """A new upgrade. Raises `NoVerdict` if it is not taken."""
        told = {"upgradeId": f"u/é-{uuid4()}", **ODD, **manifest}
        reply = kernel.send("POST", UPGRADES, role="Operator", json={"manifest": told})
        if reply.status != CREATED:
            raise NoVerdict(f"no upgrade can be proposed: {reply!r}")
        return Proposal(self, kernel, told)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One upgrade that waits for approvals."""

    board: Board
    kernel: Kernel
    manifest: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its upgrade id."""
        return str(self.manifest["upgradeId"])

    @property
    def _path(self) -> str:
        return quote(self.id, safe="")

    def approve(
        self,
        approver: str,
        *,
        by: str | None = None,
        token: str | None = None,
        over: Mapping[str, Any] | None = None,
    ) -> Reply:
        """Approve: signed `by` another's key, sent with another's `token`, or signed `over` another manifest."""
        seed = self.board.seeds.get(by or approver) or secrets.token_bytes(32)
        signature = _signed(seed, approver, over or self.manifest)
        body = {"approverId": approver, "signature": signature, "notes": "as the check says"}
        return self.kernel.send(
            "POST", APPROVE, role=NOBODY, sub=token or approver, json=body, id=self._path
        )

    def apply(self, kernel: Kernel | None = None) -> Reply:
        """Apply it, at this Kernel or at another."""
        return (kernel or self.kernel).send("POST", APPLY, role="Operator", json={}, id=self._path)


def missed_answers() -> tuple[str, ...]:
    """The contract's own approvals that do not come out here; none, unless something is broken in the suite."""
    known = vectors("approvals")
    return tuple(
        case["approverId"]
        for case in known["cases"]
        if _signed(bytes.fromhex(known["seed_hex"]), case["approverId"], case["manifest"])
        != case["signature_b64"]
    )


def _signed(seed: bytes, approver: str, manifest: Mapping[str, Any]) -> str:
    return base64.b64encode(ed25519(seed, approval_text(approver, manifest))).decode()


def approval_text(approver: str, manifest: Mapping[str, Any]) -> bytes:
    """What an approver signs."""
    told = {
        "approverId": approver,
        "manifestHash": digest(canonical_json(manifest)),
        "upgradeId": manifest["upgradeId"],
    }
    return canonical_json(told).encode()
