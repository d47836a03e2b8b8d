"""
A deploy configuration as Fly reads it, and the Dockerfile that it leads to.

    config = read(deployment.twin.file("deploy_config"))
    config.app, config.region, config.env, config.internal_port
    config.image()       its Dockerfile, and which of the paths that it copies exist below the build's context
"""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from posixpath import normpath
from typing import TYPE_CHECKING, Any

from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_CONTINUED = re.compile(r"\\\s*\n")
_COPY = re.compile(r"^\s*(?:COPY|ADD)\s+(.*)$", re.IGNORECASE | re.MULTILINE)
_OPTIONS = re.compile(r"((?:--\S+\s+)*)(.*)")
#: From the network, made up by the file itself, or named by a variable: no path that can be looked up.
_UNREAD = re.compile(r"://|^<<|\$|\.git$|^git@")
_PORT = re.compile(r"^\s*ENV\s.*\bPORT[= ](\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Image:
    """A Dockerfile and the folder that its build sees."""

    dockerfile: Path
    context: Path

    @property
    def text(self) -> str:
        """The Dockerfile's text, continued lines joined."""
        return _CONTINUED.sub(" ", self.dockerfile.read_text(encoding="utf-8"))

    @property
    def port(self) -> int | None:
        """The PORT that the image sets, if it does."""
        found = _PORT.search(self.text)
        return int(found[1]) if found else None

    def missing(self) -> list[str]:
        """What it copies that is not below the context."""
        named = (source for source in self._sources() if source != ".")
        return [source for source in named if not any(self.context.glob(source))]

    def _sources(self) -> Iterator[str]:
        """What it copies from the context, and not from another stage or from the network."""
        for words in map(_words, _COPY.findall(self.text)):
            options = [word for word in words if word.startswith("--")]
            paths = [word for word in words if word not in options][:-1]
            if not any(option.startswith("--from=") for option in options):
                yield from (normpath(f"./{path}") for path in paths if not _UNREAD.search(path))


def _words(line: str) -> list[str]:
    """The words of a COPY, in either form."""
    options, listed = _OPTIONS.fullmatch(line.strip()), []
    if options and options[2].startswith("["):
        with suppress(ValueError):
            listed = [str(word) for word in json.loads(options[2])]
    return [*options[1].split(), *listed] if options and listed else shlex.split(line)


@dataclass(frozen=True, slots=True)
class DeployConfig:
    """What it says, as a table."""

    path: Path
    told: Mapping[str, Any]

    @property
    def app(self) -> Any:
        """The app that it deploys."""
        return self.told.get("app")

    @property
    def region(self) -> Any:
        """Where it runs first."""
        return self.told.get("primary_region")

    @property
    def env(self) -> Mapping[str, Any]:
        """The variables that it sets in the open."""
        env: Mapping[str, Any] = self.told.get("env", {})
        return env

    @property
    def internal_port(self) -> int | None:
        """The port inside the machine to which the host's proxy leads."""
        services = [self.told.get("http_service", {}), *self.told.get("services", [])]
        return next((each["internal_port"] for each in services if "internal_port" in each), None)

    def image(self, root: Path) -> Image | None:
        """
        The Dockerfile that it names, below the context of the build; `None` where there is none.

        The context is the one that it states, else the folder from which it is deployed: its own or one above, as
        far up as `root`, or for a configuration that lies elsewhere its own repository.
        """
        build = self.told.get("build", {})
        named = build.get("dockerfile", "Dockerfile")
        images = [
            Image(place, context)
            for context in self._contexts(build, root)
            for place in (self.path.parent / named, context / named)
            if place.is_file() and place.resolve().is_relative_to(context.resolve())
        ]
        return min(images, key=lambda image: len(image.missing()), default=None)

    def _contexts(self, build: Mapping[str, Any], root: Path) -> list[Path]:
        if "context" in build:
            return [self.path.parent / build["context"]]
        folders = [self.path.parent, *self.path.parent.parents]
        top = root if self.path.resolve().is_relative_to(root.resolve()) else _repository(folders)
        return [each for each in folders if each.resolve().is_relative_to(top.resolve())]


def _repository(folders: list[Path]) -> Path:
    """The nearest of them that is a repository, else the nearest."""
    return next((each for each in folders if (each / ".git").exists()), folders[0])


def read(path: Path) -> DeployConfig:
    """The configuration in a file. Raises `NoVerdict` if it is no TOML."""
    try:
        return DeployConfig(path, tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise NoVerdict(f"{path.name} is no deploy configuration: {error}") from None
