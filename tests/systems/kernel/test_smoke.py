"""The smoke of the contract, in production with the least role a step, and in development without any."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from systems.kernel.chain import event_hash
from systems.kernel.signatures import data_text, is_signed, manifest_text
from tests.systems.kernel.kernels import DIVISION

if TYPE_CHECKING:
    import httpx

    from tests.systems.kernel.conftest import Starter
    from tests.systems.kernel.kernels import Kernel

MANIFEST = {
    "id": "dvg-e2e-test",
    "name": "E2E Test Division",
    "goals": ["smoke-test"],
    "budget": 1000,
    "currency": "USD",
    "kpis": ["k1"],
    "policies": [],
    "version": "1.0.0",
}
TYPES = [
    "policy.decision",
    "manifest.signed",
    "policy.decision",
    "manifest.signed",
    "policy.decision",
    "manifest.update",
    "policy.decision",
    "manifest.update",
    "agent.create",
    "eval.ingest",
    "policy.decision",
    "allocation.requested",
]


class Caller:
    """Calls in production as a role, in development as nobody."""

    def __init__(self, kernel: Kernel, *, has_roles: bool) -> None:
        self.kernel = kernel
        self.has_roles = has_roles

    def post(self, path: str, body: object, *roles: str, key: str = "") -> Any:
        """The body of an answer in the two hundreds."""
        answer = self.answer(path, body, *roles, key=key)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def answer(self, path: str, body: object, *roles: str, key: str = "") -> httpx.Response:
        """An answer."""
        key = key or str(uuid4())
        if self.has_roles:
            return self.kernel.post(path, body, *roles, key=key)
        headers = {"Idempotency-Key": key}
        return self.kernel.client.post(path, json=body, headers=headers)

    def get(self, path: str, *roles: str) -> Any:
        """The body of an answer of 200."""
        headers = self.kernel.headers(*roles) if self.has_roles else {}
        answer = self.kernel.client.get(path, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json()


def walk(caller: Caller) -> None:
    """The ten steps."""
    kernel, division, agent = caller.kernel, str(uuid4()), str(uuid4())
    health = kernel.client.get("/health").json()
    assert health["status"] == "ok"
    assert kernel.client.get("/kernel/security/status").json()["signer_id"] == health["signer_id"]

    key = str(uuid4())
    body = {"manifest": MANIFEST}
    signed = caller.post("/kernel/sign", body, "Service", key=key)
    record = signed["signature_record"]
    text = manifest_text(MANIFEST, record["ts"])
    assert is_signed(text, record["signature"], kernel.signer)
    assert caller.post("/kernel/sign", body, "Service", key=key) == signed
    other = str(uuid4())
    with ThreadPoolExecutor(6) as pool:
        futures = [
            pool.submit(caller.answer, "/kernel/sign", body, "Service", key=other) for _ in range(6)
        ]
        answers = {(each.result().status_code, each.result().text) for each in futures}
    assert len(answers) == 1
    assert len(kernel.sql("SELECT 1 FROM manifest_signatures")) == 2

    put = caller.post("/kernel/division", {"id": division, **DIVISION}, "DivisionLead")
    assert put["id"] == division
    shown = caller.get(f"/kernel/division/{division}")
    assert {name: shown[name] for name in DIVISION} == DIVISION
    changed = {"id": division, "name": "another", "goals": []}
    caller.post("/kernel/division", changed, "DivisionLead")
    shown = caller.get(f"/kernel/division/{division}")
    assert (shown["name"], shown["budget"], shown["currency"]) == ("another", 1000, "USD")

    new: Any = {"id": agent, "templateId": "tmpl-e2e", "role": "E2E-Tester", "divisionId": division}
    new |= {"skills": ["testing"], "codeRef": "agents#e2e"}
    assert caller.post("/kernel/agent", new, "Operator") == {"id": agent}
    report: Any = {"agent_id": agent, "metric_set": {"taskSuccess": 0.95, "latencyMs": 120}}
    report |= {"timestamp": "2026-01-01T00:00:00.000Z", "source": "e2e", "computed_score": 0.95}
    eval_id = caller.post("/kernel/eval", report)["eval_id"]
    state = caller.get(f"/kernel/agent/{agent}/state")
    assert (state["agent"]["id"], state["evals"][0]["id"]) == (agent, eval_id)
    assert state["evals"][0]["metricSet"] == report["metric_set"]
    order = {"entity_id": division, "pool": "default", "delta": 10, "reason": "e2e smoke"}
    assert caller.post("/kernel/allocate", order, "Operator")["allocationId"]

    event = caller.get(f"/kernel/audit/{signed['audit_id']}", "Auditor")
    prev = event.get("prevHash")
    assert event["hash"] == event_hash(event["eventType"], event["payload"], prev, event["ts"])
    assert is_signed(data_text(event["hash"], event["ts"]), event["signature"], kernel.signer)


def test_the_smoke_passes_in_production(own: Kernel) -> None:
    """Each step with the least role that may; the events are those of the steps, in their order."""
    walk(Caller(own, has_roles=True))

    assert own.events() == TYPES
    assert own.verify().json()["ok"] is True


def test_the_smoke_passes_in_development(start_kernel: Starter) -> None:
    """Without any credentials; what is recorded says that nobody was asked."""
    kernel = start_kernel(env={"NODE_ENV": "development"})

    walk(Caller(kernel, has_roles=False))

    rows = kernel.sql("SELECT payload FROM audit_events WHERE event_type = 'manifest.signed'")
    anonymous = {"id": "anonymous", "type": "anonymous", "roles": []}
    assert [row["payload"]["principal"] for row in rows] == [anonymous, anonymous]


def test_a_key_belongs_to_its_caller_and_to_one_request(common: Kernel) -> None:
    """Another caller's key is another; another body under the same is a conflict; a role is asked first."""
    key = str(uuid4())
    first = common.sign({"a": 1}, key=key)

    again = common.sign({"a": 1}, key=key)
    assert (again.status_code, again.text) == (200, first.text)
    assert again.headers["idempotency-key"] == key
    conflict = common.sign({"a": 2}, key=key)
    assert (conflict.status_code, conflict.json()) == (412, {"error": "idempotency_key_conflict"})
    assert common.sign({"a": 1}, key=key, sub="other").json() != first.json()
    assert common.post("/kernel/sign", {"manifest": {"a": 1}}, key=key).status_code == 403


def test_an_answer_is_repeated_until_it_expires(start_kernel: Starter) -> None:
    """Then the same key signs anew; an answer that is too long to keep undoes its effect."""
    kernel = start_kernel(env={"IDEMPOTENCY_RESPONSE_BODY_LIMIT": "600"})
    first = kernel.sign({"a": 1}, key="k").json()
    kernel.sql("UPDATE idempotency SET expires_at = clock_timestamp()")

    assert kernel.sign({"a": 1}, key="k").json() != first
    before = kernel.events()
    answer = kernel.sign({"id": "x" * 255, "version": "y" * 200}, key="l")
    assert answer.json() == {"error": "idempotency_response_too_large"}
    assert kernel.events() == [*before, "policy.decision"]
