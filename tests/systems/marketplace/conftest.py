"""Marketplaces for their tests, all gone after them."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from systems.marketplace import forms
from systems.marketplace.settings import Database

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.stack import Stack, Twin


@pytest.fixture(scope="session")
def marketplace_twin(stand_ins: Stack) -> Iterator[Twin]:
    """Stores that tests share, nothing started."""
    with stand_ins.twin("marketplace") as twin:
        yield twin


@pytest.fixture
def empty(marketplace_twin: Twin) -> Database:
    """An empty database, which is a schema of a shared one."""
    url, name = marketplace_twin.dsn(), f"t{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(name)))
    return Database(url=forms.postgres(f"{url}?schema={name}"), limit_ms=5000)
