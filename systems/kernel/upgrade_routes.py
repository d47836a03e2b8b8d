"""Upgrades: submitted, approved by so many of the approvers with their own keys, applied once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.kernel import multisig, principals, requests
from systems.kernel.signatures import approval_text, is_signed
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row, Transaction
    from systems.kernel.principals import Principal
    from systems.kernel.service import Service

APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class UpgradeRoutes:
    """Handlers for upgrades."""

    service: Service

    async def submit(self, request: Request) -> Response:
        """POST upgrade: a new one, pending."""
        principal = await self.service.allow(request, principals.OPERATORS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        manifest, upgrade_id = _manifest(body)
        now = instants.now()
        columns = {"id": uuid4(), "upgrade_id": upgrade_id, "manifest": canonical(manifest)}
        columns |= {"submitted_by": principal.id, "submitted_at": now}
        async with self.service.recording() as recording:
            if await recording.tx.row("add_upgrade", **columns) is None:
                raise Refusal(409, "upgrade_exists")
            told = {"upgradeId": upgrade_id, "submittedBy": principal.id, "manifest": manifest}
            await recording.append("upgrade.submitted", told)
            row = await recording.tx.row("upgrade", upgrade_id=upgrade_id)
        return Answer({"upgrade": _shown(row)}, 201).response()

    async def approve(self, request: Request) -> Response:
        """POST approve: one approver's word, signed by that approver."""
        principal = await self.service.allow(request, principals.ANYBODY)
        body = await requests.body_of(request, self.service.settings.body_limit)
        approver, signature, notes = self._approval(body, principal)
        approval = {"id": uuid4(), "approver_id": approver, "signature": signature, "notes": notes}
        approval |= {"approved_at": instants.now()}
        async with self.service.recording() as recording:
            upgrade = await _held(recording.tx, request)
            given = await recording.tx.rows("approvers", id=upgrade.id)
            if approver in [each.approver_id for each in given]:
                raise Refusal(409, "approver_already_signed")
            if upgrade.status == APPLIED:
                raise Refusal(409, "upgrade_already_applied")
            self._verify(upgrade, approver, signature)
            await recording.tx.run("add_approval", upgrade=upgrade.id, **approval)
            told = {"upgradeId": upgrade.upgrade_id, "approverId": approver, "notes": notes}
            await recording.append("upgrade.approval", told)
        return Answer({"approval": _approval_shown(approval)}, 201).response()

    async def apply(self, request: Request) -> Response:
        """POST apply: once, when enough have approved."""
        principal = await self.service.allow(request, principals.OPERATORS)
        await requests.body_of(request, self.service.settings.body_limit)
        rule = self.service.settings.multisig
        async with self.service.recording() as recording:
            upgrade = await _held(recording.tx, request)
            if upgrade.status == APPLIED:
                raise Refusal(409, "upgrade_already_applied")
            given = await recording.tx.rows("approvers", id=upgrade.id)
            approvers = list(multisig.quorum(rule, [each.approver_id for each in given]))
            _refuse_without_quorum(len(approvers), rule.required)
            now = instants.now()
            await recording.tx.run(
                "apply_upgrade", id=upgrade.id, applied_by=principal.id, applied_at=now
            )
            told = {"upgradeId": upgrade.upgrade_id, "appliedBy": principal.id}
            await recording.append("upgrade.applied", told | {"approvers": approvers})
            row = await recording.tx.row("upgrade", upgrade_id=upgrade.upgrade_id)
        quorum = {"approvers": approvers, "required": rule.required}
        return Answer({"upgrade": _shown(row), "quorum": quorum}).response()

    def _approval(
        self, body: Mapping[str, Any], principal: Principal
    ) -> tuple[str, str, str | None]:
        """Approver, signature and notes. Raises Refusal 400, or 403 for somebody else's name."""
        approver, signature = body.get("approverId"), body.get("signature")
        if not isinstance(approver, str) or not approver:
            raise Refusal(400, "missing_approver_id")
        if not isinstance(signature, str) or not signature:
            raise Refusal(400, "missing_signature")
        fields = requests.Fields(body)
        notes = fields.text("notes")
        fields.check()
        if approver not in self.service.settings.multisig.approvers:
            raise Refusal(400, "approver_not_authorized")
        if approver != principal.id:
            raise Refusal(403, "approver_mismatch")
        return approver, signature, notes

    def _verify(self, upgrade: Row, approver: str, signature: str) -> None:
        key = self.service.settings.approver_keys.get(approver)
        if key is None:
            raise Refusal(400, "approver_key_unknown")
        text = approval_text(upgrade.upgrade_id, approver, upgrade.manifest)
        if not is_signed(text, signature, key):
            raise Refusal(400, "invalid_signature")


def _manifest(body: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    manifest = body.get("manifest")
    if not isinstance(manifest, dict):
        raise Refusal(400, "invalid_manifest")
    upgrade_id = manifest.get("upgradeId")
    if not isinstance(upgrade_id, str) or not upgrade_id:
        raise Refusal(400, "missing_upgrade_id")
    return manifest, upgrade_id


def _refuse_without_quorum(approvals: int, required: int) -> None:
    if approvals < required:
        missing = required - approvals
        told = {"approvals": approvals, "required": required, "missing": missing}
        raise Refusal(400, "insufficient_quorum", None, **told)


async def _held(tx: Transaction, request: Request) -> Row:
    """The upgrade of the path, held until the transaction ends. Raises Refusal 404."""
    upgrade = await tx.row("upgrade", upgrade_id=request.path_params["id"])
    if upgrade is None:
        raise Refusal(404, "upgrade_not_found")
    return upgrade


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "upgradeId": row.upgrade_id,
        "manifest": row.manifest,
        "status": row.status,
        "submittedBy": row.submitted_by,
        "submittedAt": instants.text(row.submitted_at),
        "appliedBy": row.applied_by,
        "appliedAt": row.applied_at and instants.text(row.applied_at),
    }


def _approval_shown(approval: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(approval["id"]),
        "approverId": approval["approver_id"],
        "signature": approval["signature"],
        "notes": approval["notes"],
        "approvedAt": approval["approved_at"],
    }
