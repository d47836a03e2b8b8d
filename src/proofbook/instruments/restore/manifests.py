"""
What a backup says that is in it, and how what was restored differs from that.

A manifest is JSON, made in the snapshot of its dump:

    {"version": 1, "system": "kernel", "file": "…", "format": "pg_dump-custom", "bytes": 1, "sha256": "…",
     "database": "kernel", "serverVersion": "16.14", "schemaVersion": "003_…", "snapshotAt": "…", "finishedAt": "…",
     "tables": {"<table>": {"rows": 10, "fingerprint": "…"}}}

More keys are allowed and left alone. A fingerprint is the text of
`coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)` with TimeZone UTC: of rows in any order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSION = 1
_NO_TABLES: Mapping[str, Content] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Content:
    """Of one table: how many rows, and their fingerprint."""

    rows: int
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is known of a database at one instant, and of the file that it was dumped to."""

    database: str
    #: When the snapshot was taken; aware.
    snapshot_at: datetime
    tables: Mapping[str, Content] = field(default_factory=lambda: _NO_TABLES)
    server_version: str = ""
    #: `None`: the database keeps no list of its migrations.
    schema_version: str | None = None
    #: Of the dump as it was made, before it was encrypted.
    bytes: int | None = None
    sha256: str = ""

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(each.rows for each in self.tables.values())


def manifest(text: str) -> Manifest:
    """The manifest in a file. Raises `ValueError` with what is wrong with it."""
    try:
        said = json.loads(text)
        return _manifest(said)
    except (TypeError, AttributeError, RecursionError):
        raise ValueError("it is no manifest") from None
    except KeyError as error:
        raise ValueError(f"it lacks {error.args[0]}") from None


def text(found: Manifest, **more: object) -> str:
    """The file of a manifest; `more` keys come first: `file`, `system`, `format`."""
    whole = {
        "version": VERSION,
        **more,
        "bytes": found.bytes,
        "sha256": found.sha256,
        "database": found.database,
        "serverVersion": found.server_version,
        "schemaVersion": found.schema_version,
        "snapshotAt": found.snapshot_at.isoformat().replace("+00:00", "Z"),
        "tables": {
            name: {"rows": each.rows, "fingerprint": each.fingerprint}
            for name, each in sorted(found.tables.items())
        },
    }
    return json.dumps(whole, indent=1) + "\n"


def differences(promised: Manifest, found: Manifest) -> tuple[str, ...]:
    """What was restored otherwise than the manifest says, table by table, and the schema's version."""
    wrong = [
        f"{name}: {_difference(promised.tables.get(name), found.tables.get(name))}"
        for name in sorted(promised.tables.keys() | found.tables.keys())
        if promised.tables.get(name) != found.tables.get(name)
    ]
    if promised.schema_version != found.schema_version:
        wrong.append(
            f"the schema's version is {found.schema_version}, not {promised.schema_version}"
        )
    return tuple(wrong)


def _manifest(said: dict[str, Any]) -> Manifest:
    if said["version"] != VERSION:
        raise ValueError(f"its version is {said['version']!r}; this reads version {VERSION}")
    at = datetime.fromisoformat(said["snapshotAt"])
    if at.tzinfo is None:
        raise ValueError("its snapshotAt has no offset")
    return Manifest(
        database=str(said["database"]),
        snapshot_at=at,
        tables={name: _content(each) for name, each in said["tables"].items()},
        server_version=str(said.get("serverVersion", "")),
        schema_version=said.get("schemaVersion"),
        bytes=said["bytes"],
        sha256=said["sha256"],
    )


def _content(said: dict[str, Any]) -> Content:
    rows, fingerprint = said["rows"], said["fingerprint"]
    if type(rows) is not int or not isinstance(fingerprint, str):
        raise TypeError
    return Content(rows, fingerprint)


def _difference(promised: Content | None, found: Content | None) -> str:
    if found is None:
        return "it is missing"
    if promised is None:
        return "the manifest does not know it"
    if promised.rows != found.rows:
        return f"{found.rows} rows, not {promised.rows}"
    return f"as many rows ({found.rows}), and not the same"
