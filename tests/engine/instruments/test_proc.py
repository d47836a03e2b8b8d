"""What the kernel says of a process: sockets, family, environment."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import closing

from proofbook.instruments.proc import environment, family, sockets

LISTENER = (
    "import socket, sys; s = socket.create_server(('127.0.0.1', 0)); "
    "print(s.getsockname()[1], flush=True); sys.stdin.read()"
)
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {LISTENER!r}])"


def started(code: str, **env: str) -> subprocess.Popen[str]:
    """A Python program of the test's, speaking over pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **env},
    )


def first_line(program: subprocess.Popen[str]) -> str:
    """What the program wrote first."""
    assert program.stdout is not None
    return program.stdout.readline()


def test_a_listening_socket_and_its_peer_are_seen_on_both_sides() -> None:
    """A listener shows where it listens; a connection shows with whom."""
    with started(LISTENER) as program:
        port = int(first_line(program))
        before = sockets(program.pid)

        with closing(socket.create_connection(("127.0.0.1", port))) as connection:
            ours = sockets(os.getpid())
            assert ("127.0.0.1", port) in ours.peers
            assert connection.getpeername() == ("127.0.0.1", port)
        program.communicate()

    assert before.listening == {("127.0.0.1", port)}
    assert before.peers == frozenset()


def test_what_a_child_holds_counts_for_its_parent() -> None:
    """A wrapper that starts the real program hides nothing."""
    with started(PARENT, PROOFBOOK_TEST="seen") as program:
        port = int(first_line(program))

        assert len(family(program.pid)) == 2
        assert sockets(program.pid).listening == {("127.0.0.1", port)}
        assert environment(program.pid)["PROOFBOOK_TEST"] == "seen"
        program.communicate()


def test_an_ipv6_address_is_read() -> None:
    """Addresses of both families come as people write them."""
    with closing(socket.create_server(("::1", 0), family=socket.AF_INET6)) as listener:
        assert ("::1", listener.getsockname()[1]) in sockets(os.getpid()).listening


def test_a_process_that_is_gone_holds_nothing() -> None:
    """Asking after the dead is no error."""
    with started("pass") as program:
        program.communicate()

    assert family(program.pid) == ()
    assert environment(program.pid) == {}
    assert sockets(program.pid).listening == frozenset()
