"""A private PostgreSQL: fresh, behind a password, and safe against crashes."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from proofbook.errors import StackError
from proofbook.stack import postgres as module
from proofbook.stack import warden
from tests.engine.stack.tiny import is_alive, state, wait_gone

if TYPE_CHECKING:
    from proofbook.stack.ground import Ground
    from proofbook.stack.postgres import Postgres


@pytest.fixture
def server(ground: Ground) -> Postgres:
    """A server that runs."""
    server = ground.new_postgres("store")
    server.start()
    return server


def test_a_fresh_database_for_each(server: Postgres) -> None:
    """Two databases of one server share nothing, and one's role cannot enter the other."""
    one, two = server.create("one"), server.create("two")

    with closing(psycopg.connect(one.url, autocommit=True)) as first:
        first.execute("create table t (x int)")
    with closing(psycopg.connect(two.url)) as second:
        assert second.execute("select to_regclass('t')").fetchone() == (None,)


@pytest.mark.parametrize("password", ["wrong", ""])
def test_nobody_enters_without_the_password(server: Postgres, password: str) -> None:
    """A wrong password, or none, is refused, for the owner and for the superuser."""
    database = server.create("one")

    for user in ("one", "postgres"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(
                host="127.0.0.1", port=database.port, user=user, password=password, dbname="one"
            )


def test_what_keeps_data_safe_is_on(server: Postgres) -> None:
    """Nothing that a claim about crashes rests on is switched off."""
    with closing(server.connect()) as wire:
        found = {
            name: wire.execute("select current_setting(%s)", (name,)).fetchone()
            for name in ("fsync", "synchronous_commit", "full_page_writes")
        }

    assert set(found.values()) == {("on",)}


def test_it_listens_on_loopback_only(server: Postgres) -> None:
    """No other address of the machine, and no socket in the file system."""
    with closing(server.connect()) as wire:
        listening = wire.execute(
            "select current_setting('listen_addresses'), current_setting('unix_socket_directories')"
        ).fetchone()

    assert listening == ("127.0.0.1", "")


def test_root_gives_up_its_rights(server: Postgres) -> None:
    """The server runs as another user where we are root, and as us where we are not."""
    uid = Path(f"/proc/{server.pid}").stat().st_uid

    assert uid == (os.geteuid() or 65534)


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_what_was_committed_survives(server: Postgres, ending: str) -> None:
    """Stopped in good order or ended at once, it starts again on the same port with its data."""
    url = server.create("one").url
    with closing(psycopg.connect(url, autocommit=True)) as wire:
        wire.execute("create table t as select 7 as x")
    pid = server.pid

    getattr(server, ending)()
    assert not is_alive(pid)
    assert not server.is_running
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    server.start()

    with closing(psycopg.connect(url)) as wire:
        assert wire.execute("select x from t").fetchone() == (7,)


def test_frozen_it_does_not_answer_and_thawed_it_does(server: Postgres) -> None:
    """A connection that is open hangs while the server is frozen, and goes on after it."""
    url = server.create("one").url
    with closing(psycopg.connect(url, autocommit=True)) as wire:
        heard: list[object] = []
        asking = threading.Thread(
            target=lambda: heard.append(wire.execute("select 1").fetchone()), daemon=True
        )
        server.freeze()
        asking.start()
        asking.join(0.3)
        assert heard == []

        server.thaw()

        asking.join(20)
        assert heard == [(1,)]


def test_frozen_means_that_nothing_runs_any_more(server: Postgres) -> None:
    """When `freeze` returns, every process of the server has stopped, not only been told to."""
    for _ in range(5):
        server.freeze()
        kin = [server.pid, *(each.pid for each in warden.descendants(server.pid, warden.living()))]

        # One that has just ended ("Z") waits for its parent, which is stopped; it runs nothing.
        running = {pid: now for pid in kin if (now := state(pid)) not in ("T", "Z")}
        assert (running, state(server.pid)) == ({}, "T")
        server.thaw()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_a_frozen_server_can_be_ended(server: Postgres, ending: str) -> None:
    """Nobody has to thaw it first."""
    server.freeze()

    getattr(server, ending)()

    assert not server.is_running


def test_a_killed_server_leaves_no_shared_memory(ground: Ground, server: Postgres) -> None:
    """SIGKILL leaves a segment to the next start, which goes on with the data; the end frees it."""
    [segment] = [key for key, pid in segments() if pid == server.pid]
    kin = [each.pid for each in warden.descendants(server.pid, warden.living())]

    server.kill()
    wait_gone(kin)
    assert segment in [key for key, _ in segments()]
    server.start()
    [segment] = [key for key, pid in segments() if pid == server.pid]
    server.kill()
    ground.close()

    assert segment not in [key for key, _ in segments()]


def test_what_a_killed_warden_left_is_freed(ground: Ground, server: Postgres) -> None:
    """A warden that was killed frees no shared memory; whoever removes its folder does."""
    [segment] = [key for key, pid in segments() if pid == server.pid]
    kin = [each.pid for each in warden.descendants(server.pid, warden.living())]

    os.kill(ground.wards.pid, signal.SIGKILL)
    # Who outlives the server for a moment holds what is freed until it has ended, too.
    wait_gone([server.pid, *kin])
    ground.close()

    assert segment not in [key for key, _ in segments()]
    assert not server.folder.exists()


def test_a_dropped_database_is_gone(server: Postgres) -> None:
    """Dropping ends connections and removes the database and its role."""
    database = server.create("one")
    with closing(psycopg.connect(database.url)) as wire:
        server.drop(database)
        with pytest.raises(psycopg.OperationalError):
            wire.execute("select 1")

    with closing(server.connect()) as admin:
        left = admin.execute("select rolname from pg_roles where rolname = 'one'").fetchall()
    assert left == []


def test_dropping_from_a_server_that_does_not_answer(server: Postgres) -> None:
    """The message names the server and the database."""
    database = server.create("one")
    server.stop()

    with pytest.raises(StackError, match=r"^store: one cannot be dropped: connection failed: "):
        server.drop(database)


def test_databases_made_at_the_same_time(server: Postgres) -> None:
    """Eight threads get a database each."""
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda n=n: made.append(server.create(f"d{n}").url))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 8


def test_a_server_that_refuses_to_start(ground: Ground) -> None:
    """The message has the server's last words and the path of its log; nothing runs."""
    server = ground.new_postgres("store")
    (server.folder / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")

    with pytest.raises(StackError) as refused:
        server.start()

    [head, *said, path] = str(refused.value).splitlines()
    assert head == "store: PostgreSQL ended with code 1 before it answered:"
    assert 'unrecognized configuration parameter "no_such_setting"' in said[0]
    assert path.strip() == str(ground.logs / "store.1.log")
    assert not server.is_running


def test_a_port_that_somebody_took(ground: Ground) -> None:
    """A port taken since it was dealt ends the start with PostgreSQL's own words."""
    server = ground.new_postgres("store")
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(StackError) as refused:
        server.start()

    assert "Address already in use" in str(refused.value)


def test_a_server_that_never_answers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is up the start is given up, and nothing runs."""
    monkeypatch.setattr(module, "_START_SECONDS", 0.0)
    server = ground.new_postgres("store")

    with pytest.raises(StackError, match=r"^store: PostgreSQL did not answer within 0 s:\n"):
        server.start()

    assert not server.is_running


def test_starting_what_runs(server: Postgres) -> None:
    """Starting a server that runs changes nothing."""
    pid = server.pid

    server.start()

    assert server.pid == pid


def test_the_runners_settings_have_no_say(
    server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Libpq's variables of the runner do not change how the stack speaks to its server."""
    monkeypatch.setenv("PGSSLMODE", "verify-full")
    monkeypatch.setenv("PGOPTIONS", "-c no_such=1")

    with closing(server.connect()) as wire:
        assert wire.execute("select 1").fetchone() == (1,)


def segments() -> list[tuple[str, int]]:
    """Number and maker of the machine's System V shared memory segments."""
    lines = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    return [(line.split()[1], int(line.split()[4])) for line in lines]
