"""The Docker of this machine: whether there is one, and what is left of a stack in it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from proofbook.errors import NotAsked

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docker import DockerClient

#: On every container that a stack starts: the twin that it belongs to.
LABEL = "proofbook.twin"
#: What Compose writes on all that it makes.
PROJECT = "com.docker.compose.project"
_SECONDS = 120
#: How a shell tells Docker's programs where it is.
_VARIABLES = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


def connect() -> DockerClient:
    """A connection, to be closed. Raises `NotAsked` where there is no Docker."""
    try:
        import docker  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        raise NotAsked(
            "the Python package docker is not installed", remedy="pip install proofbook[docker]"
        ) from None
    try:
        return docker.from_env(timeout=_SECONDS)
    except docker.errors.DockerException as error:
        where = os.environ.get("DOCKER_HOST", "its usual address")
        raise NotAsked(
            f"nothing answers at {where} ({_kind(error)})", remedy="start Docker on this machine"
        ) from None


def lacking() -> str:
    """Why there is no Docker here; empty if there is."""
    try:
        connect().close()
    except NotAsked as why:
        return str(why)
    return ""


def told() -> dict[str, str]:
    """What of the runner's environment says where Docker is."""
    return {name: os.environ[name] for name in _VARIABLES if name in os.environ}


def sweep(client: DockerClient, name: str) -> None:
    """Remove all containers, networks, volumes and images of the twins whose name begins so."""
    import docker  # noqa: PLC0415 - as above

    everything: Iterable[tuple[Any, dict[str, Any]]] = (
        *((each, {"force": True, "v": True}) for each in _labelled(client.containers, name)),
        *((each, {}) for each in _labelled(client.networks, name)),
        *((each, {"force": True}) for each in _labelled(client.volumes, name)),
    )
    for each, how in everything:
        try:
            each.remove(**how)
        except docker.errors.APIError:
            continue  # it is gone, or going
    for image in client.images.list():
        for tag in image.tags:
            if tag.startswith(name):
                client.images.remove(tag, force=True)


def _labelled(kind: Any, name: str) -> list[Any]:
    """The things of one kind whose twin, or whose project, is called so."""
    every = {"all": True} if hasattr(kind, "run") else {}
    found = {
        each.id: (each, label)
        for label in (LABEL, PROJECT)
        for each in kind.list(filters={"label": label}, **every)
    }
    return [each for each, label in found.values() if _labels(each).get(label, "").startswith(name)]


def _labels(each: Any) -> dict[str, str]:
    return each.attrs.get("Labels") or each.attrs.get("Config", {}).get("Labels") or {}


def _kind(error: Exception) -> str:
    """The kind of an error, without the libraries that it came through."""
    for kind in ("PermissionError", "FileNotFoundError", "ConnectionRefusedError"):
        if kind in str(error):
            return kind
    return type(error).__name__
