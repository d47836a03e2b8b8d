"""
The smoke: ten steps over all that the Kernel does, in production by the least role a step, in development by nobody.

    walked = walk(kernel, deployment.kms.keys)
    claim.require(walked.is_answered, walked.unanswered)
    assert walked.problems == ()

Everything is sent first and nothing is raised: what was wrong stands in `problems`, its step before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from checks.kernel.adapter import (
    AGENT_STATE,
    AGENTS,
    ALLOCATE,
    AUDIT_HEAD,
    DIVISION,
    DIVISIONS,
    EVAL,
    HEALTH,
    SIGN,
    STATUS,
)
from checks.kernel.adapter_access import NOBODY
from checks.kernel.chain import exported, iso, mishashed, missigned, shown
from checks.kernel.manifests import verifies
from checks.kernel.replies import UNANSWERED
from checks.kernel.trail import Trail
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.chain import Keys
    from checks.kernel.replies import Reply

MANIFEST: dict[str, Any] = {
    "id": "dvg-e2e-test",
    "name": "E2E Test Division",
    "goals": ["smoke-test"],
    "budget": 1000,
    "currency": "USD",
    "kpis": ["k1"],
    "policies": [],
    "version": "1.0.0",
}
AGENT = {
    "templateId": "tmpl-e2e",
    "role": "E2E-Tester",
    "skills": ["testing"],
    "codeRef": "agents#e2e",
}
EVALUATION = {
    "metric_set": {"taskSuccess": 0.95, "latencyMs": 120},
    "source": "e2e-test",
    "computed_score": 0.95,
}
ALLOCATION = {"pool": "default", "delta": 10, "reason": "e2e smoke", "requestedBy": "e2e-test"}
#: So many callers send one key of idempotency at once.
CALLERS = 6
STEPS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """What came of a walk."""

    #: What was wrong, its step before it; none where all ten passed.
    problems: tuple[str, ...]
    replies: tuple[Reply, ...]
    #: Ids of all that was made, as the answers told them.
    trail: Trail
    #: Ids of the events that tell of it.
    events: tuple[str, ...]

    @property
    def unanswered(self) -> str:
        """Why not every step was answered; "" if each was."""
        return "; ".join(reply.text for reply in self.replies if reply.status == UNANSWERED)

    @property
    def is_answered(self) -> bool:
        """Whether every request came back with an answer."""
        return not self.unanswered

    @property
    def passed(self) -> int:
        """How many of the ten steps show nothing wrong."""
        return STEPS - len({problem.partition(":")[0] for problem in self.problems})


def walk(kernel: Kernel, keys: Keys) -> Walked:
    """All ten steps, in order; each one takes what those before it gave."""
    walk = _Walk(kernel, keys)
    before = walk.ask("GET", AUDIT_HEAD, "Auditor").body.get("count", 0)
    walk.see_health()
    audit_id, *signatures = walk.sign()
    division = walk.put_division()
    agent, evaluation = walk.add_agent(division)
    trail = Trail(
        manifest=MANIFEST["id"],
        signatures=tuple(signatures),
        division=division,
        agent=agent,
        evaluation=evaluation,
        allocation=walk.allocate(division),
    )
    events = walk.read_chain(before, audit_id, trail)
    return Walked(
        problems=tuple(walk.problems),
        replies=tuple(walk.replies),
        trail=trail,
        events=tuple(events),
    )


@dataclass
class _Walk:
    """What was asked, answered and wrong so far."""

    kernel: Kernel
    keys: Keys
    replies: list[Reply] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    step: int = 0

    def see_health(self) -> None:
        """Steps 1 and 2: it is well, and tells one signer in two places."""
        self.step = 1
        self.kernel.settled()
        health = self.ask("GET", HEALTH)
        self.see(health.status == 200 and health.body.get("status") == "ok", "not ok", health)
        self.step = 2
        status = self.ask("GET", STATUS)
        signer = status.body.get("signer_id")
        self.see(signer and signer == health.body.get("signer_id"), "another signer", status)

    def sign(self) -> tuple[str, str, str]:
        """Step 3: a signature verifies, a key repeats it, many at once get one. Ids of its event and of two records."""
        self.step = 3
        once, crowded = uuid4(), uuid4()
        first, again = self._signed(once), self._signed(once)
        crowd = at_once(*[partial(self._signed, crowded)] * CALLERS)
        record, other = _record(first), _record(crowd[0])
        self.see(first.status == 200 and self._verifies(record), "does not verify", first)
        self.see(_told(again) == _told(first), "another answer to the same key", again)
        for reply in crowd:
            is_one = reply.status == 200 and _told(reply) == _told(crowd[0])
            self.see(is_one, "another answer at once", reply)
        return str(first.body.get("audit_id")), str(record.get("id")), str(other.get("id"))

    def put_division(self) -> str:
        """Steps 4 and 5: a division is written and read; an update leaves what it does not name. Its id."""
        self.step = 4
        whole = {**MANIFEST, "id": str(uuid4())}
        put = self.ask("POST", DIVISIONS, "DivisionLead", json=whole)
        self.see(put.status == 200 and put.body.get("id") == whole["id"], "not put", put)
        self.step = 5
        read = self.ask("GET", DIVISION, NOBODY, id=whole["id"])
        for name in ("name", "goals", "budget"):
            self.see(read.body.get(name) == whole[name], f"another {name}", read)
        part = {name: whole[name] for name in ("id", "name", "goals")}
        again = self.ask("POST", DIVISIONS, "DivisionLead", json=part)
        self.see(again.status == 200, "not put again", again)
        kept = self.ask("GET", DIVISION, NOBODY, id=whole["id"])
        self.see(kept.body.get("budget") == whole["budget"], "its budget is not kept", kept)
        return str(whole["id"])

    def add_agent(self, division: str) -> tuple[str, str]:
        """Steps 6 to 8: an agent, how it does, and both in its state. Ids of the agent and of the report."""
        self.step = 6
        agent = str(uuid4())
        made = self.ask(
            "POST", AGENTS, "Operator", json={"id": agent, "divisionId": division, **AGENT}
        )
        self.see(made.status == 201 and made.body.get("id") == agent, "not made", made)
        self.step = 7
        told = {"agent_id": agent, "timestamp": iso(datetime.now(UTC)), **EVALUATION}
        taken = self.ask("POST", EVAL, NOBODY, json=told)
        report = taken.body.get("eval_id")
        self.see(taken.status == 200 and report, "not taken", taken)
        self.step = 8
        state = self.ask("GET", AGENT_STATE, NOBODY, id=agent)
        seen = _id(state.body.get("agent")), _id(*(state.body.get("evals") or [])[:1])
        self.see(seen == (agent, report), "another state", state)
        return agent, str(report)

    def allocate(self, division: str) -> str:
        """Step 9. The allocation's id."""
        self.step = 9
        told = {"entity_id": division, **ALLOCATION}
        reply = self.ask("POST", ALLOCATE, "Operator", json=told)
        allocation = reply.body.get("allocationId")
        self.see(reply.status == 200 and allocation, "not allocated", reply)
        return str(allocation)

    def read_chain(self, before: int, audit_id: str, trail: Trail) -> list[str]:
        """Step 10: the event of step 3 verifies, and all that was done stands in the chain. Ids of its events."""
        self.step = 10
        read, export = self.kernel.event(audit_id), self.kernel.export()
        self.replies += [read, export]
        for reply in (read, export):
            self.see(reply.status == 200, "not readable", reply)
        if read.status == 200:
            event = shown(read.body)
            wrong = (*mishashed([event]), *missigned([event], self.keys))
            self.problems += [f"10: {said}" for said in wrong]
        new = exported(export.text)[0][before:] if export.status == 200 else []
        self.problems += [f"10: {said}" for said in trail.problems(new)]
        return [event.id for event in trail.of(new)]

    def _signed(self, key: object) -> Reply:
        return self.ask("POST", SIGN, "Service", json={"manifest": MANIFEST}, key=str(key))

    def _verifies(self, record: dict[str, Any]) -> bool:
        signer, version = record.get("signer_id"), record.get("key_version")
        return bool(signer) and verifies(MANIFEST, record, self.keys(str(signer), str(version)))

    def ask(self, method: str, name: str, role: str | None = None, **parts: Any) -> Reply:
        """One request of the walk; that no answer came is one, too."""
        told = None if self.kernel.is_open else role
        reply = self.kernel.send(method, name, role=told, unanswered=True, **parts)
        self.replies.append(reply)
        return reply

    def see(self, holds: object, what: str, reply: Reply) -> None:
        """Note what is wrong, unless it holds."""
        if not holds:
            self.problems.append(f"{self.step}: {what}: {reply!r}")


def _record(reply: Reply) -> dict[str, Any]:
    return dict(reply.body.get("signature_record") or {})


def _told(reply: Reply) -> tuple[int, dict[str, Any]]:
    return reply.status, reply.body


def _id(thing: Any = None) -> Any:
    return thing.get("id") if isinstance(thing, dict) else None
