"""A private Redis: behind a password, and its data survives."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from proofbook.errors import StackError
from proofbook.stack import redis as module

if TYPE_CHECKING:
    from proofbook.stack.ground import Ground
    from proofbook.stack.redis import Redis


@pytest.fixture
def server(ground: Ground) -> Redis:
    """A server that runs."""
    server = ground.new_redis("cache")
    server.start()
    return server


def test_it_answers_whoever_knows_the_password(server: Redis) -> None:
    """Its URL lets one in; without the password nothing is answered."""
    with redis.Redis.from_url(server.url) as client:
        assert client.ping()
    with (
        redis.Redis(host="127.0.0.1", port=server.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


@pytest.mark.parametrize("ending", ["stop", "kill"])
def test_its_data_survives(server: Redis, ending: str) -> None:
    """Stopped or killed, it starts again on the same port with what it had acknowledged."""
    with redis.Redis.from_url(server.url) as client:
        client.set("job", "7")

    getattr(server, ending)()
    assert not server.is_running
    server.start()

    with redis.Redis.from_url(server.url) as client:
        assert client.get("job") == b"7"


def test_the_password_is_no_argument(server: Redis) -> None:
    """What everybody may see of the process does not hold the password."""
    assert server.password.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()


def test_a_server_that_refuses_to_start(ground: Ground) -> None:
    """The message has its last words and the path of its log."""
    server = ground.new_redis("cache")
    (server.folder / "redis.conf").write_text("no-such-setting 1\n")

    with pytest.raises(StackError) as refused:
        server.start()

    assert str(refused.value).startswith("cache: Redis ended with code 1 before it answered:\n")
    assert "Bad directive" in str(refused.value)
    assert str(refused.value).endswith(str(ground.logs / "cache.1.log"))


def test_a_server_that_never_answers(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """When its time is up the start is given up, and nothing runs."""
    monkeypatch.setattr(module, "_START_SECONDS", 0.0)
    server = ground.new_redis("cache")

    with pytest.raises(StackError, match=r"^cache: Redis did not answer within 0 s:\n"):
        server.start()

    assert not server.is_running


def test_somebody_elses_server(ground: Ground) -> None:
    """A listener that hangs up is not taken for the server."""
    server = ground.new_redis("cache")
    with socket.create_server(("127.0.0.1", server.port)) as stranger:
        stranger.settimeout(20)
        wire = socket.create_connection(("127.0.0.1", server.port))
        stranger.accept()[0].close()
        wire.close()
        with pytest.raises(StackError, match=r"^cache: Redis ended with code 1 before it answered"):
            server.start()


def test_starting_what_runs(server: Redis) -> None:
    """Starting a server that runs changes nothing."""
    pid = server.pid

    server.start()

    assert server.pid == pid
