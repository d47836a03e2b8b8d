"""A tap hands on and records; as it is told, it answers, waits, swallows or cuts."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.http import Client, Unanswered
from proofbook.instruments.tap import FakeServer, Tap
from proofbook.stack.ports import Ports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proofbook.instruments.tap import Received


@pytest.fixture
def upstream() -> Iterator[FakeServer]:
    """A server that counts."""
    with FakeServer(lambda request: (200, {"at": request.path}, {"X-One": "1"})) as server:
        yield server


@pytest.fixture
def tap(upstream: FakeServer) -> Iterator[Tap]:
    """A tap before it."""
    with Tap(upstream.url) as tap:
        yield tap


@pytest.fixture
def client(tap: Tap) -> Iterator[Client]:
    """Who takes the tap for the server."""
    with Client(tap.url, read_seconds=60) as client:
        yield client


def until(holds: Callable[[], bool]) -> None:
    """Wait for a state, a minute at most."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def paths(server: Tap | FakeServer) -> list[str]:
    """Which paths were asked for, in order."""
    return [each.path for each in server.exchanges()]


def test_a_tap_hands_on_and_records(tap: Tap, upstream: FakeServer, client: Client) -> None:
    """Request and answer arrive as they were sent; the tap kept both, with their instants."""
    answer = client.request("POST", "/jobs?x=1", content=b"\xff\x00", headers={"X-Two": "2"})

    assert (answer.status_code, answer.headers["x-one"], answer.json()) == (
        200,
        "1",
        {"at": "/jobs"},
    )
    [seen], [reached] = tap.exchanges(), upstream.exchanges()
    assert (seen.method, seen.path, seen.query, seen.status) == ("POST", "/jobs", "x=1", 200)
    assert (seen.request_body, json.loads(seen.reply_body)) == (b"\xff\x00", {"at": "/jobs"})
    assert (reached.query, reached.request_body) == ("x=1", b"\xff\x00")
    assert dict(reached.request_headers)["X-Two"] == "2"
    assert dict(reached.request_headers)["Host"] == upstream.url.removeprefix("http://")
    assert seen.returned_ns
    assert seen.invoked_ns < seen.returned_ns


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE", "PURGE"])
def test_every_method_is_handed_on(client: Client, upstream: FakeServer, method: str) -> None:
    """With an answer that has no body where none belongs."""
    answer = client.request(method, "/x")

    assert [each.method for each in upstream.exchanges()] == [method]
    assert answer.headers["content-length"] == str(len('{"at": "/x"}'))
    assert bool(answer.content) == (method != "HEAD")


def test_a_tap_answers_in_the_upstreams_place(
    tap: Tap, upstream: FakeServer, client: Client
) -> None:
    """On one path, or on all; the newest word holds, and `forward` takes all back."""
    tap.answer(503, {"error": "down"})
    tap.answer(409, "taken", {"X-Why": "w"}, path="/claim")

    down, taken = client.request("GET", "/x"), client.request("GET", "/claim?a=b")
    tap.forward()
    through = client.request("GET", "/claim")

    assert (down.status_code, down.json()) == (503, {"error": "down"})
    assert down.headers["content-type"] == "application/json"
    assert (taken.status_code, taken.text, taken.headers["x-why"]) == (409, "taken", "w")
    assert through.status_code == 200
    assert paths(upstream) == ["/claim"]
    assert [each.status for each in tap.exchanges()] == [503, 409, 200]


def test_an_answer_is_changed_on_its_way(tap: Tap, upstream: FakeServer, client: Client) -> None:
    """What the upstream said is read where it is JSON; the tap keeps what it handed back."""
    tap.change(lambda request, status, body: (status + 1, [request.path, body]))
    changed = client.request("GET", "/x").json()
    tap.change(lambda _, status, body: (status, body), path="/bytes")
    upstream.close()

    assert changed == ["/x", {"at": "/x"}]
    assert json.loads(tap.exchanges()[0].reply_body) == changed
    assert tap.exchanges()[0].status == 201
    assert isinstance(client.send("GET", "/bytes"), Unanswered)


def test_what_is_no_json_is_changed_as_bytes(client: Client, tap: Tap) -> None:
    """An answer is read only where it says something."""
    with FakeServer(lambda _: (200, b"{")) as other:
        tap.forward(other.url)
        tap.change(lambda _, status, body: (status, body + b"}"))

        assert client.request("GET", "/").text == "{}"


def test_a_swallowed_request_is_seen_and_goes_nowhere(
    tap: Tap, upstream: FakeServer, client: Client
) -> None:
    """Who sent it waits in vain, until the tap forwards again and hangs up on it."""
    tap.blackhole(path="/claim")
    outcome: list[object] = []
    asking = threading.Thread(target=lambda: outcome.append(client.send("POST", "/claim")))
    asking.start()
    until(lambda: len(tap.exchanges()) == 1)

    assert client.request("GET", "/other").status_code == 200
    assert [each.status for each in tap.exchanges()] == [None, 200]
    assert tap.exchanges()[0].returned_ns is None
    tap.forward()
    asking.join()

    assert isinstance(outcome[0], Unanswered)
    assert paths(upstream) == ["/other"]
    assert tap.exchanges()[0].reply_body == b"swallowed"


@pytest.mark.parametrize("after_bytes", [0, 5, 90])
def test_an_answer_is_cut_after_the_deed(
    tap: Tap, upstream: FakeServer, client: Client, after_bytes: int
) -> None:
    """The upstream did what was asked, and nobody is told."""
    tap.reset(after_bytes=after_bytes)

    outcome = client.send("POST", "/jobs")

    assert isinstance(outcome, Unanswered)
    assert paths(upstream) == ["/jobs"]
    assert tap.exchanges()[0].reply_body == f"cut after {after_bytes} bytes".encode()


def test_a_slow_way_takes_its_time(tap: Tap, client: Client) -> None:
    """The request arrives, later."""
    tap.delay(0.2)

    client.request("GET", "/")

    [seen] = tap.exchanges()
    assert (seen.returned_ns or 0) - seen.invoked_ns >= 0.2e9


def test_a_tap_switches_to_another_upstream(tap: Tap, client: Client) -> None:
    """From one request to the next, on the same connection; a base path is kept."""
    with FakeServer(lambda request: (200, request.path)) as other:
        client.request("GET", "/a")
        tap.forward(f"{other.url}/base/")

        assert client.request("GET", "/b").text == "/base/b"


def test_an_upstream_that_is_gone_is_no_answer(
    client: Client, upstream: FakeServer, tap: Tap
) -> None:
    """The tap invents none."""
    upstream.close()

    assert isinstance(client.send("GET", "/"), Unanswered)
    assert tap.exchanges()[0].status is None


def test_closing_waits_for_nobody(upstream: FakeServer) -> None:
    """A tap with a swallowed and a delayed request, and an idle connection, closes; no thread is left."""
    before = set(threading.enumerate())
    tap = Tap(upstream.url)
    tap.blackhole(path="/never")
    tap.delay(600, path="/late")
    with httpx.Client(trust_env=False, timeout=60) as idle:
        idle.get(f"{tap.url}/idle")
        outcomes: list[object] = []
        clients = [Client(tap.url) for _ in range(2)]
        asking = [
            threading.Thread(target=lambda c=c, p=p: outcomes.append(c.send("GET", p)))
            for c, p in zip(clients, ["/never", "/late"], strict=True)
        ]
        for each in asking:
            each.start()
        until(lambda: len(tap.exchanges()) == 3)
        tap.close()
        for each in asking:
            each.join()
        for client in clients:
            client.close()

    assert [type(each) for each in outcomes] == [Unanswered, Unanswered]
    upstream.close()
    until(lambda: set(threading.enumerate()) <= before)


def test_closing_does_not_wait_for_a_slow_upstream() -> None:
    """A request that is on its way is cut on both sides."""
    waiting = threading.Event()

    def never(_: Received) -> tuple[int, str]:
        waiting.set()
        server.listener.closing.wait(600)
        return 200, ""

    with FakeServer(never) as server, Tap(server.url) as tap, Client(tap.url) as client:
        asking = threading.Thread(target=client.send, args=("GET", "/"))
        asking.start()
        assert waiting.wait(60)
        tap.close()
        asking.join(60)
        assert not asking.is_alive()


def test_a_fake_server_answers_as_its_function_says() -> None:
    """Bytes, text and JSON; headers if it likes."""
    given: dict[str, Any] = {
        "/bytes": (201, b"\x00"),
        "/text": (200, "é"),
        "/json": (200, [1, None]),
        "/none": (204, b""),
        "/headers": (200, {}, {"Content-Type": "application/problem+json"}),
    }
    with (
        FakeServer(lambda request: given[request.path]) as server,
        Client(server.url) as client,
    ):
        answers = {path: client.request("POST", path) for path in given}

    assert (answers["/bytes"].status_code, answers["/bytes"].content) == (201, b"\x00")
    assert answers["/text"].content.decode() == "é"
    assert answers["/json"].json() == [1, None]
    assert "content-length" not in answers["/none"].headers
    assert answers["/headers"].headers["content-type"] == "application/problem+json"


def test_a_fake_server_reads_its_requests() -> None:
    """Headers in any case, JSON, path and query."""
    seen: list[Received] = []

    def keep(request: Received) -> tuple[int, str]:
        seen.append(request)
        return 200, ""

    with FakeServer(keep) as server, Client(server.url) as client:
        client.request("PUT", "/a?b=c", json={"d": 1}, headers={"X-Key": "k"})

    [request] = seen
    assert (request.target, request.header("x-KEY"), request.header("none")) == (
        "/a?b=c",
        "k",
        None,
    )
    assert request.json() == {"d": 1}


def test_a_handler_that_fails_is_not_the_targets_fault() -> None:
    """The server answers 500, and says so when it is closed."""
    server = FakeServer(lambda request: (200, request.json()))
    with Client(server.url) as client:
        status = client.request("POST", "/", content=b"{").status_code
    with pytest.raises(NoVerdict) as caught:
        server.close()

    assert status == 500
    assert str(caught.value).startswith("the suite's own server failed: JSONDecodeError(")


def test_a_port_can_be_asked_for() -> None:
    """For programs that look in one place; it is free again at once."""
    slot = Ports()
    port = slot.take()  # none that the kernel deals to somebody else as soon as it is free
    with FakeServer(lambda _: (200, "one"), port=port) as first:
        assert first.url == f"http://127.0.0.1:{port}"
    with FakeServer(lambda _: (200, "two"), port=port) as second, Client(second.url) as client:
        assert client.request("GET", "/").text == "two"
        with pytest.raises(OSError, match="in use"):
            FakeServer(lambda _: (200, ""), port=port)
    slot.close()


@pytest.mark.parametrize(
    "said",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9\r\n\r\n",
        b"A" * 70000,
        b"GET / HTTP/1.1\r\n" + b"x" * 70000,
    ],
)
def test_what_is_no_request_ends_the_connection(upstream: FakeServer, said: bytes) -> None:
    """And nothing else: the next one is served."""
    port = int(upstream.url.rpartition(":")[2])
    # It may be cut while the rest is still on its way.
    with socket.create_connection(("127.0.0.1", port)) as peer, suppress(OSError):
        peer.sendall(said)
        peer.shutdown(socket.SHUT_WR)
        while peer.recv(65536):
            pass

    assert httpx.get(upstream.url, timeout=60, trust_env=False).status_code == 200
    assert paths(upstream) == ["/"]
