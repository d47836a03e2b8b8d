"""Agents of divisions, and what they are judged by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.chassis import instants
from systems.chassis.canonical import canonical
from systems.chassis.http import Refusal
from systems.kernel import principals, requests, turns
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.kernel.service import Service
    from systems.kernel.turns import Turn


@dataclass(frozen=True, slots=True)
class AgentRoutes:
    """Handlers for agents and their reports."""

    service: Service

    async def add(self, request: Request) -> Response:
        """POST agent: a new one, of a template, in a division."""
        principal = await self.service.allow(request, principals.OPERATORS)
        body = await requests.body_of(request, self.service.settings.body_limit)
        columns = _agent(body)
        requester = body.get("requester", principal.id)

        async def act(turn: Turn) -> Answer:
            async with turn.recording() as recording:
                if await recording.tx.row("division", id=columns["division_id"]) is None:
                    raise Refusal(404, "division not found")
                if await recording.tx.row("add_agent", **columns) is None:
                    raise Refusal(409, "agent_exists")
                told = {"agentId": str(columns["id"]), "templateId": columns["template_id"]}
                told |= {"divisionId": str(columns["division_id"]), "requester": requester}
                await recording.append("agent.create", told)
                answer = Answer({"id": str(columns["id"])}, 201)
                return await turn.keep(recording.tx, answer)

        key = turns.key_of(request, principal, body, is_required=True)
        return await turns.take(self.service, principal, key, act)

    async def agent(self, request: Request) -> Response:
        """GET one agent."""
        await self.service.allow(request, principals.ANYBODY)
        agent_id = requests.uuid(request.path_params["id"], "id")
        async with self.service.store.transaction() as tx:
            row = await tx.row("agent", id=agent_id)
        return Answer(_shown(row)).response()

    async def state(self, request: Request) -> Response:
        """GET one agent with its newest reports."""
        await self.service.allow(request, principals.ANYBODY)
        agent_id = requests.uuid(request.path_params["id"], "id")
        async with self.service.store.transaction() as tx:
            row = await tx.row("agent", id=agent_id)
            evals = await tx.rows("evals", agent_id=agent_id)
        return Answer(
            {"agent": _shown(row), "evals": [_eval_shown(each) for each in evals]}
        ).response()

    async def evaluate(self, request: Request) -> Response:
        """POST eval: a report on an agent."""
        await self.service.allow(request, principals.ANYBODY)
        body = await requests.body_of(request, self.service.settings.body_limit)
        columns = _eval(body)
        score = body.get("computedScore", body.get("computed_score"))
        async with self.service.recording() as recording:
            if await recording.tx.row("agent", id=columns["agent_id"]) is None:
                raise Refusal(404, "agent not found")
            await recording.tx.run("add_eval", **columns)
            told = {"evalId": str(columns["id"]), "agentId": str(columns["agent_id"])}
            await recording.append("eval.ingest", told | {"computedScore": score})
        return Answer({"eval_id": str(columns["id"])}).response()


def _agent(body: Mapping[str, Any]) -> dict[str, Any]:
    """The agent's columns. Raises Refusal 400."""
    if not (
        _either(body, "templateId", "template_id") and _either(body, "divisionId", "division_id")
    ):
        raise Refusal(400, "templateId and divisionId required")
    fields = requests.Fields(body)
    fields.text("requester")
    fields.mapping("overrides")
    skills = fields.list("skills")
    columns = {
        "id": fields.uuid("id") or uuid4(),
        "template_id": fields.text("templateId", "template_id", is_required=True),
        "division_id": fields.uuid("divisionId", "division_id"),
        "role": fields.text("role"),
        "skills": canonical(skills or []),
        "code_ref": fields.text("codeRef", "code_ref"),
        "profile": canonical(body),
    }
    fields.check()
    return columns


def _eval(body: Mapping[str, Any]) -> dict[str, Any]:
    """The report's columns. Raises Refusal 400."""
    metric_set = _either(body, "metricSet", "metric_set")
    if not _either(body, "agentId", "agent_id") or metric_set is None:
        raise Refusal(400, "agentId/metricSet required")
    fields = requests.Fields(body)
    columns = {
        "id": uuid4(),
        "agent_id": fields.uuid("agentId", "agent_id"),
        "metric_set": canonical(fields.mapping("metricSet", "metric_set")),
        "timestamp": fields.instant("timestamp") or instants.now(),
        "source": fields.text("source"),
        "computed_score": fields.number("computedScore", "computed_score"),
        "window": fields.text("window"),
    }
    fields.check()
    return columns


def _either(body: Mapping[str, Any], *names: str) -> Any:
    return next((body[name] for name in names if name in body), None)


def _shown(row: Row | None) -> dict[str, Any]:
    if row is None:
        raise Refusal(404, "not found")
    return {
        "id": str(row.id),
        "templateId": row.template_id,
        "divisionId": str(row.division_id),
        "role": row.role,
        "skills": row.skills,
        "codeRef": row.code_ref,
        "state": row.state,
        "createdAt": instants.text(row.created_at),
        "updatedAt": instants.text(row.updated_at),
    }


def _eval_shown(row: Row) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "agentId": str(row.agent_id),
        "metricSet": row.metric_set,
        "timestamp": instants.text(row.timestamp),
        "source": row.source,
        "computedScore": None if row.computed_score is None else float(row.computed_score),
        "window": row.window,
    }
