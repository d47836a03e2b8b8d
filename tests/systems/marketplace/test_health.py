"""What health says in each state, and how a process ends."""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from proofbook.stack import Ready
from systems.marketplace import health, routes, service, settings, web
from systems.marketplace.health import Found
from systems.marketplace.migrating import Migrating
from systems.marketplace.operation import Office
from systems.marketplace.settings import MIGRATIONS
from systems.marketplace.surroundings import Surroundings
from tests.systems.kernel.kernels import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.stack import Twin
    from systems.marketplace.settings import Database

PATH = "/api/admin/health"
WELL: dict[str, Any] = {
    "is_closed": False,
    "db": True,
    "applied": {"a": True, "b": True},
    "shipped": frozenset("ab"),
    "redis": True,
    "chain": None,
}
#: A port on which nobody listens.
NOBODY = "127.0.0.1:1"
KEYS = {
    "success",
    "status",
    "timestamp",
    "uptimeSec",
    "environment",
    "commit",
    "version",
    "db",
    "redis",
    "chain",
    "requestId",
}


@pytest.mark.parametrize(
    ("otherwise", "in_production", "on_dev"),
    [
        ({}, "ok", "ok"),
        ({"applied": {"a": True, "b": True, "c": True}}, "ok", "ok"),
        ({"chain": True}, "ok", "ok"),
        ({"chain": False}, "degraded", "degraded"),
        ({"redis": False}, "unavailable redis", "degraded"),
        ({"applied": {"a": True}}, "unavailable migrations", "unavailable migrations"),
        ({"applied": None}, "unavailable migrations", "unavailable migrations"),
        (
            {"applied": {"a": True, "b": True, "c": False}},
            "unavailable migrations",
            "unavailable migrations",
        ),
        (
            {"applied": {"a": True}, "redis": False},
            "unavailable migrations",
            "unavailable migrations",
        ),
        (
            {"db": False, "applied": None, "redis": False},
            "unavailable database",
            "unavailable database",
        ),
        ({"is_closed": True, "db": False, "applied": None}, "maintenance", "maintenance"),
    ],
)
def test_the_first_state_that_holds_is_told(
    otherwise: dict[str, Any], in_production: str, on_dev: str
) -> None:
    """In production Redis is needed; on dev it may be away, as the chain may anywhere."""
    found = Found(**(WELL | otherwise))
    told = [health.judge(found, is_production=each) for each in (True, False)]

    assert [f"{each.status} {each.error}".strip() for each in told] == [in_production, on_dev]
    assert [each.is_well for each in told] == [
        state in ("ok", "degraded") for state in (in_production, on_dev)
    ]


@dataclass
class Asked:
    """Health, asked of a marketplace in this process."""

    folder: Path
    database: Database
    environ: dict[str, str]

    def migrate(self) -> None:
        """Bring its tables up to date."""
        office = Office(
            surroundings=Surroundings("dev"),
            operator="somebody",
            release="r1",
            ledger=self.folder / "ledger.jsonl",
        )
        Migrating(database=self.database, folder=MIGRATIONS, office=office).deploy()

    def health(self, **environ: str) -> tuple[int, Any]:
        """Status and body; the environment as it is, with some variables otherwise."""

        async def asked() -> httpx.Response:
            built = service.build(settings.read(self.environ | environ))
            transport = httpx.ASGITransport(routes.application(built))
            async with httpx.AsyncClient(transport=transport, base_url="http://market") as client:
                answer = await client.get(PATH)
            await built.close()
            return answer

        answer = asyncio.run(asked())
        return answer.status_code, answer.json()


@pytest.fixture
def asked(empty: Database, tmp_path: Path, marketplace_twin: Twin) -> Asked:
    """A marketplace on an empty database."""
    told = marketplace_twin.env("web")
    url = psycopg.conninfo.conninfo_to_dict(empty.url)
    path = str(url["options"]).partition("search_path=")[2].split()[0]
    environ = {
        "DATABASE_URL": f"{marketplace_twin.dsn()}?schema={path}",
        "REDIS_URL": told["REDIS_URL"],
        "JWT_SECRET": told["JWT_SECRET"],
        "MAINTENANCE_FILE": str(tmp_path / "maintenance"),
        # A busy machine is no outage.
        "DB_TIMEOUT_MS": "60000",
        "REDIS_TIMEOUT_MS": "60000",
    }
    return Asked(tmp_path, empty, environ)


def test_health_tells_the_truth(asked: Asked, tmp_path: Path) -> None:
    """State after state, and all is well again after each."""
    status, told = asked.health()
    assert (status, told["error"]) == (503, "migrations")
    assert told["db"] == {
        "ok": True,
        "migrations": None,
        "pending": len(list(MIGRATIONS.iterdir())),
    }

    asked.migrate()
    status, told = asked.health()
    count = len(list(MIGRATIONS.iterdir()))
    assert (status, told["status"], told["success"]) == (200, "ok", True)
    assert told["db"] == {"ok": True, "migrations": count, "pending": 0}
    assert told["redis"] == {"ok": True, "backend": "redis"}
    assert told.keys() == KEYS

    more = shutil.copytree(MIGRATIONS, tmp_path / "migrations")
    (more / "20300101000000_a").mkdir()
    (more / "20300101000000_a" / "migration.sql").touch()
    status, told = asked.health(MIGRATIONS_DIR=str(more))
    assert (status, told["error"], told["db"]["pending"]) == (503, "migrations", 1)

    status, told = asked.health(DATABASE_URL=f"postgresql://u@{NOBODY}/none")
    assert (status, told["error"]) == (503, "database")
    assert told["db"] == {"ok": False, "migrations": None, "pending": None}

    (tmp_path / "maintenance").touch()
    status, told = asked.health()
    assert (status, told["status"], told["success"]) == (503, "maintenance", False)
    (tmp_path / "maintenance").unlink()
    assert asked.health()[0] == 200


def test_redis_may_be_away_on_dev_alone(asked: Asked) -> None:
    """Where there is to be none, memory serves; where there is, it is told that it is away."""
    asked.migrate()
    away = f"redis://{NOBODY}"
    live = {"NODE_ENV": "production", "SENTRY_DSN": "http://public@127.0.0.1:9/1"}

    found = [
        asked.health(REDIS_URL=url, **more) for url, more in (("", {}), (away, {}), (away, live))
    ]

    assert [(status, told["status"], told["redis"]) for status, told in found] == [
        (200, "ok", {"ok": True, "backend": "memory"}),
        (200, "degraded", {"ok": False, "backend": "memory"}),
        (503, "unavailable", {"ok": False, "backend": "redis"}),
    ]


def test_a_chain_that_is_away_is_told(asked: Asked) -> None:
    """Nothing critical hangs on it."""
    asked.migrate()
    names = (
        "NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS",
        "REPUTATION_CONTRACT_ADDRESS",
        "CERTIFICATE_CONTRACT_ADDRESS",
    )
    contracts = dict.fromkeys(names, "0x" + "ab" * 20)

    status, told = asked.health(CHAIN_RPC_URL=f"http://{NOBODY}", **contracts)

    assert (status, told["status"], told["chain"]) == (200, "degraded", {"ok": False})


def test_a_database_that_never_answers_is_given_up(asked: Asked) -> None:
    """When its time is up, and no later than a second after it."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/none"
        status, told = asked.health(DATABASE_URL=url, DB_TIMEOUT_MS="200")

    assert (status, told["error"]) == (503, "database")


def test_a_wrong_environment_ends_the_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 1, before it listens, with a line a variable."""
    monkeypatch.setenv("APP_ENV", "qa")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("JWT_SECRET", raising=False)

    with pytest.raises(SystemExit) as ended:
        web.main()

    assert ended.value.code == 1
    told = [line.split(": ")[:2] for line in capsys.readouterr().err.splitlines()]
    assert told == [["config", name] for name in ("DATABASE_URL", "JWT_SECRET", "APP_ENV")]


@pytest.fixture
def start_web(stand_ins: Any) -> Iterator[Callable[..., tuple[Twin, Any]]]:
    """Starts a marketplace of the local target."""
    with stand_ins.twin("marketplace") as twin:

        def make(**env: str) -> tuple[Twin, Any]:
            outcome = twin.start("web", env=env)
            assert isinstance(outcome, Ready), outcome
            return twin, outcome.process

        yield make


def test_what_is_under_way_is_finished(start_web: Callable[..., tuple[Twin, Any]]) -> None:
    """A request that waits for a row when the process is told to end gets its answer."""
    # What it waits for ends when this test gets to it.
    twin, process = start_web(DB_TIMEOUT_MS="60000", SHUTDOWN_GRACE_SEC="60")
    answers: list[int] = []

    with psycopg.connect(twin.dsn()) as connection:
        connection.execute("LOCK TABLE _prisma_migrations IN ACCESS EXCLUSIVE MODE")
        asking = threading.Thread(
            target=lambda: answers.append(httpx.get(process.url + PATH, timeout=60).status_code)
        )
        asking.start()
        waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = '_prisma_migrations'::regclass"
        until(lambda: (connection.execute(waits).fetchone() or (0,))[0])
        process.terminate()
    asking.join()

    assert answers == [200]
    assert process.wait(60) == 0
