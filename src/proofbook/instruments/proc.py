"""
What a process on this machine holds, as the kernel shows it: its family, sockets and environment.

Linux only. A process that is gone meanwhile holds nothing.
"""

from __future__ import annotations

import ipaddress
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Address = tuple[str, int]

_ESTABLISHED = "01"
_LISTENING = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")
#: A row of the table: its number, and two addresses.
_ROW = re.compile(r"\s*\d+: [0-9A-F]+:[0-9A-F]{4} ")


@dataclass(frozen=True, slots=True)
class Sockets:
    """The TCP sockets of a process and all that it started."""

    #: Where it listens.
    listening: frozenset[Address]
    #: With whom it is connected.
    peers: frozenset[Address]


def family(pid: int) -> tuple[int, ...]:
    """A process and its descendants, itself first; empty if it is gone."""
    if not Path(f"/proc/{pid}").exists():
        return ()
    found = [pid]
    for member in found:
        found.extend(_children(member))
    return tuple(found)


def sockets(pid: int) -> Sockets:
    """The TCP sockets that the process and its descendants hold open now."""
    held = ((_held(member), member) for member in family(pid))
    return _sorted((row, inodes) for inodes, member in held for row in _table(member))


def sockets_in(text: str) -> Sockets:
    """The same, of what `cat /proc/<pid>/net/tcp{,6}` and `ls -l /proc/<pid>/fd` print of processes."""
    lines = text.splitlines()
    held = frozenset(_SOCKET.findall(text))
    rows = (line.split() for line in lines if _ROW.match(line))
    return _sorted((row, held) for row in rows)


def _sorted(rows: Iterable[tuple[list[str], frozenset[str]]]) -> Sockets:
    """Rows of the kernel's tables, each with the sockets that are looked for, by what they are for."""
    listening, peers = set(), set()
    for row, held in rows:
        local, remote, state, inode = row[1], row[2], row[3], row[9]
        if inode not in held:
            continue
        if state == _LISTENING:
            listening.add(_address(local))
        elif state == _ESTABLISHED:
            peers.add(_address(remote))
    return Sockets(frozenset(listening), frozenset(peers))


def environment(pid: int) -> dict[str, str]:
    """The environment that the process was started with, and that of its descendants over it."""
    found: dict[str, str] = {}
    for member in family(pid):
        try:
            text = Path(f"/proc/{member}/environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        found |= dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)
    return found


def _children(pid: int) -> Iterator[int]:
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            yield from map(int, path.read_text().split())
        except OSError:
            continue


def _held(pid: int) -> frozenset[str]:
    """The inodes of the sockets that a process has open."""
    found = set()
    try:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                name = str(descriptor.readlink())
            except OSError:
                continue
            if name.startswith("socket:["):
                found.add(name[8:-1])
    except OSError:
        pass
    return frozenset(found)


def _table(pid: int) -> Iterator[list[str]]:
    """The rows of the kernel's TCP tables, in the network that the process sees."""
    for name in ("tcp", "tcp6"):
        try:
            rows = Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
        except OSError:
            continue
        yield from (row.split() for row in rows)


def _address(text: str) -> Address:
    """`0100007F:0BB9` as `("127.0.0.1", 3001)`: the kernel prints words in the machine's order."""
    host, port = text.split(":")
    words = [int(host[start : start + 8], 16) for start in range(0, len(host), 8)]
    packed = struct.pack(f"={len(words)}I", *words)
    ip = ipaddress.ip_address(packed)
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return str(mapped or ip), int(port, 16)
