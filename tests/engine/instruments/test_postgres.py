"""Handles on a real PostgreSQL: one that only looks, and one that writes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.guard import Guard
from proofbook.instruments.postgres import Client, Observer
from proofbook.instruments.tcp_proxy import TcpProxy
from tests.shop import shop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def dsn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The DSN of a database with one table and three rows."""
    with shop(tmp_path_factory.mktemp("store")) as twin:
        dsn = twin.address("store").url
        Client(dsn).rows("create table jobs (id int primary key, status text)")
        Client(dsn).rows("insert into jobs select n, 'PENDING' from generate_series(1, 3) n")
        yield dsn


def refusal(handle: Observer, statement: str) -> str:
    """Why a statement gives no verdict."""
    with pytest.raises(NoVerdict) as caught:
        handle.rows(statement)
    return str(caught.value)


def place(dsn: str) -> str:
    """How messages name the server."""
    return f"PostgreSQL at {urlsplit(dsn).hostname}:{urlsplit(dsn).port}"


def test_rows_are_columns_and_values(dsn: str) -> None:
    """Values stand for `%s`; a `%` without them is a percent sign."""
    store = Observer(dsn)

    assert store.rows("select id, status from jobs where id > %s order by id", 1) == [
        {"id": 2, "status": "PENDING"},
        {"id": 3, "status": "PENDING"},
    ]
    assert store.rows("select 7 % 4 as rest") == [{"rest": 3}]


@pytest.mark.parametrize(
    "statement",
    [
        "delete from jobs",
        "update jobs set status = 'DONE'",
        "create table more (id int)",
        "set transaction read write",
        "select 1; delete from jobs",
        "commit; delete from jobs",
        "with gone as (delete from jobs returning 1) select * from gone",
    ],
)
def test_an_observer_changes_nothing(dsn: str, statement: str) -> None:
    """Whatever the statement tries, the rows are as they were."""
    message = ""
    try:
        Observer(dsn).rows(statement)
    except NoVerdict as error:
        message = str(error)
    again = Observer(dsn).rows("select count(*) as n from jobs where status = 'PENDING'")

    assert again == [{"n": 3}]
    assert message.startswith(f"{place(dsn)}: ") or statement == "set transaction read write"


def test_a_client_writes(dsn: str) -> None:
    """Each statement is committed."""
    store = Client(dsn)

    assert store.rows("insert into jobs values (9, 'NEW')") == []
    assert store.rows("delete from jobs where id = 9 returning status") == [{"status": "NEW"}]


def test_a_wrong_statement_is_no_verdict(dsn: str) -> None:
    """In the server's own words, with the statement."""
    statement = "select nothing from nowhere"

    assert refusal(Observer(dsn), statement) == (
        f'{place(dsn)}: relation "nowhere" does not exist: {statement}'
    )


def test_statements_end(dsn: str) -> None:
    """A statement is not waited for longer than was said."""
    store = Observer(dsn, statement_seconds=0.05)

    assert refusal(store, "select pg_sleep(60)") == (
        f"{place(dsn)}: canceling statement due to statement timeout: select pg_sleep(60)"
    )


def test_a_server_that_was_away_is_asked_again(dsn: str) -> None:
    """Each statement meets the server as it is then; the message has no password."""
    parts = urlsplit(dsn)
    with TcpProxy(parts.hostname or "", parts.port or 0) as proxy:
        store = Observer(proxy.instead_of(dsn))
        before = store.rows("select 1 as one")
        proxy.drop()
        message = refusal(store, "select 1 as one")
        proxy.forward()
        after = store.rows("select 1 as one")

    assert before == after == [{"one": 1}]
    assert message.startswith(f"PostgreSQL at 127.0.0.1:{proxy.port} takes no connection: ")
    assert str(parts.password) not in message


def test_a_guard_is_asked_although_libpq_connects_past_python(dsn: str) -> None:
    """Each host of the DSN; a folder is this machine's own."""
    parts = urlsplit(dsn)
    with Guard(lambda: {(parts.hostname or "", parts.port or 0)}, target="targets/x.toml"):
        assert Observer(dsn).rows("select 1 as one") == [{"one": 1}]
        elsewhere = refusal(Observer("host=127.0.0.1,192.0.2.1 port=1 dbname=x"), "select 1")
        folder = refusal(Observer("host=/nonexistent dbname=x"), "select 1")

    assert elsewhere.startswith("no connection to 127.0.0.1:1: targets/x.toml does not name it.")
    assert folder.startswith("PostgreSQL at /nonexistent:5432 takes no connection: ")


def test_a_dsn_that_is_none_is_not_shown() -> None:
    """It may be a secret."""
    assert refusal(Observer("hunter2"), "select 1") == (
        "the DSN of PostgreSQL cannot be read; write postgres://…"
    )
