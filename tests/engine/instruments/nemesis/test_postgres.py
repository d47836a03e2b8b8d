from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.nemesis import backends_ended, connections_taken
from proofbook.instruments.nemesis import postgres as nemesis_postgres
from tests.shop import shop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database on a server of its own: nobody else shall find it full."""
    with shop(tmp_path_factory.mktemp("store"), own_services=True) as twin:
        yield twin.address("store").url


def connect(dsn: str) -> psycopg.Connection[tuple[object, ...]]:
    """A client of the database."""
    return psycopg.connect(dsn, autocommit=True)


def test_clients_are_thrown_out(dsn: str) -> None:
    """All of them, and they can come back at once."""
    power = backends_ended("backends ended", dsn, lane="ground")
    with closing(connect(dsn)) as one, closing(connect(dsn)) as two, power.strike(0) as touch:
        for client in (one, two):
            with pytest.raises(psycopg.errors.AdminShutdown):
                client.execute("select 1")
        with closing(connect(dsn)) as back:
            assert back.execute("select 1").fetchone() == (1,)

    assert touch() == 2


def test_no_place_is_left(dsn: str) -> None:
    """Who had one is thrown out and finds none, until it is healed; the limit is what it was before."""
    power = connections_taken("connections taken", dsn, lane="ground")
    with closing(connect(dsn)) as client:
        with power.strike(0) as touch:
            with pytest.raises(psycopg.errors.AdminShutdown):
                client.execute("select 1")
            with pytest.raises(psycopg.OperationalError):
                connect(dsn)
        assert touch() >= nemesis_postgres.SPARE
    with closing(connect(dsn)) as back:
        limit = "select datconnlimit from pg_database where datname = current_database()"
        assert back.execute(limit).fetchone() == (-1,)


@pytest.mark.slow
def test_a_whole_server_is_filled_where_no_limit_may_be_set(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As whoever only uses the database would do it."""

    def refuse(*_: object) -> None:
        raise psycopg.errors.InsufficientPrivilege

    monkeypatch.setattr(psycopg.sql.SQL, "format", refuse)
    power = connections_taken("connections taken", dsn, lane="ground")
    with power.strike(0) as touch, pytest.raises(psycopg.OperationalError):
        connect(dsn)

    assert touch() > 50


def test_a_server_without_a_limit_gives_no_verdict(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is an end to what we take."""
    monkeypatch.setattr(nemesis_postgres, "MOST", 3)
    power = connections_taken("connections taken", dsn, lane="ground")

    with pytest.raises(NoVerdict, match=r"^the store still has places after 3 connections$"):
        power.strike(0).__enter__()


def test_a_store_that_is_away_gives_no_verdict(dsn: str) -> None:
    """What cannot be taken is not said to be taken."""
    dead = dsn.rpartition(":")[0] + ":1/nothing"

    with pytest.raises(NoVerdict, match="takes no connection"):
        connections_taken("connections taken", dead, lane="ground").strike(0).__enter__()


def test_what_else_a_store_says_is_not_taken_for_being_full(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words are told."""
    monkeypatch.setattr(nemesis_postgres, "FULL", ("no such words",))
    power = connections_taken("connections taken", dsn, lane="ground")

    with pytest.raises(NoVerdict, match=r"^the store's places could not be taken: .*too many"):
        power.strike(0).__enter__()


def test_who_comes_back_again_and_again_is_let_be(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is an end to throwing out, too."""
    monkeypatch.setattr(nemesis_postgres, "ROUNDS", 0)
    with connections_taken("connections taken", dsn, lane="ground").strike(0) as touch:
        pass

    assert touch() >= nemesis_postgres.SPARE
