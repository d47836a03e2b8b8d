"""What the files of a deployment say: its template, its Dockerfiles, and its compose files as merged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofbook import NoVerdict
from proofbook.instruments import compose

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.instruments.compose import Service
    from proofbook.stack import Twin

#: The runbook's three tables.
PRIVATE = ("FIREBASE_PRIVATE_KEY", "ATTESTATION_PRIVATE_KEY", "JOB_WORKER_HMAC_SECRET")
SHARED = (
    "FIREBASE_PROJECT_ID",
    "FIREBASE_CLIENT_EMAIL",
    "ATTESTATION_PUBLIC_KEY",
    "JOB_TICKET_PUBLIC_KEY",
    "WORKER_ID",
    "COREOS_API_URL",
    "PORT",
)
PUBLIC = (
    "NEXT_PUBLIC_FIREBASE_API_KEY",
    "NEXT_PUBLIC_FIREBASE_AUTH_DOMAIN",
    "NEXT_PUBLIC_FIREBASE_PROJECT_ID",
    "NEXT_PUBLIC_FIREBASE_STORAGE_BUCKET",
    "NEXT_PUBLIC_FIREBASE_MESSAGING_SENDER_ID",
    "NEXT_PUBLIC_FIREBASE_APP_ID",
    "NEXT_PUBLIC_AUTH_MODE",
    "NEXT_PUBLIC_SUPER_ADMIN_ID",
)
#: One instruction may take several, over several lines.
_ARGUMENTS = re.compile(r"^\s*ARG\s+((?:\\\n|.)+)", re.IGNORECASE | re.MULTILINE)
_ARGUMENT = re.compile(r"(?:^|\s)(\w+)(?:=(?:\"[^\"]*\"|'[^']*'|\S*))?(?=\s|$)")
_LINE = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=(.*)$", re.MULTILINE)


class Layout:
    """The compose file of a twin, and the override laid over it if that is asked for."""

    def __init__(self, twin: Twin, *, override: bool = False) -> None:
        self._twin = twin
        names = ("compose", "override") if override else ("compose",)
        self.paths: tuple[Path, ...] = tuple(twin.file(name) for name in names)
        self.composed = compose.read(*self.paths)

    @property
    def api(self) -> Service:
        """The service that is built from the API's Dockerfile."""
        return self._of("dockerfile_api")[0]

    @property
    def workers(self) -> tuple[Service, ...]:
        """The services that run the worker's image."""
        return self._of("dockerfile_worker")

    def _of(self, dockerfile: str) -> tuple[Service, ...]:
        """Those that are built come first. Raises `NoVerdict` if there is none."""
        path = self._twin.file(dockerfile)
        found = self.composed.built_from(str(path))
        if not found:
            raise NoVerdict(f"no service of {_named(self.paths)} is built from {path.name}")
        return tuple(sorted(found, key=lambda service: service.dockerfile is None))


def arguments(dockerfile: Path) -> frozenset[str]:
    """The names of a Dockerfile's build arguments."""
    said = (each.replace("\\\n", " ") for each in _ARGUMENTS.findall(text(dockerfile)))
    return frozenset(name for each in said for name in _ARGUMENT.findall(each))


def lines(template: Path) -> dict[str, str]:
    """Variable → value, of an environment file's lines; comments do not count."""
    return {name: value.strip() for name, value in _LINE.findall(text(template))}


def text(path: Path) -> str:
    """What stands in a file that the target names. Raises `NoVerdict` if it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoVerdict(f"{path.name} cannot be read: {error}") from None


def _named(paths: tuple[Path, ...]) -> str:
    return " and ".join(path.name for path in paths)
