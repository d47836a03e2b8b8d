"""
Any JSON string in a PostgreSQL text column.

PostgreSQL's text holds no U+0000 and no lone surrogate, JSON strings may hold both. Such a string is stored as a
mark and its JSON escapes, and comes back as it went in; every other string is stored as it is.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from psycopg.adapt import Loader
from psycopg.pq import Format

if TYPE_CHECKING:
    from psycopg import AsyncConnection

#: Opens a stored string that is escaped. A string that opens with it anyway is escaped too.
MARK = "\x01"
UNSTORABLE = re.compile("\x00|^\x01|[\ud800-\udfff]")


def stored(text: str) -> str:
    """What the column holds for a string."""
    return MARK + json.dumps(text) if UNSTORABLE.search(text) else text


def restored(text: str) -> str:
    """The string that a column's text stands for."""
    return str(json.loads(text[1:])) if text.startswith(MARK) else text


def storable(value: object) -> object:
    """A query's value with every string in it as it is stored; a list is looked at as a whole, most hold nothing odd."""
    if isinstance(value, str):
        return stored(value)
    if isinstance(value, list):
        joined = "".join(item for item in value if isinstance(item, str))
        if not joined.isascii() or "\x00" in joined or MARK in joined:
            return [storable(item) for item in value]
    return value


class _TextLoader(Loader):
    format = Format.TEXT

    def load(self, data: bytes | bytearray | memoryview) -> str:
        text = str(data, "utf-8")
        return restored(text) if text.startswith(MARK) else text


def register(connection: AsyncConnection[object]) -> None:
    """Make a connection read every string as what it stands for."""
    connection.adapters.register_loader("text", _TextLoader)
