"""
What the place where a process runs shows of it, the same on this machine and in a container.

    facts = facts_of(process)
    facts.uid, facts.sockets.listening, facts.environment["PORT"], facts.memory_bytes

Read with pytest-testinfra: on its docker backend where the process has a container, on its local one
where it has none. Each is read when it is asked for, and has no effect. Inside, nothing but a shell,
`cat` and `ls` is needed. What cannot be read raises `NoVerdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments import proc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.instruments.proc import Sockets
    from proofbook.stack import Controlled

#: A container's limits, by where a kernel of the second or the first generation shows them.
_MEMORY = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_QUOTA = "/sys/fs/cgroup/cpu.max"
_QUOTAS = ("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "/sys/fs/cgroup/cpu/cpu.cfs_period_us")
#: More than this is what a kernel writes for "as much as there is".
_UNLIMITED_BYTES = 1 << 60
#: Of each process given: its TCP tables, and the sockets that it has open.
_SOCKETS = "for p in {pids}; do cat /proc/$p/net/tcp /proc/$p/net/tcp6; ls -l /proc/$p/fd; done 2>/dev/null"


@dataclass(frozen=True, slots=True)
class Facts:
    """One process, and the place that it runs in; `host` is testinfra's."""

    host: Any
    #: The processes that it consists of, itself first, by the place's own numbers.
    pids: tuple[int, ...]

    @property
    def uid(self) -> int:
        """The user that it runs as."""
        for line in self.text(f"/proc/{self.pids[0]}/status").splitlines():
            if line.startswith("Uid:"):
                return int(line.split()[2])  # the effective one
        raise NoVerdict(f"/proc/{self.pids[0]}/status names no user")

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment that it was started with, and that of its descendants over it."""
        said = "\0".join(self.text(f"/proc/{pid}/environ") for pid in self.pids)
        return dict(entry.split("=", 1) for entry in said.split("\0") if "=" in entry)

    @property
    def sockets(self) -> Sockets:
        """The TCP sockets that it holds open now."""
        said = self.said(_SOCKETS.format(pids=" ".join(map(str, self.pids))))
        return proc.sockets_in(said)

    @property
    def memory_bytes(self) -> int | None:
        """The limit on the memory of the place; `None` where there is none."""
        for path in _MEMORY:
            said = self.said(f"cat {path} 2>/dev/null").strip()
            if said.isdigit():
                return int(said) if int(said) < _UNLIMITED_BYTES else None
            if said == "max":
                return None
        raise NoVerdict(f"neither {' nor '.join(_MEMORY)} says how much memory there may be")

    @property
    def cpus(self) -> float | None:
        """The limit on its processors; `None` where there is none."""
        said = self.said(f"cat {_QUOTA} 2>/dev/null || cat {' '.join(_QUOTAS)}").split()
        if len(said) != len(_QUOTAS):
            raise NoVerdict(f"{_QUOTA} does not say how many processors there may be")
        quota, period = said
        return None if quota in ("max", "-1") else int(quota) / int(period)

    def holds(self, path: str) -> bool:
        """Whether there is such a file or folder."""
        return bool(self.host.file(path).exists)

    def text(self, path: str) -> str:
        """What stands in a file."""
        try:
            content: bytes = self.host.file(path).content
        except RuntimeError as error:
            raise NoVerdict(f"{path} cannot be read: {error}") from None
        return content.decode(errors="replace")

    def said(self, command: str) -> str:
        """What a shell there prints."""
        return str(self.host.run(command).stdout)


def facts_of(process: Controlled) -> Facts:
    """The facts of a running process. Raises `NotAsked` for one that is not ours."""
    if process.container is None:
        return Facts(_host("local://"), proc.family(process.pid))
    return facts_in(process.container)


def facts_in(container: str) -> Facts:
    """The facts of a container's first process, and of all that runs beside it."""
    host = _host(f"docker://{container}")
    listed = str(host.run("ls /proc").stdout).split()
    others = [int(name) for name in listed if name.isdigit() and name != "1"]
    alive = [pid for pid in others if host.file(f"/proc/{pid}/status").exists]
    return Facts(host, (1, *alive))


def _host(place: str) -> Any:
    try:
        import testinfra  # type: ignore[import-untyped] # noqa: PLC0415 - an extra without types
    except ImportError:
        raise NotAsked(
            "facts are read with the Python package pytest-testinfra, which is not installed",
            remedy="pip install proofbook[docker]",
        ) from None
    return testinfra.get_host(place)
