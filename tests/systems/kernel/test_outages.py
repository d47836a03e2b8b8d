"""The store, the KMS, the policy server away: the truth in time, nothing half done, and back without a restart."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.stack import Exited
from tests.systems.kernel.kernels import DIVISION, kernel, start, until
from tests.systems.kernel.middleman import middleman

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.stack import Stack, Twin
    from tests.systems.kernel.conftest import Starter
    from tests.systems.kernel.kernels import Kernel

pytestmark = pytest.mark.slow
GONE = {"error": "db.unavailable"}


@pytest.fixture
def alone(stand_ins: Stack) -> Iterator[Kernel]:
    """A Kernel whose PostgreSQL is its own."""
    with stand_ins.twin("kernel", own_services=True) as twin:
        start(twin, process="kms")
        found = kernel(twin, env={"DB_PROBE_TIMEOUT_MS": "1000"})
        with found.client:
            yield found


def state(kernel: Kernel) -> tuple[int, str, int]:
    """What health and readiness say."""
    health, ready = kernel.client.get("/health"), kernel.client.get("/ready")
    return health.status_code, health.json()["status"], ready.status_code


def test_the_store_goes_and_comes_back(alone: Kernel) -> None:
    """Frozen or stopped: told in time by whoever waits; the Kernel runs on."""
    store = alone.twin.store()
    assert alone.sign({}).status_code == 200
    for damage, repair in ((store.freeze, store.thaw), (store.stop, store.start)):
        damage()
        began = time.monotonic()
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda n: alone.sign({"n": n}, key=f"k{n}"), range(12)))
        assert {(each.status_code, str(each.json())) for each in answers} == {(503, str(GONE))}
        assert time.monotonic() - began < 12
        assert state(alone) == (503, "down", 503)
        assert alone.client.get("/ready").json()["details"] == "db.unreachable"
        assert alone.client.get("/health").json()["db_reachable"] is False
        until(lambda: alone.metric('kernel_dependency_up{dependency="db"}') == 0)
        repair()
        until(lambda: state(alone) == (200, "ok", 200))
        assert alone.sign({}, key="k1").status_code == 200
    assert alone.verify().status_code == 200


def test_the_kms_goes_and_comes_back(kernel_twin: Twin) -> None:
    """Nothing is signed meanwhile, and nothing done; the same key signs afterwards."""
    kms = start(kernel_twin, process="kms")
    found = kernel(kernel_twin, env={"KMS_PROBE_INTERVAL_MS": "200"})
    with found.client:
        assert found.sign({}).status_code == 200
        kms.stop()
        for answer in (
            found.sign({}, key="k"),
            found.post("/kernel/division", DIVISION, "SuperAdmin"),
            found.allocate(),
            found.client.get("/kernel/security/status"),
        ):
            assert (answer.status_code, answer.json()) == (503, {"error": "kms.unavailable"})
        until(lambda: state(found) == (503, "down", 503))
        assert found.client.get("/ready").json()["details"] == "kms.unreachable"
        assert len(found.sql("SELECT 1 FROM audit_events")) == 2
        assert found.metric("kernel_audit_append_failures_total") == 3
        kms.start()
        until(lambda: state(found) == (200, "ok", 200))
        assert found.sign({}, key="k").status_code == 200
        kms.stop()
        outcome = kernel_twin.start("api", instance="2")
        assert isinstance(outcome, Exited)
        assert (outcome.code, "kms.unreachable" in outcome.output) == (1, True)
        optional = {"NODE_ENV": "development", "REQUIRE_KMS": "false"}
        free = kernel(kernel_twin, instance="3", env=optional)
        with free.client:
            assert state(free) == (200, "degraded", 200)
            assert free.sign({}).status_code == 503


def test_the_policy_is_asked_first(start_kernel: Starter) -> None:
    """Its decision stands before what it decides, allowed or not; no decision is a refusal."""
    with middleman() as man:
        man.change = _policy
        kernel = start_kernel(env={"SENTINEL_URL": man.url + "/", "SENTINEL_TIMEOUT_MS": "20000"})

        assert kernel.allocate(delta=100).status_code == 200
        answer = kernel.allocate(delta=101)
        told = {"error": "policy.denied", "reason": "over cap"}
        assert (answer.status_code, answer.json()) == (403, told)
        assert kernel.sign({"id": "m"}).status_code == 200
        decided = kernel.export()[:-1]
        assert [event["eventType"] for event in decided] == [
            "policy.decision",
            "allocation.requested",
            "policy.decision",
            "policy.decision",
            "manifest.signed",
        ]
        assert [
            event["payload"]["policy"] for event in decided if "policy" in event["payload"]
        ] == [
            "allocation.request",
            "allocation.request",
            "manifest.sign",
        ]
        assert decided[2]["payload"]["decision"]["allowed"] is False
        assert decided[3]["payload"]["context"] == {"manifestId": "m"}
        action = man.asked[-1][1]
        assert (action["action"], action["actor"]["type"]) == ("manifest.sign", "service")

        for broken in ((500, {}), (200, "no"), (200, {"allowed": "true"})):
            man.change = lambda path, *_, broken=broken: (
                broken if path.endswith("check") else (200, {})
            )
            for answer in (kernel.sign({}), kernel.allocate()):
                assert (answer.status_code, answer.json()) == (
                    503,
                    {"error": "sentinel.unavailable"},
                )
        last = kernel.export()[-2]
        assert last["payload"]["decision"]["ruleId"] == "sentinel-unavailable"
        man.change = lambda *_: (500, {})
        until(lambda: state(kernel) == (503, "down", 503))
        assert kernel.client.get("/ready").json()["details"] == "sentinel.unreachable"


def _policy(path: str, _status: int, _body: Any) -> tuple[int, Any]:
    if path.endswith("/health"):
        return 200, {"status": "ok"}
    return 200, DECISIONS.pop(0)


DECISIONS = [
    {"allowed": True, "policyId": "p1", "ruleId": "r1", "rationale": "ok"},
    {"allowed": False, "policyId": "p1", "ruleId": "cap", "rationale": "over cap"},
    {"allowed": True, "decisionId": "d"},
]


def test_an_end_finishes_what_is_under_way(start_kernel: Starter, kernel_twin: Twin) -> None:
    """A signature that is on its way arrives; then it ends with 0. Many at once all end."""
    with middleman(kernel_twin.address("kernel.kms").url) as man:
        # Nothing but signatures asks the KMS meanwhile.
        env = {"KMS_ENDPOINT": man.url, "KMS_PROBE_INTERVAL_MS": "60000", "LOG_LEVEL": "debug"}
        kernel = start_kernel(env=env)
        man.delay_seconds = 0.02
        with ThreadPoolExecutor(16) as pool:
            signs = [pool.submit(kernel.sign, {"n": n}) for n in range(16)]
            assert kernel.client.get("/health").status_code == 200
            assert {each.result().status_code for each in signs} == {200}
            man.delay_seconds, seen = 0.5, len(man.asked)
            last = pool.submit(kernel.sign, {})
            until(lambda: len(man.asked) > seen)
            kernel.process.stop()
            assert last.result().status_code == 200
        assert len(kernel.sql("SELECT 1 FROM manifest_signatures")) == 17
        output = kernel.process.output()
        assert '"level": "debug"' in output
        assert f"listening on port {kernel.process.url.rpartition(':')[2]}" in output
        for name in ("{secret.kms}", "{secret.kms_admin}", "{store.url}", "{store.password}"):
            assert kernel_twin.resolve(name) not in output
