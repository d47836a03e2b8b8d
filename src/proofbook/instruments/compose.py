"""
What Compose files say, merged as Compose merges them, without a Docker to ask.

    composed = read(Path("compose.yaml"), Path("compose.override.yaml"))
    composed.services["api"].environment["PORT"]

A later file is laid over an earlier one: mappings join, lists are added to, all else is replaced.
`${NAME:-text}` is filled from `variables`, so that what stands there is what nobody has overridden.
Files that cannot be read as such raise `NoVerdict`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proofbook.errors import NotAsked, NoVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_VARIABLE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:?[-?+])([^}]*))?\}|(\w+))")
#: Keys whose lists a later file replaces.
_REPLACED = frozenset({"command", "entrypoint", "test"})
#: Keys that may be a list of `NAME=value` or of names, and mean a mapping.
_MAPPINGS = frozenset({"environment", "args", "labels", "depends_on", "networks"})
_BYTES = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)i?b?", re.IGNORECASE)
_UNITS = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@dataclass(frozen=True, slots=True)
class Service:
    """One service, its short forms written out."""

    name: str
    said: Mapping[str, Any]

    @property
    def dockerfile(self) -> str | None:
        """The file that its image is built from, relative to the build's context; `None`: not built."""
        build = self.said.get("build")
        return None if build is None else str(build.get("dockerfile", "Dockerfile"))

    @property
    def build_args(self) -> Mapping[str, str | None]:
        """The build's arguments; `None` where the shell's is taken."""
        return _texts((self.said.get("build") or {}).get("args", {}))

    @property
    def environment(self) -> Mapping[str, str | None]:
        """What it is told here; `None` where the shell's is taken, or none."""
        return _texts(self.said.get("environment", {}))

    @property
    def env_files(self) -> tuple[str, ...]:
        """The files that it is told more from, as written."""
        said = self.said.get("env_file", [])
        return tuple(str(each["path"] if isinstance(each, dict) else each) for each in said)

    @property
    def image(self) -> str | None:
        """The image's name, if one is given."""
        return self.said.get("image")

    @property
    def container_name(self) -> str:
        """What its container is called; the service's own name where nothing is said."""
        return str(self.said.get("container_name") or self.name)

    @property
    def memory_bytes(self) -> int | None:
        """The limit on its memory, in bytes."""
        said = self.said.get("mem_limit", self._limits.get("memory"))
        return None if said is None else bytes_of(str(said))

    @property
    def cpus(self) -> float | None:
        """The limit on its processors."""
        said = self.said.get("cpus", self._limits.get("cpus"))
        return None if said is None else float(said)

    @property
    def _limits(self) -> Mapping[str, Any]:
        resources = (self.said.get("deploy") or {}).get("resources") or {}
        return resources.get("limits") or {}


@dataclass(frozen=True, slots=True)
class Composed:
    """The services of merged files, by name."""

    services: Mapping[str, Service]

    def built_from(self, dockerfile: str) -> tuple[Service, ...]:
        """The services whose image is built from a file, and those that share that image."""
        ends = [each for each in self.services.values() if each.dockerfile is not None]
        built = {each.name for each in ends if _same(str(each.dockerfile), dockerfile)}
        images = {self.services[name].image for name in built} - {None}
        return tuple(
            each for each in self.services.values() if each.name in built or each.image in images
        )


def read(*paths: Path, variables: Mapping[str, str] | None = None) -> Composed:
    """The services that the files give together, the later laid over the earlier."""
    merged: Mapping[str, Any] = {}
    for path in paths:
        merged = merge(merged, _services(_loaded(path), path, variables or {}))
    return Composed({name: Service(name, said) for name, said in merged.items()})


def merge(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """One mapping laid over another."""
    merged = dict(under)
    for key, value in over.items():
        before = merged.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            merged[key] = merge(before, value)
        elif isinstance(before, list) and isinstance(value, list) and key not in _REPLACED:
            merged[key] = [*before, *(each for each in value if each not in before)]
        else:
            merged[key] = value
    return merged


def filled(text: str, variables: Mapping[str, str]) -> str:
    """A string with its variables filled; one that is needed and not there raises `NoVerdict`."""

    def put(spot: re.Match[str]) -> str:
        dollar, braced, how, word, bare = spot.groups()
        if dollar:
            return "$"
        found = variables.get(braced or bare)
        is_there = bool(found) if (how or "").startswith(":") else found is not None
        match (how or "").lstrip(":"):
            case "+":
                return word if is_there else ""
            case "-" if not is_there:
                return filled(word, variables)
            case "?" if not is_there:
                raise NoVerdict(f"{braced} is needed and has no value: {word}")
        return found or ""

    return _VARIABLE.sub(put, text)


def bytes_of(text: str) -> int:
    """`512m`, `512M`, `0.5g`, `536870912` in bytes."""
    matched = _BYTES.fullmatch(text.strip())
    if matched is None:
        raise NoVerdict(f"{text!r} is no size; Compose writes 512m")
    return round(float(matched[1]) * _UNITS[matched[2].lower()])


def _loaded(path: Path) -> Mapping[str, Any]:
    try:
        import yaml  # noqa: PLC0415 - an extra: whoever has no Compose files needs none
    except ImportError:
        raise NotAsked(
            "reading Compose files needs the Python package PyYAML, which is not installed",
            remedy="pip install proofbook[docker]",
        ) from None
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise NoVerdict(f"{path} cannot be read: {error}") from None
    if not isinstance(said, dict):
        raise NoVerdict(f"{path} is no Compose file: it holds no mapping")
    return said


def _services(
    document: Mapping[str, Any], path: Path, variables: Mapping[str, str]
) -> dict[str, Any]:
    services = document.get("services")
    if not isinstance(services, dict) or not all(isinstance(s, dict) for s in services.values()):
        raise NoVerdict(f"{path} is no Compose file: it names no services")
    plain = {name: _plain(said, variables) for name, said in services.items()}
    return {name: _extended(name, plain, path, variables) for name in plain}


def _extended(
    name: str, plain: Mapping[str, Any], path: Path, variables: Mapping[str, str]
) -> dict[str, Any]:
    """A service laid over the one that it extends, of this file or another."""
    said = dict(plain[name])
    base = said.pop("extends", None)
    if base is None:
        return said
    base = {"service": base} if isinstance(base, str) else base
    place = path.parent / base["file"] if base.get("file") else path
    others = plain if place == path else _services(_loaded(place), place, variables)
    if base["service"] not in others or (others is plain and base["service"] == name):
        raise NoVerdict(f"{path}: {name} extends {base['service']}, which is not there")
    under = others[base["service"]]
    return merge(
        _extended(base["service"], plain, path, variables) if others is plain else under, said
    )


def _plain(said: Any, variables: Mapping[str, str], key: str = "") -> Any:
    """A value with variables filled and short forms written out."""
    match said:
        case str():
            said = filled(said, variables)
            return {"context": said} if key == "build" else [said] if key == "env_file" else said
        case dict():
            return {str(name): _plain(value, variables, str(name)) for name, value in said.items()}
        case list() if key in _MAPPINGS:
            pairs = (filled(str(each), variables).partition("=") for each in said)
            return {name: value if equals else None for name, equals, value in pairs}
        case list():
            return [_plain(each, variables) for each in said]
    return said


def _texts(said: Mapping[str, Any]) -> dict[str, str | None]:
    """Variables as a program is told them."""
    return {name: value if value is None else str(value) for name, value in said.items()}


def _same(one: str, other: str) -> bool:
    """Whether two paths name one file, as far as the shorter goes."""
    a, b = (tuple(part for part in path.split("/") if part != ".") for path in (one, other))
    length = min(len(a), len(b))
    return a[-length:] == b[-length:]
