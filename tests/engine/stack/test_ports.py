"""Ports are dealt to one stack at a time, and only where nobody listens."""

from __future__ import annotations

import socket
import uuid

import pytest

from proofbook.errors import NotAsked, StackError
from proofbook.stack import ports
from proofbook.stack.ports import Ports, fixed, is_free
from tests.engine.stack.tiny import another

#: Holds whatever the argument asks for until its input ends.
HOLDER = """
import sys
from proofbook.stack import ports
from proofbook.stack.ports import Ports, fixed
if sys.argv[1] == "slot":
    slot = Ports()
    print(slot.take(), flush=True)
    sys.stdin.read()
elif sys.argv[1].startswith("name"):
    claim = ports._claimed(sys.argv[1])
    print("held", flush=True)
    sys.stdin.read()
else:
    with fixed(int(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
"""


def test_two_stacks_share_no_port() -> None:
    """Two slots of one process, and one of another, have no port in common."""
    one, two = Ports(), Ports()
    with another(HOLDER, "slot") as (_, said):
        theirs = int(said.readline())
        mine = {one.take() for _ in range(20)} | {two.take() for _ in range(20)}

        assert len(mine) == 40
        assert theirs not in mine
    one.close()
    two.close()


def test_ports_lie_below_those_of_the_kernel() -> None:
    """No port is one that the kernel deals to connections by default."""
    slot = Ports()
    dealt = [slot.take() for _ in range(10)]
    slot.close()

    assert all(20_000 <= port < 32_768 for port in dealt)


def test_a_port_that_others_listen_on_is_stepped_over() -> None:
    """A port with a listener, on whatever address, is not dealt."""
    slot = Ports()
    first = slot.take()
    slot.give_back(first)
    following = [first + offset for offset in (1, 2)]
    listeners = [
        socket.create_server(("127.0.0.1", following[0])),
        socket.create_server(("0.0.0.0", following[1])),  # noqa: S104 - to be stepped over
    ]

    dealt = slot.take()

    assert dealt == first + 3
    for listener in listeners:
        listener.close()
    slot.close()


def test_a_port_given_back_is_dealt_again_last() -> None:
    """A port is dealt again only when the others have been."""
    slot = Ports()
    first = slot.take()
    slot.give_back(first)

    rest = [slot.take() for _ in range(63)]

    assert first not in rest
    assert slot.take() == first
    slot.close()


def test_a_slot_runs_out() -> None:
    """When all ports of a slot are dealt, the message says how many this stack holds."""
    slot = Ports()
    first = slot.take()
    dealt = [first, *(slot.take() for _ in range(63))]

    with pytest.raises(StackError) as none_left:
        slot.take()

    assert str(none_left.value) == (
        f"no port left between {min(dealt)} and {max(dealt)}: this stack holds 64, other programs "
        "the rest"
    )
    slot.close()


def test_all_slots_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """When other stacks hold every slot, the message says so."""
    monkeypatch.setattr(ports, "_claimed", lambda _name: None)

    with pytest.raises(StackError) as none_left:
        Ports()

    assert str(none_left.value) == (
        "all 199 slots of ports from 20000 to 32768 are in use by other stacks; end some of them"
    )


def test_a_name_is_free_once_its_holder_is_killed() -> None:
    """What slots are held by, the kernel takes back from a process that was killed."""
    name = f"name.{uuid.uuid4()}"
    with another(HOLDER, name) as (other, said):
        assert said.readline() == "held\n"
        assert ports._claimed(name) is None
        other.kill()
        other.wait()

    again = ports._claimed(name)

    assert again
    again.close()


def test_a_fixed_port_has_one_holder() -> None:
    """While one process holds a contract's port, another is told so, and what to do."""
    slot = Ports()
    port = slot.take()
    with another(HOLDER, str(port)) as (_, said):
        assert said.readline() == "held\n"

        with pytest.raises(NotAsked) as busy, fixed(port, within_seconds=0.1):
            pass

    assert str(busy.value) == (
        f"port {port}, which the contract fixes, was in use by another run of Proofbook for 0.1 s"
    )
    assert busy.value.remedy == f"free port {port} on this machine"
    with fixed(port, within_seconds=5) as mine:
        assert mine == port
    slot.close()


def test_a_fixed_port_that_a_stranger_listens_on() -> None:
    """A contract's port that any other program has is not asked for, and the lock is let go."""
    slot = Ports()
    port = slot.take()  # none that the kernel deals to somebody else as soon as it is free
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(NotAsked) as busy,
        fixed(port, within_seconds=0.1),
    ):
        pass

    assert str(busy.value) == (
        f"port {port}, which the contract fixes, was in use by another program for 0.1 s"
    )
    assert is_free(port)
    with fixed(port, within_seconds=1):
        pass
    slot.close()
