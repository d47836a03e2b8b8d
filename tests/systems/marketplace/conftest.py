"""Marketplaces for their tests, all gone after them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from redis import Redis

from systems.marketplace import forms
from systems.marketplace.migrating import Migrating
from systems.marketplace.operation import Office
from systems.marketplace.settings import MIGRATIONS, Database
from systems.marketplace.surroundings import Surroundings
from tests.systems.marketplace.forks import warm
from tests.systems.marketplace.markets import Market

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.stack import Stack, Twin
    from tests.systems.marketplace.forks import Forks


#: A busy machine is no outage, neither of the database nor of Redis.
PATIENT = {"DB_TIMEOUT_MS": "60000", "REDIS_TIMEOUT_MS": "60000"}


@pytest.fixture(scope="session")
def marketplace_twin(stand_ins: Stack) -> Iterator[Twin]:
    """Stores that tests share, nothing started."""
    with stand_ins.twin("marketplace") as twin:
        yield twin


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    """Looks at broken marketplaces."""
    with warm() as found:
        yield found


@pytest.fixture
def empty(marketplace_twin: Twin) -> Database:
    """An empty database, which is a schema of a shared one."""
    url, name = marketplace_twin.dsn(), f"t{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    return Database(url=forms.postgres(f"{url}?schema={name}"), limit_ms=5000)


@pytest.fixture(scope="session")
def stores(marketplace_twin: Twin, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of a marketplace whose tables are made; other tests write there too."""
    told, folder = marketplace_twin.env("web"), tmp_path_factory.mktemp("market")
    url, name = marketplace_twin.dsn(), f"t{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    office = Office(
        surroundings=Surroundings("dev"),
        operator="somebody",
        release="r1",
        ledger=folder / "ledger.jsonl",
    )
    database = Database(url=forms.postgres(f"{url}?schema={name}"), limit_ms=5000)
    Migrating(database=database, folder=MIGRATIONS, office=office).deploy()
    return {
        "DATABASE_URL": f"{url}?schema={name}",
        "REDIS_URL": told["REDIS_URL"],
        "JWT_SECRET": told["JWT_SECRET"],
        "REFRESH_TOKEN_PEPPER": told["REFRESH_TOKEN_PEPPER"],
        "MAINTENANCE_FILE": str(folder / "maintenance"),
        "OPS_LEDGER": str(folder / "ledger.jsonl"),
        **PATIENT,
    }


@pytest.fixture
def opens(stores: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Market]]:
    """Opens marketplaces on stores that hold nothing: `opens(CACHE_TTL_SEC="0")`."""
    made: list[Market] = []
    with psycopg.connect(forms.postgres(stores["DATABASE_URL"]), autocommit=True) as connection:
        connection.execute("TRUNCATE users CASCADE")
    with Redis.from_url(stores["REDIS_URL"]) as redis:
        redis.flushdb()

    def opened(**environ: str) -> Market:
        made.append(Market(stores | {"OPS_LEDGER": str(tmp_path / "ledger.jsonl")} | environ))
        return made[-1]

    yield opened
    for market in made:
        market.close()


@pytest.fixture
def market(opens: Callable[..., Market]) -> Market:
    """A marketplace on stores that hold nothing."""
    return opens()
