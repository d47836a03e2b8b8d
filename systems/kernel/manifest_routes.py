"""Manifests: sign one, and divisions, whose every change is a signed manifest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.kernel import manifests, principals, requests, turns
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from uuid import UUID

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.kernel.service import Service
    from systems.kernel.turns import Turn

LONGEST_ID = 255


@dataclass(frozen=True, slots=True)
class ManifestRoutes:
    """Handlers for manifests and divisions."""

    service: Service

    async def sign(self, request: Request) -> Response:
        """POST sign: a manifest's signature."""
        principal = await self.service.allow(request, principals.SIGNERS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        manifest, manifest_id, version = _manifest(body)

        async def act(turn: Turn) -> Answer:
            await turn.decide("manifest.sign", manifest, {"manifestId": manifest_id})
            signed = await manifests.sign(self.service.signer, manifest, manifest_id, version)
            async with turn.recording() as recording:
                await signed.store(recording.tx)
                event = await recording.append("manifest.signed", signed.told(principal))
                answer = Answer({"audit_id": str(event), "signature_record": signed.shown()})
                return await turn.keep(recording.tx, answer)

        key = turns.key_of(request, principal, body, is_required=True)
        return await turns.take(self.service, principal, key, act)

    async def put_division(self, request: Request) -> Response:
        """POST division: a new one, or changes of one."""
        principal = await self.service.allow(request, principals.DIVISION_WRITERS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        division_id, columns = _division(body)
        manifest = body | {"id": str(division_id)}

        async def act(turn: Turn) -> Answer:
            context = {"manifestId": str(division_id)}
            await turn.decide("manifest.update", manifest, context)
            signed = await manifests.sign(
                self.service.signer, manifest, str(division_id), columns["version"]
            )
            async with turn.recording() as recording:
                await signed.store(recording.tx)
                await recording.tx.run("put_division", **columns, signature_id=signed.id)
                await recording.append("manifest.update", signed.told(principal))
                return await turn.keep(recording.tx, Answer(manifest))

        key = turns.key_of(request, principal, body, is_required=True)
        return await turns.take(self.service, principal, key, act)

    async def division(self, request: Request) -> Response:
        """GET one division."""
        await self.service.allow(request, principals.ANYBODY)
        division_id = requests.uuid(request.path_params["id"], "id")
        async with self.service.store.transaction() as tx:
            row = await tx.row("division", id=division_id)
        if row is None:
            raise Refusal(404, "not found")
        return Answer(_shown(row)).response()


def _manifest(body: Mapping[str, Any]) -> tuple[dict[str, Any], str, str | None]:
    """Manifest, its id, and its version where it has one. Raises Refusal 400."""
    outer = requests.Fields(body)
    manifest = outer.mapping("manifest", is_required=True) or {}
    outer.check()
    fields = requests.Fields(manifest)
    manifest_id = fields.text("id", most=LONGEST_ID)
    version = fields.text("version", most=LONGEST_ID)
    fields.check()
    return manifest, manifest_id or f"manifest-{uuid4()}", version


def _division(body: Mapping[str, Any]) -> tuple[UUID, dict[str, Any]]:
    """The division's id and columns; None for what the body does not name. Raises Refusal 400."""
    fields = requests.Fields(body)
    division_id = fields.uuid("id") or uuid4()
    lists = {name: fields.list(name) for name in ("kpis", "policies")}
    columns = {
        "id": division_id,
        "name": fields.text("name", is_required=True),
        "goals": canonical(fields.list("goals", is_required=True)),
        "budget": fields.number("budget"),
        "currency": fields.text("currency"),
        "metadata": _json(fields.mapping("metadata")),
        "status": fields.text("status"),
        "version": fields.text("version", most=LONGEST_ID),
    } | {name: _json(value) for name, value in lists.items()}
    fields.check()
    return division_id, columns


def _json(value: object) -> str | None:
    return None if value is None else canonical(value)


def _shown(row: Row) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "goals": row.goals,
        "budget": float(row.budget),
        "currency": row.currency,
        "kpis": row.kpis,
        "policies": row.policies,
        "metadata": row.metadata,
        "status": row.status,
        "version": row.version,
        "createdAt": instants.text(row.created_at),
        "updatedAt": instants.text(row.updated_at),
        "manifestSignatureId": row.manifest_signature_id and str(row.manifest_signature_id),
    }
