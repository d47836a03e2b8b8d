"""Databases and roles that a check makes beside a target's own: they are there, and gone afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.database import Database, beside
from checks.kernel.roles import plain_role
from proofbook import NotAsked
from proofbook.instruments.postgres import Client

if TYPE_CHECKING:
    from proofbook.stack import Twin


@pytest.fixture(scope="module")
def twin(shop: Twin) -> Twin:
    """A twin whose store has one table."""
    Client(shop.address("store").url).rows("create table audit_events (id int, ts timestamptz)")
    return shop


@pytest.fixture
def database(twin: Twin) -> Database:
    """The store, as its owner has it."""
    return Database(twin, twin.address("store").url)


def test_a_database_beside_is_empty_and_goes(database: Database) -> None:
    """Whatever was left in it goes with it."""
    with beside(database.url) as url:
        other = Database(database.twin, url)
        empty = other.tables()
        other.rows("create table leftover (id int)")
        listed = other.tables()

    assert (empty, listed) == ([], ["leftover"])
    assert database.rows("select 1 from pg_database where datname like 'proofbook%%'") == []


def test_a_role_has_what_is_granted_and_goes(database: Database) -> None:
    """It may do one thing and not the other; it is gone with its grants."""
    with plain_role(database.url) as role:
        bare = Database(database.twin, role.url).refusal("select * from audit_events")
        database.rows(f"grant select on audit_events to {role.name}")
        theirs = Database(database.twin, role.url)
        seen = [theirs.refusal(f"{word} audit_events") for word in ("table", "delete from")]

    assert (bare, seen) == ("42501", ["", "42501"])
    assert database.rows("select 1 from pg_roles where rolname like 'proofbook%%'") == []


def test_who_may_make_neither_is_not_asked(database: Database) -> None:
    """A target's address that may not says what one would have to be."""
    with plain_role(database.url) as role:
        with pytest.raises(NotAsked, match="permission denied to create database"):
            beside(role.url).__enter__()
        with pytest.raises(NotAsked, match=r"(?i)permission denied to create role"):
            plain_role(role.url).__enter__()


def test_a_statement_that_is_let_through_leaves_nothing(database: Database) -> None:
    """It is asked whether it may be done, and not done."""
    assert database.refusal("insert into audit_events values (1, now())") == ""
    assert database.rows("select id from audit_events") == []


def test_fingerprints_tell_rows_and_values_apart(database: Database) -> None:
    """Another row, or another value in one, is another fingerprint."""
    empty = database.fingerprints()
    database.rows("insert into audit_events values (1, null)")
    one = database.fingerprints()
    database.rows("update audit_events set id = 2")
    other = database.fingerprints()
    database.rows("delete from audit_events")

    assert len({*empty.values(), *one.values(), *other.values()}) == 3
    assert database.fingerprints() == empty


def test_a_schema_is_its_dump_without_what_is_new_each_time(database: Database) -> None:
    """Two dumps of one schema are the same lines."""
    first, second = database.schema(), database.schema()

    assert first == second
    assert "CREATE TABLE public.audit_events (" in first
    assert not [line for line in first if "restrict" in line or line.startswith("--")]
