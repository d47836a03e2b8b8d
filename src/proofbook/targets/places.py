"""
Which addresses a target names, and which of them another target protects.

An address is written `host:port`, in lower case, with every name of this machine as `127.0.0.1`; a
reference whose value only the stack will know is an address as it is written, `env:PROD_URL`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from proofbook.targets.references import reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proofbook.targets.lines import KeyPath
    from proofbook.targets.model import Target

#: What this machine is called by itself.
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "0.0.0.0", "::"})  # noqa: S104 - compared, not bound

_PORTS = {
    "amqp": 5672,
    "http": 80,
    "https": 443,
    "mysql": 3306,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
}
_ADDRESS_KEYS = frozenset({"http", "postgres", "sql", "url"})
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>]+")
_SETTING = re.compile(r"(?:^|\s)(host|hostaddr|port)\s*=\s*'?([^\s']+)")


def address(host: str, port: int) -> str:
    """The one way to write an address."""
    name = host.lower().strip("[]").rstrip(".")
    return f"{'127.0.0.1' if name in LOOPBACK else name}:{port}"


def addresses(text: str) -> frozenset[str]:
    """The addresses that a string holds: of URLs, of `host=… port=…`, or the reference that it is."""
    if reference(text):
        return frozenset({text})
    found = (_of_url(url[0]) for url in _URL.finditer(text))
    return frozenset(each for each in found if each) | _of_settings(text)


def strings(value: object, path: KeyPath = ()) -> Iterator[tuple[KeyPath, str]]:
    """Every string of a TOML document with the way to it."""
    match value:
        case str():
            yield path, value
        case dict():
            for key, inner in value.items():
                yield from strings(inner, (*path, key))
        case list():
            for index, inner in enumerate(value):
                yield from strings(inner, (*path, index))
        case _:
            pass


def named(document: Mapping[str, Any]) -> dict[KeyPath, frozenset[str]]:
    """
    Every place of a target's document that holds an address → the addresses.

    A URL is one wherever it stands, also in an environment; a reference only where an address is
    asked for, since elsewhere it may be any secret.
    """
    found = {}
    for path, text in strings(dict(document)):
        if path[0] != "secrets" and (_is_own(path) or not reference(text)):
            found[path] = addresses(text)
    return {path: each for path, each in found.items() if each}


def own(document: Mapping[str, Any]) -> frozenset[str]:
    """The addresses of the deployment itself: not those that its programs are told of."""
    found = (each for path, each in named(document).items() if _is_own(path))
    return frozenset().union(*found)


def leads_out(document: Mapping[str, Any]) -> bool:
    """Whether anything in it is, or may turn out to be, an address."""
    return bool(named(document)) or any(
        (referred := reference(text)) and referred.scheme != "generate"
        for _, text in strings(dict(document))
    )


def forbidden(targets: Iterable[Target]) -> dict[str, str]:
    """The addresses that the protected ones among `targets` name → the file that protects each."""
    return {
        each: target.path for target in targets if target.protected for each in target.addresses
    }


def protected(document: Mapping[str, Any], path: str) -> dict[str, str]:
    """What `forbidden` says of one document, also of one that is otherwise no target."""
    return dict.fromkeys(own(document), path) if document.get("protected") is True else {}


def _is_own(path: KeyPath) -> bool:
    return path[-1] in _ADDRESS_KEYS and "env" not in path[:-1]


def _of_url(url: str) -> str | None:
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower())
    except ValueError:
        return None
    host = parts.hostname
    return address(host, port) if host and port and "{" not in host else None


def _of_settings(text: str) -> frozenset[str]:
    """The form of libpq itself: `host=db.example port=5432 dbname=app`."""
    settings = dict(_SETTING.findall(text))
    host, port = settings.get("host") or settings.get("hostaddr"), settings.get("port", "5432")
    if not host or host.startswith("/") or "{" in host + port or not port.isdecimal():
        return frozenset()
    return frozenset({address(host, int(port))})
