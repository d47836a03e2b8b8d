"""
Connections from the checks' process only to addresses that the target names.

    with Guard(stack.addresses, target="targets/staging.toml"):
        ...

An audit hook sees every connection that Python's `socket` makes, whichever library asks for it;
`require` is for libraries that connect past Python, such as libpq. Addresses are looked up in a live
set, since a stack opens new ones as it goes. On loopback, what this process or its children listen on
is always allowed.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
from dataclasses import dataclass, field
from functools import wraps
from typing import TYPE_CHECKING, Any, Self

from proofbook.errors import NoVerdict
from proofbook.instruments.proc import sockets
from proofbook.targets.places import address

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from types import TracebackType


@dataclass(slots=True)
class Guard:
    """While entered, the only door: the innermost guard decides."""

    #: Host and port of all that may be reached now.
    allowed: Callable[[], Collection[tuple[str, int]]]
    #: The file that would have to name what is refused.
    target: str
    #: Address of a numeric host → whether a name that is allowed led there.
    _resolved: dict[str, bool] = field(default_factory=dict)

    def __enter__(self) -> Self:
        _DOOR.guards = (*_DOOR.guards, self)
        _DOOR.stand()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _DOOR.guards = tuple(guard for guard in _DOOR.guards if guard is not self)

    def check(self, host: str, port: int) -> None:
        """Raise `NoVerdict` if the target does not name this address."""
        if self._is_allowed(host, port) or (_is_loopback(host) and _is_ours(port)):
            return
        raise NoVerdict(
            f"no connection to {address(host, port)}: {self.target} does not name it. "
            "If the check may reach it, write it there as the url of a process or of a service."
        )

    def _is_allowed(self, host: str, port: int) -> bool:
        allowed = tuple(self.allowed())
        wanted = address(host, port)
        if any(address(*each) == wanted for each in allowed):
            return True
        names = tuple(name for name, its_port in allowed if its_port == port)
        key = f"{wanted} of {names}"
        if key not in self._resolved:
            self._resolved[key] = any(host in _numbers(name, port) for name in names)
        return self._resolved[key]


def own(port: int) -> None:
    """Note that this process listens on a port of loopback: the kernel's table is long to read."""
    _DOOR.note(opened=[port])


def disown(port: int) -> None:
    """Note that it does no more."""
    _DOOR.note(closed=[port])


def require(host: str, port: int) -> None:
    """Raise `NoVerdict` if a guard stands and would refuse this address."""
    if _DOOR.guards:
        _DOOR.guards[-1].check(host, port)


class _Door:
    """
    The one audit hook of the process: Python cannot take one away again, so it stays and looks.

    Python tells it of thirty things a check, and that costs more than all else here does for one. So it is
    put up with the first socket that is made once there is a guard; many checks never make one.
    """

    def __init__(self) -> None:
        self.guards: tuple[Guard, ...] = ()
        #: Where this process is known to listen.
        self.ports: frozenset[int] = frozenset()
        self._waits = False
        self._stands = False
        self._lock = threading.Lock()
        self._within = threading.local()

    def note(self, *, opened: Collection[int] = (), closed: Collection[int] = ()) -> None:
        with self._lock:
            self.ports = self.ports.union(opened).difference(closed)

    def stand(self) -> None:
        """Look at every connection of a socket that is made from now on."""
        with self._lock:
            if self._waits:
                return
            self._waits = True
            make = socket.socket.__init__

            @wraps(make)
            def made(new: socket.socket, *args: Any, **named: Any) -> None:
                self._look()
                make(new, *args, **named)

            setattr(socket.socket, "__init__", made)  # noqa: B010 - a type checker would not have it

    def _look(self) -> None:
        with self._lock:
            if not self._stands:
                sys.addaudithook(self._hook)
                self._stands = True

    def _hook(self, event: str, args: tuple[object, ...]) -> None:
        if event != "socket.connect" or not self.guards or getattr(self._within, "asks", False):
            return
        match args[1]:
            # (host, port) or IPv6's (host, port, flow, scope); a path is this machine's own.
            case (str() as host, int() as port, *_):
                self._within.asks = True
                try:
                    require(host, port)
                except NoVerdict:
                    # Libraries close a socket that fails in a way they know, and this is none.
                    if isinstance(args[0], socket.socket):
                        args[0].close()
                    raise
                finally:
                    self._within.asks = False
            case _:
                pass


_DOOR = _Door()


def _numbers(name: str, port: int) -> frozenset[str]:
    """The numeric addresses of a host."""
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except OSError:
        return frozenset()
    return frozenset(str(each[4][0]) for each in found)


def _is_loopback(host: str) -> bool:
    return address(host, 0) == "127.0.0.1:0"


def _is_ours(port: int) -> bool:
    """Whether this process, or one that it started, listens on the port."""
    return port in _DOOR.ports or any(each[1] == port for each in sockets(os.getpid()).listening)
