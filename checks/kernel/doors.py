"""
Every endpoint that asks who comes, as a door: a sound request to it, by any role.

    DOORS["division"](kernel, "Operator", said)    a Reply
    said.subject                                   the id that the request names: for `remains`
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from checks.kernel.adapter import (
    AGENT,
    AGENT_STATE,
    AGENTS,
    ALLOCATE,
    APPLY,
    APPROVE,
    AUDIT,
    AUDIT_EXPORT,
    AUDIT_HEAD,
    AUDIT_VERIFY,
    COMPROMISE,
    DIVISION,
    DIVISIONS,
    EVAL,
    ROTATION,
    SIGN,
    UPGRADES,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.replies import Reply

#: Who may do everything.
ANYWHERE = "SuperAdmin"
#: Bodies that are wrong in themselves: no JSON, and JSON that says nothing.
BAD_BODIES = (b"{", b"[]")


@dataclass(frozen=True, slots=True)
class Place:
    """Things that are there for requests to name."""

    event: str
    division: str
    agent: str


def place(kernel: Kernel) -> Place:
    """An event, a division and an agent of the check's own. Raises `NoVerdict` if they are not to be had."""
    division = kernel.add_division(role=ANYWHERE)
    agent = kernel.add_agent(division, role=ANYWHERE).body.get("id")
    return Place(kernel.signed(role=ANYWHERE)["audit_id"], division, str(agent))


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One endpoint."""

    method: str
    name: str
    #: The body of a sound request, `<subject>`, `<division>` and `<agent>` standing for ids; `None`: it has none.
    body: Mapping[str, Any] | None = None
    #: Which of a place's things its path names, or `nothing` that is there.
    names: str = ""

    def knock(self, kernel: Kernel, there: Place, subject: str = "", **parts: Any) -> Reply:
        """One request; `parts` of it as `Kernel.send` takes them, another `content` too."""
        if self.body is not None and "content" not in parts:
            parts["content"] = self._said(there, subject or str(uuid4()))
        if self.names:
            parts["id"] = getattr(there, self.names, self.names)
        return kernel.send(self.method, self.name, **parts)

    def _said(self, there: Place, subject: str) -> bytes:
        text = json.dumps(self.body).replace("<subject>", subject)
        return text.replace("<division>", there.division).replace("<agent>", there.agent).encode()


#: Doors that the contract opens to some roles, by what is behind them.
GUARDED: Mapping[str, Door] = {
    "division": Door(
        method="POST", name=DIVISIONS, body={"id": "<subject>", "name": "Door", "goals": ["open"]}
    ),
    "sign": Door(method="POST", name=SIGN, body={"manifest": {"id": "<subject>"}}),
    "event": Door(method="GET", name=AUDIT, names="event"),
    "head": Door(method="GET", name=AUDIT_HEAD),
    "export": Door(method="GET", name=AUDIT_EXPORT),
    "verify": Door(method="GET", name=AUDIT_VERIFY),
    "allocate": Door(method="POST", name=ALLOCATE, body={"entity_id": "<subject>", "delta": 1}),
    "agent": Door(
        method="POST",
        name=AGENTS,
        body={"id": "<subject>", "templateId": "tmpl-door", "divisionId": "<division>"},
    ),
    "upgrade": Door(
        method="POST", name=UPGRADES, body={"manifest": {"upgradeId": "<subject>", "type": "door"}}
    ),
    "apply": Door(method="POST", name=APPLY, body={}, names="nothing"),
    "rotation": Door(method="POST", name=ROTATION, body={}),
    "compromise": Door(method="POST", name=COMPROMISE, body={}),
}
#: Doors that it opens to everybody who is known.
KNOWN: Mapping[str, Door] = {
    "report": Door(
        method="POST", name=EVAL, body={"agentId": "<agent>", "metricSet": {"taskSuccess": 1}}
    ),
    "approve": Door(method="POST", name=APPROVE, body={}, names="nothing"),
    "division": Door(method="GET", name=DIVISION, names="division"),
    "agent": Door(method="GET", name=AGENT, names="agent"),
    "agent's state": Door(method="GET", name=AGENT_STATE, names="agent"),
}
