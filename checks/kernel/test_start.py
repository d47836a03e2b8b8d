"""A Kernel as it starts anywhere: told the contract's variables and nothing else."""

from __future__ import annotations

import json
import random
import re
import socket
import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Self

import pytest

from proofbook import NoVerdict, exercises
from proofbook.instruments.facts import facts_of
from proofbook.stack import Ready, fixed
from proofbook.stack.ports import is_free

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.stack import Controlled, Exited, TimedOut

pytestmark = pytest.mark.xdist_group("kernel-0")

#: What the contract tells a Kernel.
VARIABLES = frozenset(
    [
        "POSTGRES_URL",
        "KMS_ENDPOINT",
        "SIGNER_ID",
        "REQUIRE_KMS",
        "NODE_ENV",
        "PORT",
        "LOG_LEVEL",
        "SENTRY_DSN",
        "HOST",
        "DB_WAIT_TIMEOUT_MS",
        "DB_PROBE_TIMEOUT_MS",
        "KMS_BEARER_TOKEN",
        "KMS_TIMEOUT_MS",
        "KMS_PROBE_TIMEOUT_MS",
        "KMS_PROBE_INTERVAL_MS",
        "KMS_PUBLIC_KEY_CACHE_SECONDS",
        "SENTINEL_URL",
        "SENTINEL_TIMEOUT_MS",
        "SHUTDOWN_TIMEOUT_MS",
        "REQUEST_BODY_LIMIT",
        "APP_VERSION",
        "SLO_AVAILABILITY_TARGET",
        "SLO_LATENCY_P99_MS",
        "SLO_RTO_SECONDS",
        "IDEMPOTENCY_TTL_SECONDS",
        "IDEMPOTENCY_RESPONSE_BODY_LIMIT",
        "UPGRADE_APPROVER_IDS",
        "UPGRADE_REQUIRED_APPROVALS",
        "UPGRADE_APPROVER_KEYS",
        "KERNEL_OIDC_CONFIG_JSON",
        "KERNEL_OIDC_CONFIG_PATH",
        "MIGRATIONS_DIR",
        "MIGRATE_FLAGS",
        "KERNEL_DB_ROLE",
        "BACKUP_DIR",
        "BACKUP_INTERVAL_SECONDS",
        "BACKUP_RETENTION_DAYS",
        "PG_BINDIR",
    ]
)
#: Files by which a platform knows what to run; a program that needs one runs nowhere else.
PLATFORMS = frozenset(
    [
        "fly.toml",
        "render.yaml",
        "vercel.json",
        ".vercel",
        "Procfile",
        "app.yaml",
        "app.json",
        "railway.json",
        "railway.toml",
    ]
)
#: Ports that nobody is dealt: below those of stacks, above those of services.
PORTS = range(15_000, 20_000)
#: So long after the line a connection may still be refused: clocks and logs are only so fine.
SLACK_SECONDS = 0.5
#: By then somebody who tries again and again has got through to what serves already.
PATIENCE_SECONDS = 10.0
POLL_SECONDS = 0.005
#: How often one is started where a busy machine kept whoever watches it from looking.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Fresh:
    """What came of one start."""

    outcome: Ready | Exited | TimedOut
    port: int
    #: Instants of the same clock as the log's: when it was started, and when the connections were tried of which the
    #: last one was refused and the first one taken.
    began: float
    refused: float
    taken: float | None

    @property
    def is_seen_through(self) -> bool:
        """Whether somebody tried right before the first connection that was taken, too: a busy machine may pause."""
        return self.taken is not None and self.taken - self.refused <= SLACK_SECONDS


@pytest.fixture(scope="module")
@exercises
def fresh(standing: Deployment) -> Iterator[Fresh]:
    """A Kernel started with nothing but the contract's variables, watched from the first instant on."""
    seen = _watched(standing)
    for _ in range(TRIES - 1):
        if not isinstance(seen.outcome, Ready) or seen.is_seen_through:
            break
        seen.outcome.process.stop()
        seen = _watched(standing)
    yield seen
    if isinstance(seen.outcome, Ready):
        seen.outcome.process.stop()


def _watched(standing: Deployment) -> Fresh:
    """One such start."""
    others = [name for name in standing.twin.env("api") if name not in VARIABLES]
    free = next(port for port in random.sample(PORTS, len(PORTS)) if is_free(port))
    with fixed(free) as port, Watch(port) as watch:
        began = time.time()
        outcome = standing.start_kernel(without=others, port=port)
        watch.through.wait(PATIENCE_SECONDS if isinstance(outcome, Ready) else 0)
        return Fresh(outcome, port, began, watch.refused, watch.taken)


class Watch:
    """Somebody who tries to connect to a port, again and again, until it is taken."""

    def __init__(self, port: int) -> None:
        self.refused = 0.0
        self.taken: float | None = None
        self.through = threading.Event()
        self._port = port
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not (self.through.is_set() or self._over.wait(POLL_SECONDS)):
            tried = time.time()
            try:
                socket.create_connection(("127.0.0.1", self._port), 1).close()
            except NoVerdict:
                continue  # it is not known yet that somebody may listen
            except OSError:
                self.refused = tried
            else:
                self.taken = tried
                self.through.set()


@pytest.mark.claim("kernel.runs-on-any-host")
def test_it_runs_on_any_host(claim: ClaimHandle, standing: Deployment, fresh: Fresh) -> None:
    """No variable and no file of a platform is needed: what it was told here, every host can tell it."""
    assert isinstance(fresh.outcome, Ready), f"it does not start: {fresh.outcome}"
    process = fresh.outcome.process
    platforms = sorted(PLATFORMS & _beside(process))
    claim.require(
        not platforms, f"it was started beside {platforms}: its cwd is to be another folder"
    )
    kernel = standing.reach(process)

    health, sign = kernel.settled(), kernel.sign()

    claim.expect(health=health.status, sign=sign.status)


@pytest.mark.claim("kernel.start-logged")
def test_the_log_says_when_it_listens(claim: ClaimHandle, fresh: Fresh) -> None:
    """Whoever watches the log may ask at that line, and is answered."""
    claim.require(isinstance(fresh.outcome, Ready), f"it does not start: {fresh.outcome}")
    assert isinstance(fresh.outcome, Ready)
    lines = fresh.outcome.process.lines()
    claim.require(lines, "it wrote no log")

    said = [line for line in lines if re.search(rf"listening on port {fresh.port}\b", line)]

    assert said, f"no line says that it listens on {fresh.port}: {lines[-3:]}"
    at = _instant(said[0])
    claim.require(at is not None, f"the line has no instant: {said[0]!r}")
    claim.require(fresh.taken is not None, "no connection was taken")
    assert at is not None
    assert fresh.taken is not None
    claim.expect(within=max(0.0, at - fresh.began))
    late = fresh.refused - at
    assert late <= SLACK_SECONDS, f"a connection was refused {late:.2f} s after the line"
    claim.require(fresh.taken - at <= SLACK_SECONDS, "nobody tried to connect at that line")


def _beside(process: Controlled) -> frozenset[str]:
    """The names in the folder in which a process runs."""
    facts = facts_of(process)
    return frozenset(facts.said(f"ls -a /proc/{facts.pids[0]}/cwd/").split())


def _instant(line: str) -> float | None:
    """When a line of the log was written."""
    try:
        return datetime.fromisoformat(json.loads(line)["timestamp"]).timestamp()
    except (ValueError, KeyError, TypeError):
        return None
