"""Clients speak to one address, within bounds, and keep what was said."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments import exchanges
from proofbook.instruments.http import Client, Observer, Unanswered, Unreachable
from proofbook.instruments.listener import Listener
from proofbook.instruments.tap import FakeServer
from tests.behind_tls import page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.instruments.tap import Received


def echo(request: Received) -> tuple[int, Any, dict[str, str]]:
    """What was asked, as JSON; a path that names a status gets it."""
    said = {
        "method": request.method,
        "target": request.target,
        "body": request.body.decode("latin-1"),
        "headers": [[name.lower(), value] for name, value in request.headers],
    }
    status = int(request.path.rpartition("/")[2]) if request.path.startswith("/status/") else 200
    return status, said, {"Set-Cookie": "session=1", "Location": "/elsewhere"}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    """A server that says what it was asked."""
    with FakeServer(echo) as server:
        yield server


@pytest.fixture
def client(server: FakeServer) -> Iterator[Client]:
    """A client of that server."""
    with Client(server.url + "/") as client:
        yield client


@pytest.fixture
def listening() -> Iterator[Callable[[bytes], str]]:
    """Opens a port that reads a little, answers with some bytes, and hangs up: its base URL."""
    opened: list[Listener] = []

    def listen(said: bytes) -> str:
        def serve(peer: socket.socket) -> None:
            peer.recv(65536)
            peer.sendall(said)

        opened.append(Listener(serve))
        return f"http://127.0.0.1:{opened[-1].port}"

    yield listen
    for each in opened:
        each.close()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A base URL with TLS, and the certificate that one would have to trust."""
    with page(tmp_path, b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") as found:
        yield found


@contextmanager
def closed_port() -> Iterator[int]:
    """A port on which nobody listens: it is held, so that nobody else is given it meanwhile."""
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        yield peer.getsockname()[1]


def test_a_client_sends_what_it_is_told(client: Client) -> None:
    """Method, path with its escapes, query, headers and body arrive as they were given."""
    answer = client.request(
        "POST", "/jobs/a%2Fb?x=1&y=%20", content=b"\x00\xff", headers={"X-Key": "k"}
    )

    said = answer.json()
    assert answer.status_code == 200
    assert (said["method"], said["target"]) == ("POST", "/jobs/a%2Fb?x=1&y=%20")
    assert said["body"] == "\x00\xff"
    assert ["x-key", "k"] in said["headers"]


def test_cookies_are_not_kept(client: Client) -> None:
    """Whoever is nobody stays nobody after somebody else logged in."""
    client.request("POST", "/login", json={"idToken": "t"})

    said = client.request("GET", "/").json()

    assert "cookie" not in dict(said["headers"])


def test_redirects_are_answers(client: Client) -> None:
    """Nobody is led elsewhere."""
    assert client.request("GET", "/status/307").headers["location"] == "/elsewhere"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "PROPFIND"])
def test_an_observer_refuses_what_may_change_something(server: FakeServer, method: str) -> None:
    """Nothing reaches the server."""
    with Observer(server.url) as observer:
        with pytest.raises(NoVerdict) as sent:
            observer.request(method, "/jobs")
        with pytest.raises(NoVerdict):
            observer.raw(method, "/jobs")
        assert observer.request("GET", "/jobs").status_code == 200

    assert str(sent.value) == (
        f"{method} /jobs: this handle only observes {server.url}; "
        "what changes something needs a fixture that exercises."
    )
    assert [each.method for each in server.exchanges()] == ["GET"]


@pytest.mark.parametrize("path", ["http://elsewhere.example/x", "jobs", "@elsewhere.example/", ""])
def test_a_client_speaks_to_one_address_alone(client: Client, path: str) -> None:
    """A path cannot lead away."""
    with pytest.raises(NoVerdict) as caught:
        client.request("GET", path)

    assert str(caught.value) == f"GET {path}: not a path of {client.base_url}; write /…"


def test_nobody_there_is_told_from_no_answer() -> None:
    """A refused connection is certain to have done nothing."""
    with (
        closed_port() as port,
        Client(f"http://127.0.0.1:{port}") as client,
        pytest.raises(Unreachable) as caught,
    ):
        client.send("POST", "/jobs")

    assert str(caught.value) == (
        f"POST {client.base_url}/jobs: nobody took the connection: "
        "ConnectError: [Errno 111] Connection refused"
    )


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b"not http\r\n\r\n"]
)
@pytest.mark.parametrize("way", ["send", "raw"])
def test_an_answer_that_is_cut_is_a_value(
    listening: Callable[[bytes], str], said: bytes, way: str
) -> None:
    """Whether the request took effect is unknown, and `request` gives no verdict."""
    with Client(listening(said)) as client:
        answer = getattr(client, way)("POST", "/jobs")
        with pytest.raises(NoVerdict, match="no whole answer came"):
            client.request("POST", "/jobs")

    assert isinstance(answer, Unanswered)
    assert answer.reason.startswith(f"POST {client.base_url}/jobs: no whole answer came: ")


def test_waiting_is_bounded() -> None:
    """A server that takes the request and is silent is not waited for longer than was said."""
    asked = threading.Event()

    def silent(peer: socket.socket) -> None:
        peer.recv(65536)
        asked.set()
        while peer.recv(65536):
            pass

    listener = Listener(silent)
    try:
        with Client(f"http://127.0.0.1:{listener.port}") as client:
            answer = client.send("GET", "/", timeout=0.1)
            raw = client.raw("GET", "/", timeout=0.1)
        assert asked.wait(60)
    finally:
        listener.close()

    assert [type(each) for each in (answer, raw)] == [Unanswered, Unanswered]


def test_raw_requests_go_out_as_they_are(client: Client) -> None:
    """Odd paths, headers and bodies are not mended; only the length and the host are added."""
    answer = client.raw("GET", '/a b"/../é', b'{"a": ', {"content-type": "text/x", "X-É": "é"})

    assert not isinstance(answer, Unanswered)
    # A space in the path makes it no request line at all.
    assert answer.status_code == 400
    answer = client.raw("BREW", "/../a%zz", b'{"a": ', {"X-Odd": "é"})
    assert not isinstance(answer, Unanswered)
    said = answer.json()
    assert (said["method"], said["target"], said["body"]) == ("BREW", "/../a%zz", '{"a": ')
    assert said["headers"] == [
        ["host", client.base_url.removeprefix("http://")],
        ["content-length", "6"],
        ["connection", "close"],
        ["x-odd", "é".encode().decode("latin-1")],
    ]


def test_raw_bodies_may_come_in_chunks(client: Client) -> None:
    """The length is left to the chunks where the caller says so."""
    answer = client.raw(
        "POST",
        "/",
        b"3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nT: 1\r\n\r\n",
        {"Transfer-Encoding": "chunked"},
    )

    assert not isinstance(answer, Unanswered)
    assert answer.json()["body"] == "abcd"


def test_raw_answers_stay_packed(listening: Callable[[bytes], str]) -> None:
    """What a header calls packed and is not does not matter."""
    said = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    with Client(listening(said)) as client:
        answer = client.raw("GET", "/")

    assert not isinstance(answer, Unanswered)
    assert answer.content == b"abc"


def test_a_certificate_that_the_machine_trusts_is_trusted(
    secure: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By requests of both kinds."""
    url, certificate = secure
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    with Client(url) as client:
        answers = [client.send("GET", "/"), client.raw("GET", "/")]

    assert [getattr(each, "status_code", each) for each in answers] == [204, 204]


@pytest.mark.parametrize("way", ["send", "raw"])
def test_a_foreign_certificate_is_nobody_we_know(secure: tuple[str, Path], way: str) -> None:
    """Nothing is said to who cannot show who they are."""
    with Client(secure[0]) as client, pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        getattr(client, way)("GET", "/")


@pytest.mark.parametrize("way", ["send", "raw"])
def test_who_does_not_take_the_connection_in_time_is_not_there(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host that is silent is not waited for."""

    def silent(*_: object, **__: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silent)

    with Client("http://192.0.2.1") as client, pytest.raises(Unreachable, match="ConnectTimeout"):
        getattr(client, way)("GET", "/")


def test_what_was_said_is_kept(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many exchanges, so many bytes of each, with the instants of both ends."""
    monkeypatch.setattr(exchanges, "KEPT", 2)
    monkeypatch.setattr(exchanges, "KEPT_BYTES", 4)

    for number in range(3):
        client.request("POST", f"/jobs/{number}?q=1", content=b"abcdef")

    first, second = client.exchanges()
    assert (first.path, second.path) == ("/jobs/1", "/jobs/2")
    assert (second.method, second.query, second.status) == ("POST", "q=1", 200)
    assert (second.request_body, second.reply_body) == (b"abcd", b'{"me')
    assert first.invoked_ns < (first.returned_ns or 0) <= second.invoked_ns


def test_a_request_that_came_to_nothing_is_kept_with_its_reason() -> None:
    """It has no status."""
    with closed_port() as port, Client(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(Unreachable) as caught:
            client.request("GET", "/")
        [kept] = client.exchanges()

    assert (kept.status, kept.reply_body.decode()) == (None, str(caught.value))


def test_many_threads_share_a_client(client: Client) -> None:
    """Each gets its own answer."""
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        for _ in range(5):
            answers[number] = client.request("GET", f"/{number}").json()["target"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == {number: f"/{number}" for number in range(16)}
