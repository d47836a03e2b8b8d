"""The faults: each takes hold where a caller sees it, and stays out of the service's own code."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest

from systems.chassis import launcher
from systems.kernel.faults.__main__ import FAULTS
from systems.kernel.signatures import is_signed, manifest_text
from tests.systems.deployment import ROOT
from tests.systems.kernel.approvals import apply, approve, submit
from tests.systems.kernel.broken import NONE, warm
from tests.systems.kernel.kernels import DIVISION, PATIENT, start, until
from tests.systems.kernel.middleman import middleman

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.stack import Stack, Twin
    from tests.systems.kernel.broken import Warm
    from tests.systems.kernel.kernels import Kernel
    from tests.systems.kernel.middleman import Middleman

RANDOM = "A" * 86 + "=="


def plain(_path: str, status: int, body: Any) -> tuple[int, Any]:
    """What the KMS answered, as it is."""
    return status, body


def failing(man: Middleman) -> None:
    """From now on the KMS signs nothing."""
    man.change = lambda path, status, body: (
        (500, {}) if path.startswith("/sign") else (status, body)
    )


def at_once(count: int, call: Callable[[int], httpx.Response]) -> list[int]:
    """The statuses of calls that are made together."""
    with ThreadPoolExecutor(count) as pool:
        return [each.status_code for each in pool.map(call, range(count))]


def signs_at_once(kernel: Kernel, _: Middleman) -> bool:
    """Six with one key get six answers."""
    key = str(uuid4())
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: kernel.sign({}, key=key).text, range(6)))
    return len(set(answers)) > 1


def is_replayed_to_another(kernel: Kernel, _: Middleman) -> bool:
    """Somebody else gets the first caller's answer."""
    key = str(uuid4())
    first = kernel.sign({}, key=key, sub="a").json()
    return bool(kernel.sign({}, key=key, sub="b").json() == first)


def is_poisoned(kernel: Kernel, man: Middleman) -> bool:
    """The key of a failure fails when the KMS is back."""
    failing(man)
    assert kernel.sign({}, key="poisoned").status_code == 503
    man.change = plain
    return kernel.sign({}, key="poisoned").status_code == 503


def is_budget_lost(kernel: Kernel, _: Middleman) -> bool:
    """An update that does not name it resets it."""
    division = {"id": str(uuid4()), **DIVISION}
    kernel.post("/kernel/division", division, "SuperAdmin")
    kernel.post("/kernel/division", division | {"budget": 7}, "SuperAdmin")
    del division["budget"]
    kernel.post("/kernel/division", division, "SuperAdmin")
    shown = kernel.get(f"/kernel/division/{division['id']}", "SuperAdmin").json()
    return bool(shown["budget"] == 0)


def is_signature_foreign(kernel: Kernel, _: Middleman) -> bool:
    """What is returned does not verify over what was sent."""
    manifest = {"__proto__": {"evil": 1}, "a": 1}
    record = kernel.sign(manifest).json()["signature_record"]
    text = manifest_text(manifest, record["ts"])
    return not is_signed(text, record["signature"], kernel.signer)


def is_damage_unseen(kernel: Kernel, _: Middleman) -> bool:
    """A changed event passes."""
    kernel.allocate()
    query = "UPDATE audit_events SET payload = payload || '{\"x\": 1}' WHERE seq = (SELECT max(seq) FROM audit_events)"
    kernel.sql(query)
    unseen = kernel.verify().status_code == 200
    kernel.sql("UPDATE audit_events SET payload = payload - 'x'")
    return unseen


def is_unrecorded(kernel: Kernel, man: Middleman) -> bool:
    """It is done, and no event tells."""
    before = len(kernel.sql("SELECT 1 FROM audit_events"))
    failing(man)
    answer = kernel.allocate()
    return answer.status_code == 200 and len(kernel.sql("SELECT 1 FROM audit_events")) == before


def is_unstored(kernel: Kernel, _: Middleman) -> bool:
    """It is signed, and no row holds it."""
    manifest_id = str(uuid4())
    assert kernel.sign({"id": manifest_id}).status_code == 200
    return not kernel.sql("SELECT 1 FROM manifest_signatures WHERE manifest_id = %s", manifest_id)


def is_decision_missing(kernel: Kernel, _: Middleman) -> bool:
    """One event a request, where there should be two."""
    before = len(kernel.sql("SELECT 1 FROM audit_events"))
    kernel.allocate()
    return len(kernel.sql("SELECT 1 FROM audit_events")) == before + 1


def is_stuck(kernel: Kernel, _: Middleman) -> bool:
    """A dozen at once never end."""

    def sign(_: int) -> bool:
        headers = kernel.headers("Service", key=str(uuid4()))
        try:
            kernel.client.post("/kernel/sign", json={"manifest": {}}, headers=headers, timeout=10)
        except httpx.ReadTimeout:
            return True
        return False

    with ThreadPoolExecutor(12) as pool:
        return all(pool.map(sign, range(12)))


def is_random_taken(kernel: Kernel, man: Middleman) -> bool:
    """A signature of nobody's counts."""
    man.change = lambda path, status, body: (
        status,
        body | {"signature": RANDOM} if path.startswith("/sign") else body,
    )
    return kernel.sign({}).status_code == 200


def is_failure_hidden(kernel: Kernel, man: Middleman) -> bool:
    """It goes on signing without the KMS."""
    failing(man)
    return kernel.sign({}).status_code == 200


def is_rotation_an_outage(kernel: Kernel, _: Middleman) -> bool:
    """The new version's signatures are refused."""
    assert kernel.sign({}).status_code == 200
    assert kernel.kms("/keys/rotate", {"signerId": "kernel-signer-1"}).status_code == 200
    return kernel.sign({}).status_code == 503


def is_signed_by_one(kernel: Kernel, _: Middleman) -> bool:
    """Both signatures are the same."""
    name = f"old-{uuid4()}"
    kernel.kms("/keys", {"signerId": name})
    body = {"previousSignerId": name, "previousKeyVersion": "v1"}
    rotation = kernel.post("/kernel/signer/rotation", body, "SuperAdmin").json()["rotation"]
    return len({each["signature"] for each in rotation["signatures"]}) == 1


def is_approved(kernel: Kernel, *, sub: str, key: int) -> bool:
    """An approval that proves nothing counts: somebody else's token, or another's key."""
    manifest = submit(kernel)
    return approve(kernel, manifest, 1, sub=sub, key=key).status_code == 201


def is_applied_twice(kernel: Kernel, _: Middleman) -> bool:
    """Several of those who try at once are told that it was they."""
    manifest = submit(kernel)
    for n in range(1, 4):
        assert approve(kernel, manifest, n).status_code == 201
    return at_once(4, lambda _: apply(kernel, manifest)).count(200) > 1


def health(kernel: Kernel) -> dict[str, Any]:
    """The health page."""
    told: dict[str, Any] = kernel.client.get("/health").json()
    return told


def is_dead_kms_ready(kernel: Kernel, man: Middleman) -> bool:
    """It signs nothing, and readiness says nothing of it."""
    failing(man)
    before = len(man.asked)
    # It is asked one thing after the other: with the third, what the first was answered is known.
    until(lambda: kernel.client.get("/ready") and len(man.asked) > before + 2)
    return kernel.client.get("/ready").status_code == 200


def labels(kernel: Kernel) -> str:
    """The numbers, after a request for something that is not there."""
    kernel.get(f"/kernel/division/{uuid4()}", "SuperAdmin")
    return kernel.client.get("/metrics").text


def slowest(kernel: Kernel) -> float:
    """The median of the readiness page's answers, as it is told."""
    kernel.client.get("/ready")
    labels = 'method="GET",quantile="0.5",route="/ready",status_code="200"'
    return kernel.metric(f"kernel_http_request_duration_quantiles_seconds{{{labels}}}")


def forbidden(path: str, body: object, *roles: str) -> Callable[[Kernel, Middleman], bool]:
    """Whether somebody who may not is let in."""

    def seen(kernel: Kernel, _: Middleman) -> bool:
        answer = kernel.post(path, body, *roles) if body is not None else kernel.get(path, *roles)
        return answer.status_code < 400

    return seen


BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SIGN: dict[str, Any] = {"manifest": {}}
#: Fault → whether it is seen.
SEEN: dict[str, Callable[[Kernel, Middleman], object]] = {
    "chain-end-not-held": lambda kernel, _: set(at_once(12, lambda _: kernel.allocate())) != {200},
    "event-signed-at-another-time": lambda kernel, _: (
        kernel.allocate().status_code == 200 and kernel.verify().status_code == 409
    ),
    "chain-always-whole": is_damage_unseen,
    "proto-key-dropped": is_signature_foreign,
    "allocates-unrecorded": is_unrecorded,
    "signature-not-stored": is_unstored,
    "decision-unrecorded": is_decision_missing,
    "key-not-held": signs_at_once,
    "repeated-as-text": lambda kernel, _: (
        kernel.sign({}, key="text").json() != kernel.sign({}, key="text").json()
    ),
    "keys-are-everybodys": is_replayed_to_another,
    "failure-poisons-key": is_poisoned,
    "second-connection-asked": is_stuck,
    "update-resets-fields": is_budget_lost,
    "local-key-when-kms-fails": is_failure_hidden,
    "signatures-unverified": is_random_taken,
    "public-key-kept-for-ever": is_rotation_an_outage,
    "kms-well-by-any-answer": is_dead_kms_ready,
    "foreign-time-stored": is_signature_foreign,
    "rotation-signed-by-one": is_signed_by_one,
    "public-key-unpublished": lambda kernel, _: (
        "KMS at" in kernel.client.get("/kernel/security/status").text
    ),
    "audit-for-anybody": forbidden("/kernel/audit/head", None),
    "allocation-for-anybody": forbidden("/kernel/allocate", {"entity_id": "e"}),
    "service-kept-out": lambda kernel, _: kernel.sign({}).status_code == 403,
    "division-for-operators": forbidden("/kernel/division", DIVISION, "Operator"),
    "header-gives-roles": lambda kernel, _: (
        kernel.client.post(
            "/kernel/sign", json=SIGN, headers=kernel.headers(key="h") | {"x-roles": "SuperAdmin"}
        ).status_code
        == 200
    ),
    "tokens-never-expire": lambda kernel, _: kernel.sign({}, exp=1).status_code == 200,
    "body-judged-first": lambda kernel, _: (
        kernel.client.post("/kernel/sign", content=b"{").status_code == 400
    ),
    "production-without-tokens": lambda kernel, _: (
        kernel.client.post("/kernel/eval", json={}).status_code == 400
    ),
    "approvals-unverified": lambda kernel, _: is_approved(kernel, sub="approver-1", key=2),
    "approver-by-body": lambda kernel, _: is_approved(kernel, sub="somebody", key=1),
    "upgrade-not-held": is_applied_twice,
    "health-without-ts": lambda kernel, _: "ts" not in health(kernel),
    "health-always-ok": is_dead_kms_ready,
    "signs-uncounted": lambda kernel, _: (
        kernel.sign({}).status_code == 200
        and kernel.metric('kernel_sign_operations_total{operation="manifest",result="ok"}') == 0
    ),
    "appends-untold": lambda kernel, _: "append_duration" not in kernel.client.get("/metrics").text,
    "quantile-is-mean": lambda kernel, _: slowest(kernel) not in BOUNDS,
    "label-per-path": lambda kernel, _: re.search(r"division/[0-9a-f]{8}-", labels(kernel)),
    "start-counted-twice": lambda kernel, _: kernel.metric("kernel_server_start_total") == 2,
    "ids-unjudged": lambda kernel, _: (
        kernel.get("/kernel/audit/audit-1", "Auditor").status_code == 500
    ),
}
#: Fault → what is changed in the environment, and what the log then holds, or whether it listens all the same.
STARTS: dict[str, tuple[dict[str, str], str | bool]] = {
    "any-node-env": ({"NODE_ENV": "prod"}, True),
    "database-by-default": ({"POSTGRES_URL": "", "DB_WAIT_TIMEOUT_MS": "0"}, "db.unreachable"),
    "switch-is-true-alone": ({"REQUIRE_KMS": "1"}, '"variable": "REQUIRE_KMS"'),
    "kms-address-kept-whole": ({"KMS_ENDPOINT": "{kms}/sign"}, "kms.unreachable"),
    "pending-unseen": ({"MIGRATIONS_DIR": "{tmp}"}, True),
    "credentials-logged": ({}, "credentials Bearer"),
    "database-address-printed": ({}, "connecting to postgresql://"),
    "debug-at-info": ({}, '"level": "debug"'),
}


@pytest.fixture(scope="module")
def man() -> Iterator[Middleman]:
    """Between the broken Kernels and their KMS, and their policy server."""
    with middleman() as found:
        yield found


@pytest.fixture(scope="module")
def warmed(
    stand_ins: Stack, man: Middleman, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warm]:
    """A process that has loaded everything, and a store with its tables."""
    with _warmed(stand_ins, man, tmp_path_factory) as found:
        yield found


@pytest.fixture
def unharmed(
    stand_ins: Stack, man: Middleman, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warm]:
    """Another, with a store in which no fault has left anything."""
    with _warmed(stand_ins, man, tmp_path_factory) as found:
        yield found


@contextmanager
def _warmed(
    stand_ins: Stack, man: Middleman, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Warm]:
    before = man.upstream
    with stand_ins.twin("kernel") as twin:
        man.upstream = start(twin, process="kms").url
        assert twin.command("migrate").output.startswith("applied")
        log = tmp_path_factory.mktemp("broken") / "log"
        try:
            with warm(twin, man.url, log) as found:
                found.env |= PATIENT | {"KMS_PROBE_INTERVAL_MS": "100"}
                yield found
        finally:
            man.upstream = before


@pytest.mark.slow
@pytest.mark.parametrize("name", SEEN)
def test_it_takes_hold(warmed: Warm, man: Middleman, name: str) -> None:
    """A caller sees that something is wrong."""
    man.change = plain
    with warmed.start(name) as kernel:
        assert kernel is not None, warmed.log.read_text()
        try:
            assert SEEN[name](kernel, man)
        finally:
            man.change = plain


@pytest.mark.slow
def test_a_sound_kernel_shows_none_of_it(unharmed: Warm, man: Middleman) -> None:
    """What tells a fault tells nothing of a Kernel that has none."""
    shown = {}
    with unharmed.start(NONE) as kernel:
        assert kernel is not None, unharmed.log.read_text()
        for name, look in SEEN.items():
            man.change = plain
            until(lambda: kernel.client.get("/ready").status_code == 200)
            shown[name] = bool(look(kernel, man))
    man.change = plain

    assert [name for name, is_shown in shown.items() if is_shown] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTS)
def test_a_sound_kernel_starts_as_it_should(
    warmed: Warm, man: Middleman, tmp_path: Path, name: str
) -> None:
    """What must be refused is, and the log tells nothing that it must not."""
    man.change = plain
    (tmp_path / "009_pre_more.sql").write_text("SELECT 1;")
    changes, unexpected = STARTS[name]
    env = {key: value.format(kms=man.url, tmp=tmp_path) for key, value in changes.items()}
    with warmed.start(NONE, **env) as kernel:
        if kernel is not None:
            kernel.sign({})
        if unexpected is True:
            assert kernel is None
        else:
            assert str(unexpected) not in warmed.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTS)
def test_it_takes_hold_at_start(warmed: Warm, man: Middleman, tmp_path: Path, name: str) -> None:
    """What must be refused starts, what must start is refused, or the log tells what it must not."""
    man.change = plain
    (tmp_path / "009_pre_more.sql").write_text("SELECT 1;")
    changes, expected = STARTS[name]
    env = {key: value.format(kms=man.url, tmp=tmp_path) for key, value in changes.items()}
    with warmed.start(name, **env) as kernel:
        if kernel is not None:
            kernel.sign({})
        if expected is True:
            assert kernel is not None, warmed.log.read_text()
        else:
            assert str(expected) in warmed.log.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["policy-never-asked", "policy-fails-open"])
def test_the_policy_is_passed_by(warmed: Warm, man: Middleman, name: str) -> None:
    """It says no, or nothing; it is done all the same."""
    man.change = plain
    with middleman() as policy:
        policy.change = lambda *_: (200, {"allowed": False} if name == "policy-never-asked" else {})
        with warmed.start(name, SENTINEL_URL=policy.url) as kernel:
            assert kernel is not None, warmed.log.read_text()
            assert kernel.sign({}).status_code == 200


def run(twin: Twin, name: str, program: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A command of the Kernel, broken, run to its end."""
    command = [sys.executable, "-m", "systems.kernel.faults", name, "--"]
    command += [sys.executable, "-m", f"systems.kernel.{program}"]
    environ = {"POSTGRES_URL": twin.resolve("{store.url}"), **env}
    return subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.slow
def test_commands_take_hold(warmed: Warm, tmp_path: Path) -> None:
    """Success is said of nothing; what cannot be undone is done; a gate is open; a dump is empty."""
    twin, empty, risky = warmed.twin, tmp_path / "empty", tmp_path / "risky"
    empty.mkdir()
    risky.mkdir()
    (risky / "009_post_trim.sql").write_text("CREATE TABLE t (x int); DROP TABLE t;")

    honest = run(twin, "success-without-migrations", "migrate", MIGRATIONS_DIR=str(empty))
    assert (honest.returncode, honest.stdout) == (0, "up to date\n")
    dropped = run(twin, "destructive-unflagged", "migrate", MIGRATIONS_DIR=str(risky))
    assert (dropped.returncode, dropped.stdout) == (0, "applied 009_post_trim.sql\n")
    kms = {"KMS_ENDPOINT": "", "REQUIRE_KMS": "true"}
    gate = run(twin, "gate-skipped-when-empty", "preflight", **kms)
    assert gate.returncode == 3
    backed = run(twin, "dump-empty", "backup", BACKUP_DIR=str(tmp_path / "b"), PATH="/usr/bin")
    assert json.loads((tmp_path / "b" / backed.stdout.strip()).read_text())["bytes"] == 0


def test_each_breaks_claims_and_has_a_name_of_its_own() -> None:
    """Those that no test above sees, their checks see: `proofbook faults kernel`."""
    commands = {"success-without-migrations", "destructive-unflagged", "dump-empty"}
    commands |= {"gate-skipped-when-empty", "policy-never-asked", "policy-fails-open"}

    assert {fault.name for fault in FAULTS} >= {*SEEN, *STARTS, *commands}
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.breaks, fault.name
        assert all(claim.startswith("kernel.") for claim in fault.breaks), fault.name


def test_the_list_is_json() -> None:
    """As the engine reads it."""
    listed = json.loads(launcher.listing(FAULTS))

    keys = {tuple(each) for each in listed}
    assert keys == {("name", "process", "breaks", "unaffected", "reason")}


@pytest.mark.parametrize(
    "path", sorted((ROOT / "systems" / "kernel").glob("*.py")), ids=lambda p: p.name
)
def test_the_service_knows_nothing_of_faults(path: Path) -> None:
    """It imports none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    names = [
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    ]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if "faults" in name]
