"""The audit chain: one, whoever writes at once, and any change of it is found."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from systems.kernel.chain import event_hash
from systems.kernel.signatures import data_text, head_digest, is_signed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.systems.kernel.conftest import Starter
    from tests.systems.kernel.kernels import Kernel

#: How the stored chain is damaged, by what it is found, and at which event of twelve.
DAMAGES = (
    ("UPDATE audit_events SET payload = payload || '{\"x\": 1}' WHERE seq = 5", 5, "hash"),
    ("UPDATE audit_events SET hash = repeat('0', 64) WHERE seq = 5", 5, "hash"),
    ("UPDATE audit_events SET prev_hash = repeat('0', 64) WHERE seq = 5", 5, "link"),
    ("UPDATE audit_events SET ts = ts + interval '1 microsecond' WHERE seq = 5", 5, "hash"),
    ("UPDATE audit_events SET event_type = 'x' WHERE seq = 5", 5, "hash"),
    (
        "UPDATE audit_events AS e SET signature = o.signature FROM audit_events AS o WHERE e.seq = 5 AND o.seq = 4",
        5,
        "signature",
    ),
    ("UPDATE audit_events SET key_version = 'v9' WHERE seq = 5", 5, "signature"),
    ("UPDATE audit_events SET seq = seq + 100 WHERE seq = 12", 112, "link"),
    ("DELETE FROM audit_events WHERE seq = 1", 2, "link"),
    ("DELETE FROM audit_events WHERE seq = 5", 6, "link"),
    ("DELETE FROM audit_events WHERE seq = 12", None, "head"),
)


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """The answers of so many calls, eight at a time."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(call, range(count)))


def assert_one_chain(kernel: Kernel) -> list[dict[str, Any]]:
    """Hashes, links, signatures and times, by what is exported; its events."""
    *events, last = kernel.export()
    key, prev, ts = kernel.signer, None, ""
    for seq, event in enumerate(events, start=1):
        assert (event["seq"], event["prevHash"]) == (seq, prev)
        assert event["ts"] >= ts
        prev, ts = event["hash"], event["ts"]
        assert prev == event_hash(event["eventType"], event["payload"], event["prevHash"], ts)
        assert is_signed(data_text(prev, ts), event["signature"], key)
    assert (last["head"]["count"], last["head"]["headHash"]) == (len(events), prev)
    return events


def test_two_kernels_write_one_chain(start_kernel: Starter) -> None:
    """However many write at once: no fork, no gap; and a hundred requests end."""
    first = start_kernel()
    second = start_kernel(instance="2")

    answers = at_once(60, lambda n: (first, second)[n % 2].allocate(delta=n))

    assert [each.status_code for each in answers] == [200] * 60
    events = assert_one_chain(first)
    assert len(events) == 120
    assert second.verify().json() == first.verify().json()


def test_any_change_of_what_is_stored_is_found(own: Kernel) -> None:
    """Which event it is, and by what; once it is undone, all is well again."""
    for _ in range(6):
        own.allocate()
    rows = own.sql("SELECT * FROM audit_events ORDER BY seq")
    assert own.verify().json()["count"] == len(rows) == 12
    own.sql("CREATE TABLE kept AS SELECT * FROM audit_events")

    for damage, seq, reason in DAMAGES:
        own.sql(damage)
        answer = own.verify()
        told = {"ok": False, "count": 12, "firstBad": {"seq": seq, "reason": reason}}
        assert (answer.status_code, answer.json()) == (409, told), damage
        assert own.metric("kernel_audit_chain_valid") == 0
        own.sql("TRUNCATE audit_events")
        own.sql("INSERT INTO audit_events SELECT * FROM kept")
        assert own.verify().status_code == 200
    assert own.metric("kernel_audit_chain_valid") == 1


def test_two_events_swapped_are_found(own: Kernel) -> None:
    """Their places alone were exchanged."""
    for _ in range(3):
        own.allocate()

    own.sql("UPDATE audit_events SET seq = 100 WHERE seq = 2")
    own.sql("UPDATE audit_events SET seq = 2 WHERE seq = 3")
    own.sql("UPDATE audit_events SET seq = 3 WHERE seq = 100")

    assert own.verify().json()["firstBad"] == {"seq": 2, "reason": "link"}


def test_whoever_kept_a_head_can_prove_a_lost_tail(own: Kernel) -> None:
    """The last event is gone and the end set back: the Kernel sees nothing, the old head does."""
    own.allocate()
    kept = own.get("/kernel/audit/head", "Auditor").json()
    text = data_text(head_digest(kept["count"], kept["headHash"]), kept["ts"])
    assert is_signed(text, kept["signature"], own.signer)

    own.sql("DELETE FROM audit_events WHERE seq = 2")
    own.sql(
        "UPDATE kernel_settings SET value = jsonb_build_object('count', 1, 'headHash',"
        " (SELECT hash FROM audit_events WHERE seq = 1)) WHERE key = 'audit.head'"
    )

    assert own.verify().status_code == 200
    assert own.get("/kernel/audit/head", "Auditor").json()["count"] == kept["count"] - 1


def test_an_empty_chain(own: Kernel) -> None:
    """Has an end, too."""
    (last,) = own.export()

    assert (last["head"]["count"], last["head"]["headHash"]) == (0, None)
    assert own.verify().json() == {"ok": True, "count": 0, "headHash": None}
    assert assert_one_chain(own) == []


def test_what_is_refused_leaves_nothing(common: Kernel) -> None:
    """No row and no event but the decision."""
    order = {"id": "00000000-0000-4000-8000-000000000001"}
    assert common.allocate(**order).json() == {"allocationId": order["id"]}
    before = common.events()

    answer = common.allocate(**order)

    assert (answer.status_code, answer.json()) == (409, {"error": "allocation_exists"})
    assert common.events() == [*before, "policy.decision"]
    unknown = {"templateId": "t", "divisionId": order["id"]}
    answer = common.post("/kernel/agent", unknown, "Operator")
    assert (answer.status_code, answer.json()) == (404, {"error": "division not found"})
    answer = common.post("/kernel/agent", {"templateId": "t"}, "Operator")
    assert answer.json() == {"error": "templateId and divisionId required"}
    answer = common.post("/kernel/eval", {"agentId": order["id"], "metricSet": {}})
    assert (answer.status_code, answer.json()) == (404, {"error": "agent not found"})
    assert common.post("/kernel/eval", {}).json() == {"error": "agentId/metricSet required"}
    assert common.events() == [*before, "policy.decision"]
