"""Services are started when needed, private to a twin as far as was asked for."""

from __future__ import annotations

import json
import os
from contextlib import closing
from typing import TYPE_CHECKING

import psycopg
import pytest
import redis

from proofbook.errors import NotAsked, NoVerdict, StackError
from proofbook.stack import Fault, Ready, faults, programs, scratch
from proofbook.targets import Overlay
from tests.engine.stack.tiny import is_alive, target_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proofbook.stack import Stack, Twin

PROVIDED = """
kind = "stand-in"
permits = "disrupts"
[services.store]
provided = "postgres"
[services.cache]
provided = "redis"
[systems.demo]
store = "store"
[systems.demo.api]
command = ["{python}", "-IS", "tiny.py"]
ready = { http = "/", within = "60 s" }
env = { PORT = "{port}", DSN = "{store.url}", USER = "{store.user}", PW = "{store.password}" }
"""

#: A service and a process that are somebody's own programs.
PROGRAMS = """
kind = "twin"
permits = "disrupts"
[services.queue]
url = "amqp://guest@127.0.0.1:{port}/x"
command = ["{python}", "-IS", "tiny.py"]
env = { PORT = "{port}", SELF = "{queue.url}" }
ready = { log = "listening", within = "60 s" }
[systems.demo]
store = "db"
[systems.demo.db]
command = ["{python}", "-IS", "tiny.py"]
env = { PORT = "{port}", QUEUE = "{queue.url}" }
ready = { log = "listening", within = "60 s" }
"""


def ask(dsn: str, statement: str) -> object:
    """The one value that a statement gives."""
    with closing(psycopg.connect(dsn, autocommit=True)) as wire:
        answer = wire.execute(statement.encode())
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


def test_each_twin_has_a_fresh_database(stack_of: Callable[..., Stack]) -> None:
    """What one twin writes another never sees, and it is gone with the twin."""
    stack = stack_of(PROVIDED)
    with stack.twin("demo") as one, stack.twin("demo") as two:
        first, second = one.address("store"), two.address("store")
        ask(first.url, "create table t (x int)")

        assert first.port == second.port
        assert ask(second.url, "select to_regclass('t')") is None
    with pytest.raises(psycopg.OperationalError, match=r"does not exist|authentication failed"):
        ask(first.url, "select 1")


def test_the_programs_of_a_postgresql_that_is_brought_stand_first(
    stack_of: Callable[..., Stack],
) -> None:
    """A backup by the pg_dump of PATH is one by the server's own; whatever else is there stays."""
    with stack_of(PROVIDED).twin("demo") as twin:
        outcome = twin.start("api")
        assert isinstance(outcome, Ready)
        line = outcome.process.wait_for_line("^environment ", 20)
        path = json.loads(line.removeprefix("environment "))["PATH"]

    assert path == f"{programs.postgres()}{os.pathsep}{os.environ['PATH']}"


def test_a_database_has_its_name_on_a_server_of_its_own(stack_of: Callable[..., Stack]) -> None:
    """On a shared server two twins cannot have the same, so there each has a name of its own."""
    named = PROVIDED.replace('"postgres"', '"postgres"\ndatabase = "shop"')
    stack = stack_of(named)
    with stack.twin("demo") as shared, stack.twin("demo", own_services=True) as own:
        assert shared.address("store").database.startswith("demo_store_")
        assert own.address("store").database == "shop"
        assert ask(own.address("store").url, "select current_database()") == "shop"


def test_nothing_is_started_that_nobody_needs(stack_of: Callable[..., Stack]) -> None:
    """A twin opens a service when something names its address, and not before."""
    with stack_of(PROVIDED).twin("demo") as twin:
        assert twin.opened() == {}
        outcome = twin.start("api")
        assert isinstance(outcome, Ready)

        assert set(twin.opened()) == {"store"}
        assert outcome.process.env["DSN"] == twin.address("store").url
        assert outcome.process.env["USER"] == twin.address("store").user
        assert outcome.process.env["PW"] == twin.address("store").password


def test_passwords_are_secrets(stack_of: Callable[..., Stack]) -> None:
    """What was made up for a service is known to the redaction."""
    stack = stack_of(PROVIDED)
    with stack.twin("demo") as twin:
        known = {twin.address("store").password, twin.address("cache").password}

        assert known <= stack.secrets()


def test_a_shared_server_cannot_be_stopped(stack_of: Callable[..., Stack]) -> None:
    """Other twins rely on it; the message says what to ask for."""
    with stack_of(PROVIDED).twin("demo") as twin, pytest.raises(StackError) as shared:
        twin.store()

    assert str(shared.value) == (
        "the server of store is shared by every twin of this stack; "
        "ask for a twin with own_services=True to stop or freeze it"
    )


def test_a_server_of_its_own(stack_of: Callable[..., Stack]) -> None:
    """It can be stopped and started with its data while other twins go on, and ends with its twin."""
    stack = stack_of(PROVIDED)
    with stack.twin("demo") as other, stack.twin("demo", own_services=True) as twin:
        dsn = twin.address("store").url
        ask(dsn, "create table t as select 7 as x")
        store = twin.store()
        assert store.url == dsn

        store.stop()
        with pytest.raises(psycopg.OperationalError):
            ask(dsn, "select 1")
        assert ask(other.address("store").url, "select 1") == 1
        store.start()

        assert ask(dsn, "select x from t") == 7
        pid = store.pid
    assert not is_alive(pid)


def test_a_server_that_was_left_stopped_or_frozen(stack_of: Callable[..., Stack]) -> None:
    """A twin ends cleanly in whatever state a check left its services."""
    stack = stack_of(PROVIDED)
    with stack.twin("demo", own_services=True) as twin:
        twin.store().freeze()
        frozen = twin.store().pid
    with stack.twin("demo", own_services=True) as twin:
        twin.store().stop()

    assert not is_alive(frozen)


def test_a_cache_is_always_its_own(stack_of: Callable[..., Stack]) -> None:
    """Each twin has a Redis to itself."""
    stack = stack_of(PROVIDED)
    with stack.twin("demo") as one, stack.twin("demo") as two:
        with redis.Redis.from_url(one.address("cache").url) as client:
            client.set("x", 1)
        with redis.Redis.from_url(two.address("cache").url) as client:
            assert client.get("x") is None
        assert one.service("cache").is_running


def test_somebodys_own_programs(stack_of: Callable[..., Stack]) -> None:
    """A service and a store may be programs of the target; they start when they are needed."""
    with stack_of(PROGRAMS).twin("demo") as twin:
        store = twin.store()
        queue = twin.service("queue")

        assert (store.name, queue.name) == ("demo.db", "queue")
        assert store.env["QUEUE"] == queue.url == queue.env["SELF"]
        assert queue.url.startswith("amqp://guest@127.0.0.1:")
        assert twin.store() is store
        pids = [store.pid, queue.pid]
    assert not [pid for pid in pids if is_alive(pid)]


def test_a_service_is_set_up_and_broken_like_a_process(
    stack_of: Callable[..., Stack], root: Path
) -> None:
    """Its setup runs once before it; a fault's variables win."""
    text = PROGRAMS.replace(
        "[systems.demo]",
        """
[services.queue.faults.deaf]
env = { EARS = "none" }
setup = [["sh", "-c", "echo $EARS >> heard"]]
breaks = ["demo.heard"]
[systems.demo]""",
    )
    fault = faults(target_of(text), "demo", root)[0]
    with stack_of(text, fault=fault).twin("demo") as twin:
        twin.service("queue")

        assert '"EARS": "none"' in twin.service("queue").output()
    assert (root / "heard").read_text() == "none\n"


def test_a_service_whose_setup_fails(stack_of: Callable[..., Stack]) -> None:
    """It is not started, and what the setup said is told."""
    text = PROGRAMS.replace(
        "[services.queue]", '[services.queue]\nsetup = ["sh", "-c", "echo no room; exit 3"]'
    )
    with stack_of(text).twin("demo") as twin, pytest.raises(StackError) as wrong:
        twin.service("queue")

    assert str(wrong.value) == "the setup of the service queue failed:\nno room\n"


def test_programs_that_do_not_start(stack_of: Callable[..., Stack]) -> None:
    """A service or store that ends instead is an error with its last words."""
    broken = PROGRAMS.replace("[services.queue]", '[services.queue]\nenv.EXIT = "5"').replace(
        'env = { PORT = "{port}", SELF = "{queue.url}" }\n', ""
    )
    with stack_of(broken).twin("demo") as twin, pytest.raises(StackError) as service:
        twin.service("queue")
    text = PROGRAMS.replace('QUEUE = "{queue.url}"', 'EXIT = "5"')
    with stack_of(text).twin("demo") as twin, pytest.raises(StackError) as store:
        twin.store()

    assert str(service.value).startswith("the service queue did not start:\n    environment ")
    assert str(store.value).startswith("demo.db did not start:\nenvironment ")


def test_a_service_elsewhere(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that is an address has that address, and cannot be stopped without a command."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://joe:p%2Fw@db.example/app")
    text = PROVIDED.replace('provided = "postgres"', 'url = "env:DATABASE_URL"')
    stack = stack_of(text)
    with stack.twin("demo", own_services=True) as twin:
        address = twin.address("store")
        with pytest.raises(NotAsked) as elsewhere:
            twin.store().stop()

    assert (address.host, address.port, address.password) == ("db.example", 5432, "p/w")
    assert {"p/w", "postgresql://joe:p%2Fw@db.example/app"} <= stack.secrets()
    assert str(elsewhere.value) == (
        "targets/demo.toml: services.store runs elsewhere and has no control.stop"
    )
    assert elsewhere.value.remedy == ('control.stop = ["…"] in targets/demo.toml: services.store')


def test_each_twin_has_a_database_of_its_own_elsewhere(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a server is only an address, too: what one twin writes another never sees, and it goes."""
    fresh = PROVIDED.replace('provided = "postgres"', 'url = "env:DATABASE_URL"\nfresh = true')
    with stack_of(PROVIDED).twin("demo") as host:
        url = host.address("store").url
        monkeypatch.setenv("DATABASE_URL", url)
        stack = stack_of(fresh)
        with stack.twin("demo") as one, stack.twin("demo") as two:
            ask(one.address("store").url, "create table t (x int)")
            seen = ask(two.address("store").url, "select to_regclass('t')")
            there = ask(url, "select count(*) from pg_database where datname like 'proofbook%'")
        left = ask(url, "select count(*) from pg_database where datname like 'proofbook%'")

    assert (seen, there, left) == (None, 2, 0)


def test_who_may_make_no_database_elsewhere_is_not_asked(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what the address would have to be."""
    fresh = PROVIDED.replace('provided = "postgres"', 'url = "env:DATABASE_URL"\nfresh = true')
    with stack_of(PROVIDED).twin("demo") as host:
        owner = host.address("store")
        ask(owner.url, "create role poor login password 'poor'")
        poor = owner.url.replace(f"{owner.user}:{owner.password}@", "poor:poor@")
        monkeypatch.setenv("DATABASE_URL", poor)
        with stack_of(fresh).twin("demo") as twin, pytest.raises(NotAsked) as refused:
            twin.address("store")
        ask(owner.url, "drop role poor")

    assert str(refused.value) == (
        "targets/demo.toml: services.store: no database can be made beside it: "
        "permission denied to create database"
    )
    assert refused.value.remedy == "let the address be one that may create databases"


def test_a_proxy_before_a_service(stack_of: Callable[..., Stack]) -> None:
    """Only host and port of the store's address change for the process behind the proxy."""
    with stack_of(PROVIDED).twin("demo") as twin:
        outcome = twin.start("api", through={"store": "127.0.0.1:4711"})
        assert isinstance(outcome, Ready)
        direct = twin.address("store")

        assert outcome.process.env["DSN"] == (
            f"postgresql://{direct.user}:{direct.password}@127.0.0.1:4711/{direct.database}"
        )


def test_a_service_that_is_not_there(stack_of: Callable[..., Stack]) -> None:
    """A role that the target lacks is not asked, nor a store or a DSN that it does not name."""
    text = PROVIDED.replace('store = "store"\n', "")
    with stack_of(text).twin("demo") as twin:
        with pytest.raises(NotAsked) as role:
            twin.service("queue")
        with pytest.raises(NotAsked) as store:
            twin.store()
        with pytest.raises(NotAsked) as dsn:
            twin.dsn()

    assert str(role.value) == "targets/demo.toml has no service queue; it has: store, cache"
    assert role.value.remedy == "[services.queue]"
    assert str(store.value) == (
        "targets/demo.toml: systems.demo.store is not given: what holds the state is not known"
    )
    assert str(dsn.value) == (
        "targets/demo.toml: systems.demo.sql is not given: its tables cannot be read"
    )
    assert dsn.value.remedy == 'sql = "…"'


def test_without_memory_data_goes_to_disk(
    stack_of: Callable[..., Stack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where memory has no room, a server works on the temporary folder, and leaves nothing there."""
    monkeypatch.setattr(scratch, "has_room", lambda: False)
    stack = stack_of(PROVIDED)
    with stack.twin("demo") as twin:
        assert ask(twin.address("store").url, "select 1") == 1
        folder = stack._ground.postgres().folder
        assert folder.is_relative_to(scratch.base())
    stack.close()

    assert not folder.exists()


def test_what_was_never_started(stack_of: Callable[..., Stack]) -> None:
    """A server that nobody started has no process to speak of."""
    server = stack_of(PROVIDED)._ground.new_postgres("store")

    with pytest.raises(StackError, match=r"^store has not been started$"):
        _ = server.pid


def fault_of(statement: str) -> Fault:
    """A fault that damages the store."""
    return Fault(system="demo", process="api", name="damage", overlay=Overlay(sql=(statement,)))


def test_a_fault_damages_the_store_once(stack_of: Callable[..., Stack]) -> None:
    """Its statements run after the setup and before the first start, and not again."""
    with stack_of(PROVIDED, fault=fault_of("create table damaged (x int)")).twin("demo") as twin:
        outcome = twin.start("api")
        assert isinstance(outcome, Ready)
        outcome.process.kill()
        assert isinstance(twin.start("api"), Ready)

        assert ask(twin.address("store").url, "select to_regclass('damaged')") == "damaged"


def test_a_fault_that_does_not_take_hold(stack_of: Callable[..., Stack]) -> None:
    """Statements that fail are no verdict, naming the fault and PostgreSQL's reason."""
    twin: Twin
    with (
        stack_of(PROVIDED, fault=fault_of("drop index no_such")).twin("demo") as twin,
        pytest.raises(NoVerdict) as failed,
    ):
        twin.start("api")

    assert str(failed.value) == (
        'targets/demo.toml: the fault demo.damage did not take hold: index "no_such" does not exist'
    )
