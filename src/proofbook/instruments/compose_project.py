"""
The containers that Compose started for one project, as Docker shows them.

    with Project("coreos") as project:
        worker = project.of("coreos-worker")[0]
        worker.host_config["RestartPolicy"]

A project is looked up by the labels that Compose writes; where there is no Docker, or no Compose to
have started one, `NotAsked` is raised.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, Self

from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.facts import facts_in
from proofbook.stack.docker import PROJECT, connect

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from proofbook.instruments.facts import Facts

_SERVICE = "com.docker.compose.service"
#: A file of a layer is looked through in pieces of this size.
_PIECE_BYTES = 1 << 20


def see_compose() -> None:
    """Raise `NotAsked` where neither `docker compose` nor `docker-compose` is installed."""
    plugin = (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    )
    if not plugin and not shutil.which("docker-compose"):
        raise NotAsked("Docker Compose is not installed here", remedy="install Docker Compose")


class Project:
    """What Docker holds of one project; a context manager, which changes nothing at its end."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._client = connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def all(self) -> tuple[Contained, ...]:
        """Every container of the project, those that have ended, too."""
        found = self._client.containers.list(all=True, filters={"label": f"{PROJECT}={self.name}"})
        return tuple(Contained(each) for each in found)

    def of(self, service: str) -> tuple[Contained, ...]:
        """The containers of a service. Raises `NoVerdict` if it has none."""
        found = tuple(each for each in self.all() if each.service == service)
        if not found:
            raise NoVerdict(f"the project {self.name} has no container of {service}")
        return found

    def beside(self, image: str, command: Sequence[str]) -> Contained:
        """A container of the same image with another program in it, which goes with the project."""
        made = self._client.containers.run(
            image,
            list(command),
            entrypoint=[],
            detach=True,
            labels={PROJECT: self.name, _SERVICE: "beside"},
        )
        return Contained(made)

    def files_with(self, image: str, needles: Collection[bytes]) -> tuple[int, list[str]]:
        """How many files an image's layers hold, and which of them hold one of the needles."""
        with tempfile.TemporaryFile() as packed:
            for chunk in self._client.images.get(image).save(chunk_size=_PIECE_BYTES):
                packed.write(chunk)
            packed.seek(0)
            with tarfile.open(fileobj=packed) as outer:
                found = [(path, _has(file, needles)) for path, file in _files(outer)]
        return len(found), sorted(path for path, has in found if has)


@dataclass(frozen=True, slots=True)
class Contained:
    """One container; what is read of it is read anew."""

    held: Any

    @property
    def id(self) -> str:
        """Its whole id."""
        return str(self.held.id)

    @property
    def service(self) -> str:
        """The service that it was started for."""
        return str(self.held.labels.get(_SERVICE, ""))

    @property
    def image(self) -> str:
        """The digest of its image."""
        return str(self.held.attrs["Image"])

    @property
    def config(self) -> Mapping[str, Any]:
        """What it was made of."""
        return dict(self.held.attrs["Config"])

    @property
    def environment(self) -> Mapping[str, str]:
        """What it is told; a name without a value takes the image's away."""
        said = self.config.get("Env") or []
        return dict(entry.split("=", 1) for entry in said if "=" in entry)

    @property
    def host_config(self) -> Mapping[str, Any]:
        """How it is run."""
        return dict(self.held.attrs["HostConfig"])

    @property
    def state(self) -> Mapping[str, Any]:
        """How it is now."""
        self.held.reload()
        return dict(self.held.attrs["State"])

    @property
    def restarts(self) -> int:
        """How often Docker has started it again by itself."""
        self.held.reload()
        return int(self.held.attrs["RestartCount"])

    @property
    def facts(self) -> Facts:
        """What can be seen inside."""
        return facts_in(self.id)

    def run(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a program inside, to its end: exit code and output."""
        code, said = self.held.exec_run(list(command))
        return int(code), bytes(said or b"").decode(errors="replace")

    @property
    def test(self) -> Sequence[str]:
        """What its health check runs; empty if it has none."""
        return (self.config.get("Healthcheck") or {}).get("Test") or []

    def check(self, test: Sequence[str] = ()) -> int:
        """
        Run its health check once, or another's `test`: the exit code.

        Raises `NoVerdict` if it has none.
        """
        match list(test or self.test):
            case ["CMD", *command]:
                return self.run(command)[0]
            case ["CMD-SHELL", line]:
                return self.run(["/bin/sh", "-c", line])[0]
        raise NoVerdict(f"{self.service} has no health check")

    def kill_first(self) -> None:
        """Kill its first process from outside, as a crash would."""
        os.kill(int(self.state["Pid"]), signal.SIGKILL)

    def stop(self) -> None:
        """Stop it as an operator does."""
        self.held.stop()

    def start(self) -> None:
        """Start it again."""
        self.held.start()


def _files(outer: tarfile.TarFile) -> Iterator[tuple[str, IO[bytes]]]:
    """Every file of every layer of a saved image, and the image's own description."""
    for entry in outer:
        file = outer.extractfile(entry) if entry.isfile() else None
        if file is None:
            continue
        try:
            with tarfile.open(fileobj=file) as layer:
                for inner in layer:
                    held = layer.extractfile(inner) if inner.isfile() else None
                    if held is not None:
                        yield f"/{inner.name}", held
        except tarfile.ReadError:
            file.seek(0)
            yield entry.name, file


def _has(file: IO[bytes], needles: Collection[bytes]) -> bool:
    """Whether a file holds one of the needles, also across two pieces."""
    overlap = max(map(len, needles), default=1)
    before = b""
    while piece := file.read(_PIECE_BYTES):
        if any(needle in before + piece for needle in needles):
            return True
        before = piece[-overlap:]
    return False
