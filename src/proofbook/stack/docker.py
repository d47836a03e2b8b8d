"""The Docker of this machine: whether there is one, and what is left of a stack in it."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING, Any

from proofbook.errors import NotAsked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from docker import DockerClient

#: On every container that a stack starts: the twin that it belongs to.
LABEL = "proofbook.twin"
#: What Compose writes on all that it makes.
PROJECT = "com.docker.compose.project"
_SECONDS = 120
#: Where Docker's programs look if nothing is said.
_USUALLY = "unix:///var/run/docker.sock"
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
    where = os.environ.get("DOCKER_HOST", _USUALLY)
    try:
        _knock(where)
        return docker.from_env(timeout=_SECONDS)
    except (OSError, docker.errors.DockerException) as error:
        raise NotAsked(
            f"nothing answers at {where} ({type(error).__name__})",
            remedy="start Docker on this machine",
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
    """Remove all containers, networks, volumes and images of a twin, or of all twins of a stack."""
    api = client.api
    for label in (LABEL, PROJECT):
        filters = {"label": label}
        for each in _called(api.containers(all=True, filters=filters), label, name):
            _gone(api.remove_container, each["Id"], v=True, force=True)
        for each in _called(api.networks(filters=filters), label, name):
            _gone(api.remove_network, each["Id"])
        for each in _called(api.volumes(filters=filters)["Volumes"] or [], label, name):
            _gone(api.remove_volume, each["Name"], force=True)
    for image in api.images():
        for tag in image.get("RepoTags") or []:
            if tag.startswith((f"{name}/", f"{name}-")):
                # Not its layers: another build on this machine may be taking them from its cache.
                _gone(api.remove_image, tag, force=True, noprune=True)


def _called(listed: Iterable[dict[str, Any]], label: str, name: str) -> list[dict[str, Any]]:
    """Those of the twin of that name, or of a stack's: `stack-1`, `stack-2`."""
    said = [(each, (each.get("Labels") or {}).get(label, "")) for each in listed]
    return [each for each, twin in said if twin == name or twin.startswith(f"{name}-")]


def _gone(remove: Callable[..., object], what: str, **how: bool) -> None:
    """Remove something, unless it is gone or going."""
    import docker  # noqa: PLC0415 - as above

    with contextlib.suppress(docker.errors.APIError):
        remove(what, **how)


def _knock(where: str) -> None:
    """Raise `OSError` if nobody takes a connection at a socket: Docker's package would leave one open."""
    scheme, _, path = where.partition("://")
    if scheme == "unix":
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as one:
            one.settimeout(_SECONDS)
            one.connect(path)
