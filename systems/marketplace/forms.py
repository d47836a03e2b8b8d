"""What the value of a variable may look like; each parser raises ValueError for anything else."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from systems.chassis.settings import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Network = ipaddress.IPv4Network | ipaddress.IPv6Network

DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d)?")
SECONDS = {None: 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,9})?")
WALLET = re.compile(r"0x[0-9a-fA-F]{40}")


def words(text: str) -> tuple[str, ...]:
    """The words of a comma list, trimmed."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def switch(text: str) -> bool:
    """`true` or `false`."""
    return one_of("true", "false")(text.lower()) == "true"


def number(text: str) -> float:
    """A number that is not negative, in decimals."""
    if not NUMBER.fullmatch(text):
        raise ValueError("a number is wanted")
    return float(text)


def positive(text: str) -> float:
    """A number above 0."""
    if not number(text):
        raise ValueError("a number above 0 is wanted")
    return number(text)


def share(text: str) -> float:
    """A number from 0 to 1."""
    if number(text) > 1:
        raise ValueError("a number from 0 to 1 is wanted")
    return number(text)


def duration(text: str) -> int:
    """Seconds of `900`, `900s`, `15m`, `1h`, `1d`; at least one."""
    found = DURATION.fullmatch(text)
    if not found or not int(found[1]):
        raise ValueError("a duration is wanted")
    return int(found[1]) * SECONDS[found[2]]


def address(text: str) -> str:
    """An http or https address, without its last slash."""
    told = urlsplit(text)
    if told.scheme not in ("http", "https") or not told.hostname:
        raise ValueError("an address is wanted")
    return text.rstrip("/")


def postgres(text: str) -> str:
    """A postgres URL as libpq takes it: `schema`, which is Prisma's own, becomes the search path."""
    if not text.startswith(("postgres://", "postgresql://")):
        raise ValueError("a postgres URL is wanted")
    base, _, query = text.partition("?")
    pairs = [pair for pair in query.split("&") if pair]
    schemas = [pair.removeprefix("schema=") for pair in pairs if pair.startswith("schema=")]
    kept = "&".join(pair for pair in pairs if not pair.startswith("schema="))
    try:
        told = conninfo_to_dict(f"{base}?{kept}" if kept else base)
    except ProgrammingError as problem:
        raise ValueError("a postgres URL is wanted") from problem
    if schemas and not re.fullmatch(r"\w{1,63}", schemas[0]):
        raise ValueError("a plain name of a schema is wanted")
    path = f"-c search_path={schemas[0]}" if schemas else ""
    # Instants are stored without an offset: whoever asks for the time of day is to be told that of UTC.
    options = str(told.get("options") or "")
    told["options"] = " ".join(filter(None, [options, path, "-c timezone=UTC"]))
    return make_conninfo("", **told)


def redis(text: str) -> str:
    """A redis URL."""
    told = urlsplit(text)
    if told.scheme not in ("redis", "rediss") or not told.hostname or told.port == 0:
        raise ValueError("a redis URL is wanted")
    return text


def wallet(text: str) -> str:
    """0x and 40 hexadecimal digits, in lower case."""
    if not WALLET.fullmatch(text):
        raise ValueError("0x and 40 hexadecimal digits are wanted")
    return text.lower()


def wallets(text: str) -> frozenset[str]:
    """Wallets of a comma list, in lower case."""
    return frozenset(map(wallet, words(text)))


def networks(text: str) -> Sequence[Network]:
    """Addresses and networks of a comma list."""
    return tuple(ipaddress.ip_network(word, strict=False) for word in words(text))


def json_object(text: str) -> Mapping[str, Any]:
    """A JSON object."""
    told = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("a JSON object is wanted")  # noqa: TRY004 - a bad value is what it is
    return told
