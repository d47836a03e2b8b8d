"""An address in all its parts, and the same address by way of a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from proofbook.errors import NotAsked
from proofbook.targets import places

_POSTGRES = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is reached; the parts are plain text, the URL has them percent-encoded."""

    url: str
    host: str
    #: 0 where neither the URL nor its scheme says it.
    port: int
    user: str = ""
    password: str = ""
    #: The URL's path without its slash: a database's name or number.
    database: str = ""

    @classmethod
    def of(cls, url: str) -> Address:
        """The parts of a URL, or of libpq's `host=… port=…`. Raises `NotAsked` if it is neither."""
        if "://" not in url:
            return cls._of_settings(url)
        try:
            parts = urlsplit(url)
        except ValueError:
            raise NotAsked("an address of the target is no URL") from None
        return cls(
            url=url,
            host=parts.hostname or "",
            port=_port(url),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            database=unquote(parts.path.removeprefix("/")),
        )

    @classmethod
    def _of_settings(cls, text: str) -> Address:
        try:
            said = conninfo_to_dict(text)
        except ProgrammingError:
            raise NotAsked("an address of the target is neither a URL nor host=… port=…") from None
        return cls(
            url=text,
            host=str(said.get("host", "")),
            port=int(str(said.get("port", _POSTGRES))),
            user=str(said.get("user", "")),
            password=str(said.get("password", "")),
            database=str(said.get("dbname", "")),
        )

    def through(self, proxy: str) -> Address:
        """The same by way of `proxy`, which is `host:port` or a URL that begins with it."""
        if "://" not in self.url:
            raise NotAsked("an address that is no URL cannot be put behind a proxy")
        other = urlsplit(proxy if "://" in proxy else f"//{proxy}")
        parts = urlsplit(self.url)
        credentials, at, _ = parts.netloc.rpartition("@")
        place = f"{credentials}{at}{other.netloc.rpartition('@')[2]}"
        changed = SplitResult(parts.scheme, place, parts.path, parts.query, parts.fragment)
        return Address.of(changed.geturl())


def _port(url: str) -> int:
    """The URL's port, or its scheme's; 0 if neither is known."""
    for place in places.addresses(url):
        return int(place.rpartition(":")[2])
    return 0
