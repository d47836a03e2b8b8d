"""
The whole of a target's compose file, as its own command brings it up.

    composed.api.health()                      through the port that is published on this machine
    composed.worker.state["Health"]["Status"]  as Docker shows its container

An operator's file is filled in by the target; what a check adds is told to its `up` as variables.
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from proofbook import NotAsked, NoVerdict
from proofbook.instruments.compose_project import Project, see_compose
from proofbook.stack import Finished
from proofbook.stack.remote import Remote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.layout import Layout
    from proofbook.instruments.compose_project import Contained

#: Images are built, a store is laid out, and a health check comes round once.
UP_SECONDS = 300
#: A job that is going to be done is done long before this.
SOON_SECONDS = 60
#: Longer than a fast worker needs; workers otherwise wait seconds between two jobs.
POLL = {"POLL_INTERVAL_SECONDS": "0.2"}


@dataclass(frozen=True, slots=True)
class Composed:
    """One project of containers, up."""

    deployment: Deployment
    layout: Layout
    project: Project
    #: What `up` came to.
    up: Finished
    #: What stands in a file beside the compose file that no image may hold.
    canary: str
    #: What the operator's file says that FIREBASE_PROJECT_ID is.
    filled_in: str

    @property
    def api(self) -> Api:
        """The API, through its published port."""
        return reached(self.deployment)

    @property
    def api_container(self) -> Contained:
        """The API's container."""
        return self.project.of(self.layout.api.name)[0]

    @property
    def worker(self) -> Contained:
        """The first worker's container."""
        return self.project.of(self.layout.workers[0].name)[0]

    @property
    def both(self) -> tuple[Contained, Contained]:
        """The two containers that the runbook speaks of."""
        return self.api_container, self.worker


class Up(Protocol):
    """The fixture `containers`: brings the whole up when it is first called, and shares it."""

    def __call__(self, *, override: bool = False) -> Composed:
        """The project, with the override laid over it if that is asked for."""


@contextmanager
def composed(deployment: Deployment, *, override: bool = False) -> Iterator[Composed]:
    """Bring it up, with the override laid over it if that is asked for. Raises `NotAsked` without Docker."""
    see_containers(deployment)
    layout = deployment.layout(override=override)
    files = {"COMPOSE_FILE": ":".join(map(str, layout.paths))} if override else {}
    filled_in = f"canary-{secrets.token_hex(6)}"
    with Project(deployment.twin.name) as project, _canary(layout.paths[0].parent) as canary:
        told = {**files, **POLL, "FIREBASE_PROJECT_ID": filled_in}
        up = deployment.twin.command("up", env=told, within=timedelta(seconds=UP_SECONDS))
        if not (isinstance(up, Finished) and up.code == 0):
            raise NoVerdict(f"commands.up did not end well: {up.output[-600:]}")
        yield Composed(deployment, layout, project, up, canary, filled_in)


def see_containers(deployment: Deployment) -> None:
    """Raise `NotAsked` where the target's `up` starts no containers that could be looked at."""
    if "docker" not in deployment.twin.needs:
        raise NotAsked(
            "the target starts no containers: this is asked where it needs Docker",
            remedy="--target docker",
        )
    see_compose()


def reached(deployment: Deployment) -> Api:
    """The API that the target's `up` started, at the address that it was given."""
    name = f"{deployment.system.name}.api"
    url = deployment.twin.address(name).url
    where = "what commands.up started"
    return deployment.reach(Remote(name=name, url=url, where=where, control={}, root=Path.cwd()))


@contextmanager
def _canary(folder: Path) -> Iterator[str]:
    """A file that no image may hold, beside the compose file, while images are built."""
    said = f"canary-{secrets.token_hex(12)}"
    path = folder / f".env.{said[-8:]}"
    try:
        path.write_text(f"CANARY={said}\n", encoding="utf-8")
    except OSError as error:
        raise NoVerdict(f"{path} cannot be written: {error.strerror}") from None
    try:
        yield said
    finally:
        path.unlink()
