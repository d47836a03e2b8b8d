"""What the Kernel says and does while something that it needs is gone, and where its database is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from checks.kernel.adapter_deployment import Deployment
from checks.kernel.replies import UNANSWERED
from checks.kernel.sessions import sessions
from proofbook import NotAsked, disrupts, observes
from proofbook.instruments.tcp_proxy import TcpProxy
from proofbook.instruments.waiting import until
from proofbook.stack import Ready, TimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from checks.kernel.adapter import Kernel
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap
    from proofbook.stack import Controlled, Exited, Stack

pytestmark = pytest.mark.xdist_group("kernel-troubles")

#: What ends a start; the runner of the suite itself may be slow to see it.
DB_WAIT_MS = 1000
#: A page that takes longer is told apart from one that does not answer.
PATIENCE_SECONDS = 5
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


@dataclass(frozen=True, slots=True)
class Pages:
    """Both pages as they were at one instant."""

    health: Reply
    ready: Reply
    #: Since the trouble began, or ended.
    seconds: float
    #: How long the slowest answer took since then.
    slowest: float


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
    notice, recover = (claim.bound(each).upper for each in ("notice", "recover"))
    before = _wait(bench.kernel, _is_well, recover)
    pid = bench.kernel.process.pid
    claim.require(_is_well(before), f"it was not well before: {before.health!r} {before.ready!r}")

    trouble.hurt()
    try:
        down = _wait(bench.kernel, lambda pages: _says(pages, trouble, claim["code"]), notice)
    finally:
        trouble.mend()
    back = _wait(bench.kernel, _is_well, recover)

    claim.expect(code=down.health.status)
    claim.expect(code=down.ready.status)
    assert _said(down, trouble) == ("down", False, "not_ready", trouble.details)
    claim.expect(notice=down.seconds, answer=down.slowest)
    assert _is_well(back), f"it is not well again: {back.health!r} {back.ready!r}"
    claim.expect(recover=back.seconds, answer=back.slowest)
    assert (bench.kernel.process.is_running, bench.kernel.process.pid) == (True, pid)


@pytest.mark.claim("kernel.failed-start-names-cause")
@pytest.mark.parametrize("missing", ["PostgreSQL", "KMS"])
def test_a_start_that_fails_names_its_cause(claim: ClaimHandle, bench: Bench, missing: str) -> None:
    """It neither hangs nor starts without what it needs, and the log says which it was."""
    told = {**bench.deployment.by_way_of(bench.tap), "DB_WAIT_TIMEOUT_MS": str(DB_WAIT_MS)}
    process = bench.store if missing == "PostgreSQL" else bench.deployment.kms.process
    _ = claim.bound("within"), claim.bound("late")  # each is one case's
    claim.require(bench.kernel.process.is_running, "it does not start with both either")

    process.stop()
    began = time.monotonic()
    try:
        outcome = bench.deployment.start_kernel(told)
    finally:
        seconds = time.monotonic() - began
        process.start()

    assert not isinstance(outcome, Ready), f"it started without {missing}"
    assert not isinstance(outcome, TimedOut), f"it hung without {missing}: {outcome}"
    claim.expect(exit=outcome.code)
    if missing == "PostgreSQL":
        claim.expect(late=max(0.0, seconds - DB_WAIT_MS / 1000))
        assert seconds >= DB_WAIT_MS / 1000, f"it waited {seconds:.2f} s only"
    else:
        claim.expect(within=seconds)
    _judge_named(outcome, missing)


@pytest.mark.claim("kernel.database-named")
def test_the_database_has_its_name(claim: ClaimHandle, housed: tuple[Deployment, Kernel]) -> None:
    """Whoever looks for the Kernel's data finds it where every page says that it is."""
    names = sorted({each.database for each in sessions(*housed)})

    claim.require(names, "no session of the Kernel's role is open")
    for name in names:
        claim.expect(name=name)


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


def _wait(kernel: Kernel, accept: Callable[[Pages], bool], patience: timedelta) -> Pages:
    """Both pages once they are accepted, or when a bound and a second more are over."""
    began = time.monotonic()
    slowest = 0.0

    def look() -> Pages:
        nonlocal slowest
        health = kernel.health(timeout=PATIENCE_SECONDS, unanswered=True)
        ready = kernel.ready(timeout=PATIENCE_SECONDS, unanswered=True)
        slowest = max(slowest, *map(_took, (health, ready)))
        return Pages(health, ready, time.monotonic() - began, slowest)

    return until(look, accept, patience.total_seconds() + 1)


def _took(page: Reply) -> float:
    """How long a page took; for ever, if it did not answer."""
    return float("inf") if page.status == UNANSWERED else page.seconds


def _is_well(pages: Pages) -> bool:
    health, ready = pages.health, pages.ready
    said = (health.status, health.body.get("status"), ready.status, ready.body.get("status"))
    return said == (200, "ok", 200, "ready")


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
