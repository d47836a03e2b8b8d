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
from psycopg.types.string import StrDumperUnknown

if TYPE_CHECKING:
    from psycopg import AsyncConnection
    from psycopg.adapt import Dumper

#: Opens a stored string that is escaped. A string that opens with it anyway is escaped too.
MARK = "\x01"
UNSTORABLE = re.compile("\x00|^\x01|[\ud800-\udfff]")


def stored(text: str) -> str:
    """What the column holds for a string."""
    return MARK + json.dumps(text) if UNSTORABLE.search(text) else text


def restored(text: str) -> str:
    """The string that a column's text stands for."""
    return str(json.loads(text[1:])) if text.startswith(MARK) else text


class _TextDumper(StrDumperUnknown):
    def dump(self, obj: str) -> bytes:
        # Called for each string of each array: the usual case first.
        if obj.isascii() and "\x00" not in obj and obj[:1] != MARK:
            return obj.encode()
        return stored(obj).encode("utf-8")


class _TextLoader(Loader):
    format = Format.TEXT

    def load(self, data: bytes | bytearray | memoryview) -> str:
        text = str(data, "utf-8")
        return restored(text) if text.startswith(MARK) else text


def register(connection: AsyncConnection[object]) -> None:
    """Make a connection store and read every string this way."""
    dumper: type[Dumper] = _TextDumper
    connection.adapters.register_dumper(str, dumper)
    connection.adapters.register_loader("text", _TextLoader)
