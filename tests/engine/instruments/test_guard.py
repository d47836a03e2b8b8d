"""While a guard stands, connections go only where the target says."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.guard import Guard, require
from proofbook.instruments.http import Client
from proofbook.instruments.tap import FakeServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TARGET = "targets/staging.toml"
#: Reserved for documentation (RFC 5737): nobody is there.
NOWHERE = "192.0.2.1"


@pytest.fixture
def stranger() -> Iterator[int]:
    """The port of a server that is not ours: it runs on its own, a grandchild that nobody waits for."""
    program = (
        "import os, socket, sys\n"
        "s = socket.create_server(('127.0.0.1', 0))\n"
        "if os.fork(): os._exit(0)\n"
        "os.setsid()\n"
        "print(s.getsockname()[1], os.getpid(), flush=True)\n"
        "os.close(1)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        process.wait()
        assert process.stdout
        port = process.stdout.readline().split()[0]
        yield int(port)


def refused(host: str, port: int) -> str:
    """Why a connection is not made."""
    with pytest.raises(NoVerdict) as caught, closing(socket.create_connection((host, port), 1)):
        pass
    return str(caught.value)


def test_an_address_that_the_target_does_not_name_is_refused() -> None:
    """With the address, the file, and what to write there; nothing leaves the process."""
    with Guard(lambda: {("api.example", 443)}, target=TARGET):
        message = refused(NOWHERE, 443)

    assert message == (
        "no connection to 192.0.2.1:443: targets/staging.toml does not name it. "
        "If the check may reach it, write it there as the url of a process or of a service."
    )


def test_the_first_socket_of_a_process_is_refused_like_any_other() -> None:
    """The hook comes with it, and is there before it can connect; without a guard it hinders nobody."""
    program = (
        "import socket, sys\n"
        "from proofbook.errors import NoVerdict\n"
        "from proofbook.instruments.guard import Guard\n"
        "hooks = []\n"
        "sys.addaudithook(lambda event, _: hooks.append(1) if event == 'sys.addaudithook' else None)\n"
        "with Guard(set, target='t.toml'):\n"
        "    assert not hooks\n"
        "    try:\n"
        f"        socket.create_connection(('{NOWHERE}', 443), 1)\n"
        "    except NoVerdict as refused:\n"
        "        print(refused)\n"
        "assert len(hooks) == 1\n"
        "with socket.create_server(('127.0.0.1', 0)) as server:\n"
        "    socket.create_connection(server.getsockname()).close()\n"
        "assert len(hooks) == 1\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=False, text=True
    )
    assert ran.stderr == ""
    assert ran.stdout.startswith(f"no connection to {NOWHERE}:443: t.toml does not name it.")


def test_whichever_library_asks_is_refused() -> None:
    """The error comes through httpx as it is."""
    with (
        Guard(set, target=TARGET),
        pytest.raises(NoVerdict, match="does not name it"),
        Client(f"http://{NOWHERE}") as client,
    ):
        client.request("GET", "/")
    with Guard(set, target=TARGET), pytest.raises(NoVerdict):
        httpx.get(f"http://{NOWHERE}", trust_env=False)


def test_a_stranger_on_loopback_is_refused_unless_it_is_named(stranger: int) -> None:
    """What another program of this machine listens on is an address like any other."""
    allowed: set[tuple[str, int]] = set()
    with Guard(lambda: allowed, target=TARGET):
        message = refused("127.0.0.1", stranger)
        allowed.add(("localhost", stranger))
        with closing(socket.create_connection(("127.0.0.1", stranger), 1)) as peer:
            assert peer.getpeername()[1] == stranger

    assert message.startswith(f"no connection to 127.0.0.1:{stranger}: ")


def test_a_name_allows_the_numbers_that_it_has(
    monkeypatch: pytest.MonkeyPatch, stranger: int
) -> None:
    """Libraries connect to numbers; the target says names. A name that leads nowhere allows nothing."""
    asked = []

    def numbers(name: str, port: int, **_: object) -> list[tuple[object, ...]]:
        asked.append(name)
        if name != "api.example":
            raise socket.gaierror
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    named = {("api.example", stranger), ("gone.example", 1)}
    with Guard(lambda: named, target=TARGET) as standing:
        monkeypatch.setattr(socket, "getaddrinfo", numbers)
        standing.check("127.0.0.1", stranger)
        standing.check("127.0.0.1", stranger)
        with pytest.raises(NoVerdict):
            standing.check(NOWHERE, 1)

    assert asked == ["api.example", "gone.example"]


def test_what_the_suite_itself_listens_on_is_allowed() -> None:
    """Taps, fake servers, and whatever a check opens."""
    with (
        Guard(set, target=TARGET),
        FakeServer(lambda _: (200, "ours")) as server,
        Client(server.url) as client,
    ):
        assert client.request("GET", "/").text == "ours"


def test_the_innermost_guard_decides_and_none_stands_afterwards(stranger: int) -> None:
    """From any thread; after the last has gone everything is allowed."""
    place = ("127.0.0.1", stranger)
    seen: list[str] = []
    with Guard(lambda: {place}, target="outer.toml"):
        with Guard(set, target="inner.toml"):
            asking = threading.Thread(target=lambda: seen.append(refused(*place)))
            asking.start()
            asking.join()
        require(*place)
        with closing(socket.create_connection(place, 1)):
            pass
    require(NOWHERE, 1)

    assert "inner.toml" in seen[0]


def test_sockets_of_the_file_system_are_this_machines_own(tmp_path: Path) -> None:
    """A path is no address."""
    path = str(tmp_path / "s")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        listening.bind(path)
        listening.listen()
        with Guard(set, target=TARGET), closing(socket.socket(socket.AF_UNIX)) as peer:
            peer.connect(path)
            assert peer.getpeername() == path
