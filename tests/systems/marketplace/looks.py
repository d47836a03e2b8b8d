"""What looks have in common: marketplaces in this process, and databases with nothing in them."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.sql import SQL, Identifier

from systems.marketplace import forms
from systems.marketplace.migrating import Migrating
from systems.marketplace.operation import Office
from systems.marketplace.settings import MIGRATIONS, Database
from systems.marketplace.surroundings import Surroundings
from tests.systems.marketplace.markets import Market

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.marketplace.forks import Told

#: The environments, as what is told beyond dev's.
LIVE = {"NODE_ENV": "production", "SENTRY_DSN": "http://public@127.0.0.1:9/1"}
STAGING = LIVE | {"APP_ENV": "staging"}
#: A place where nobody listens.
NOBODY = "127.0.0.1:1"


@contextmanager
def opened(told: Told, **environ: str) -> Iterator[Market]:
    """A marketplace with some variables otherwise."""
    # An address of its own, so that no limit is anybody else's.
    market = Market({**told.environ, **environ}, address=secrets.token_hex(8))
    try:
        yield market
    finally:
        market.close()


def empty_url(told: Told) -> str:
    """A database of its own, with nothing in it."""
    base, name = told.environ["DATABASE_URL"].partition("?")[0], f"t{secrets.token_hex(4)}"
    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    return f"{base}?schema={name}"


def migrating_on(told: Told, where: str, url: str) -> Migrating:
    """Who migrates a database, in an environment."""
    office = Office(
        surroundings=Surroundings(where),
        operator="somebody",
        release="r1",
        ledger=told.folder / "ledger.jsonl",
    )
    database = Database(url=forms.postgres(url), limit_ms=5000)
    return Migrating(database=database, folder=MIGRATIONS, office=office)
