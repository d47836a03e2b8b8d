"""What the Kernel says and does while something that it needs is gone, and where its database is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from checks.kernel.adapter_deployment import Deployment
from checks.kernel.pages import seen
from checks.kernel.refusals import TRIES, slow_start_seconds
from checks.kernel.sessions import sessions
from proofbook import NotAsked, disrupts, observes
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.tcp_proxy import TcpProxy
from proofbook.stack import Ready, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.pages import Pages
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap
    from proofbook.stack import Controlled, Exited, Stack

pytestmark = pytest.mark.xdist_group("kernel-troubles")

#: What ends a start; the runner of the suite itself may be slow to see it.
DB_WAIT, DB_WAIT_MS = "DB_WAIT_TIMEOUT_MS", 1000
#: What a log calls each.
POSTGRES, KMS = ("postgres", "database", "db."), ("kms",)


@dataclass(frozen=True, slots=True)
class Bench:
    """A Kernel all of whose needs may be taken away, and given back."""

    deployment: Deployment
    kernel: Kernel
    store: Controlled
    tap: Tap
    #: Before the policy server.
    line: TcpProxy


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing taken away: how, and what the pages say of it."""

    hurt: Callable[[], object]
    mend: Callable[[], object]
    flag: str
    details: str


@pytest.fixture(scope="module")
@disrupts
def bench(stack: Stack) -> Iterator[Bench]:
    """A Kernel on a store of its own, with a policy server, its KMS behind a proxy."""
    with stack.twin("kernel", own_services=True) as twin:
        deployment = Deployment(twin, stack.secrets)
        try:
            tap, policy = deployment.kms_tap(), deployment.policy()
            parts = urlsplit(policy.url)
            with TcpProxy(parts.hostname or "", parts.port or 0) as line:
                told = {
                    **deployment.by_way_of(tap),
                    "SENTINEL_URL": line.instead_of(policy.url),
                }
                yield Bench(deployment, deployment.kernel(told), twin.store(), tap, line)
        finally:
            deployment.close()


@pytest.fixture
@observes
def housed(
    request: pytest.FixtureRequest, described: Deployment, stack: Stack
) -> tuple[Deployment, Kernel]:
    """A Kernel whose database has the name that the target gives it. Raises `NotAsked` for one that the suite named."""
    role = described.system.store or ""
    service = stack.target.services.get(role)
    if service and (service.fresh or (service.provided and not service.database)):
        raise NotAsked(
            "the suite itself made up the name of this database",
            remedy=f'database = "…" in services.{role}',
        )
    if service and service.provided:
        bench: Bench = request.getfixturevalue("bench")
        return bench.deployment, bench.kernel
    return described, request.getfixturevalue("watched")


@pytest.mark.waits(30)
@pytest.mark.claim("kernel.health-tells-truth")
@pytest.mark.parametrize(
    "name",
    ["PostgreSQL stopped", "PostgreSQL frozen", "KMS stopped", "KMS failing", "policy stopped"],
)
def test_health_and_readiness_tell_the_truth(claim: ClaimHandle, bench: Bench, name: str) -> None:
    """Whoever routes requests by these pages sends none into the dark, and finds it well again by itself."""
    trouble = _trouble(bench, name)
    notice, recover, answer = (claim.bound(each).upper for each in ("notice", "recover", "answer"))
    pid = bench.kernel.process.pid

    for _ in range(TRIES):
        before = seen(bench.kernel, lambda pages: pages.are_well, recover)
        claim.require(before.are_well, f"it was not well: {before.health!r} {before.ready!r}")
        with Lateness() as lateness:
            trouble.hurt()
            try:
                down = seen(
                    bench.kernel, lambda pages: _says(pages, trouble, claim["code"]), notice
                )
            finally:
                trouble.mend()
            back = seen(bench.kernel, lambda pages: pages.are_well, recover)
        are_ours = any(
            pages.may_be_late_for(lateness, patience, answer)
            for pages, patience in ((down, notice), (back, recover))
        )
        if not are_ours:
            break

    claim.require(not are_ours, f"{lateness}")
    claim.expect(code=down.health.status)
    claim.expect(code=down.ready.status)
    assert _said(down, trouble) == ("down", False, "not_ready", trouble.details)
    claim.expect(notice=down.seconds, answer=down.slowest)
    assert back.are_well, f"it is not well again: {back.health!r} {back.ready!r}"
    claim.expect(recover=back.seconds, answer=back.slowest)
    assert (bench.kernel.process.is_running, bench.kernel.process.pid) == (True, pid)


@pytest.mark.claim("kernel.failed-start-names-cause")
@pytest.mark.parametrize("missing", ["PostgreSQL", "KMS"])
def test_a_start_that_fails_names_its_cause(claim: ClaimHandle, bench: Bench, missing: str) -> None:
    """It neither hangs nor starts without what it needs, and the log says which it was."""
    told, process, waited = bench.deployment.by_way_of(bench.tap), bench.deployment.kms.process, 0.0
    if missing == "PostgreSQL":
        told, process, waited = {**told, DB_WAIT: str(DB_WAIT_MS)}, bench.store, DB_WAIT_MS / 1000
    bounds = {name: claim.bound(name).upper.total_seconds() for name in ("late", "within")}
    most = bounds["late" if waited else "within"]  # each is one case's
    claim.require(bench.kernel.process.is_running, "it does not start with both either")

    for _ in range(TRIES):
        outcome, seconds = _started_without(process, bench.deployment, told)
        slow = 0.0
        if seconds - waited <= most or (slow := slow_start_seconds(bench.deployment, most)):
            break
    took = max(0.0, seconds - waited - slow)

    assert not isinstance(outcome, Ready), f"it started without {missing}"
    assert not isinstance(outcome, TimedOut), f"it hung without {missing}: {outcome}"
    claim.expect(exit=outcome.code)
    claim.expect(late=took) if waited else claim.expect(within=took)
    assert seconds >= waited, f"it waited {seconds:.2f} s only"
    _judge_named(outcome, missing)


@pytest.mark.claim("kernel.database-named")
def test_the_database_has_its_name(claim: ClaimHandle, housed: tuple[Deployment, Kernel]) -> None:
    """Whoever looks for the Kernel's data finds it where every page says that it is."""
    names = sorted({each.database for each in sessions(*housed)})

    claim.require(names, "no session of the Kernel's role is open")
    for name in names:
        claim.expect(name=name)


def _started_without(
    process: Controlled, deployment: Deployment, told: Mapping[str, str]
) -> tuple[Ready | Exited | TimedOut, float]:
    """What became of a start while a process was stopped, and after how many seconds."""
    process.stop()
    began = time.monotonic()
    try:
        outcome = deployment.start_kernel(told)
        return outcome, time.monotonic() - began
    finally:
        process.start()


def _trouble(bench: Bench, name: str) -> Trouble:
    store, kms, tap, line = bench.store, bench.deployment.kms.process, bench.tap, bench.line
    fail = _failing(tap)
    return {
        "PostgreSQL stopped": Trouble(store.stop, store.start, "db_reachable", "db.unreachable"),
        "PostgreSQL frozen": Trouble(store.freeze, store.thaw, "db_reachable", "db.unreachable"),
        "KMS stopped": Trouble(kms.stop, kms.start, "kms_reachable", "kms.unreachable"),
        "KMS failing": Trouble(fail, tap.forward, "kms_reachable", "kms.unreachable"),
        "policy stopped": Trouble(
            line.drop, line.forward, "sentinel_reachable", "sentinel.unreachable"
        ),
    }[name]


def _failing(tap: Tap) -> Callable[[], None]:
    """Each signature fails, and whatever only looks is answered."""

    def fail() -> None:
        for path in ("/sign", "/signData"):
            tap.answer(500, {"error": "internal_error"}, path=path)

    return fail


def _says(pages: Pages, trouble: Trouble, code: int) -> bool:
    codes = (pages.health.status, pages.ready.status)
    said = _said(pages, trouble)
    return codes == (code, code) and said == ("down", False, "not_ready", trouble.details)


def _said(pages: Pages, trouble: Trouble) -> tuple[Any, ...]:
    health, ready = pages.health.body, pages.ready.body
    return health.get("status"), health.get(trouble.flag), ready.get("status"), ready.get("details")


def _judge_named(outcome: Exited, missing: str) -> None:
    """The log names what was missing."""
    said = outcome.output.lower()
    wanted = POSTGRES if missing == "PostgreSQL" else KMS
    assert any(word in said for word in wanted), (
        f"the log does not name {missing}: {outcome.output[-400:]!r}"
    )
