"""
Entries of a chain: what is signed, and the line of the file that it becomes.

A line is a DSSE envelope around a small JSON object: its schema, what kind of entry it is, when it
was made, the commit of the suite, the digest of the line before it, and its body. The last line's
signature therefore speaks for all lines before it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from proofbook import dsse

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The kind of an envelope around an entry.
PAYLOAD = "application/vnd.proofbook.entry+json"
#: The schema that this version writes; it reads every one up to it.
SCHEMA = 1
#: What the first entry of a chain goes on from.
NOTHING = ""
#: What a run's chain is made of, in this order.
PLAN, RECORD, END = "plan", "record", "end"
#: What people, and the tool for them, put down: chains of one entry.
ACTS = (
    "answer",
    "waiver",
    "override",
    "decision",
    "retirement",
    "rewording",
    "drill",
    "prune",
)
_KEYS = {"schema", "kind", "at", "suite", "previous", "body"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a chain, its envelope opened."""

    kind: str
    #: RFC 3339 with an offset.
    at: str
    #: Commit of the suite that wrote it.
    suite: str
    #: Digest of the line before; `NOTHING` for the first.
    previous: str
    body: Mapping[str, Any]


def payload(entry: Entry) -> bytes:
    """The bytes that are signed, ASCII."""
    whole = {
        "schema": SCHEMA,
        "kind": entry.kind,
        "at": entry.at,
        "suite": entry.suite,
        "previous": entry.previous,
        "body": dict(entry.body),
    }
    return json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()


def entry(data: bytes) -> Entry:
    """The entry that `payload` wrote; `ValueError` for any other bytes."""
    try:
        whole = json.loads(data)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if type(whole) is not dict:
        raise ValueError("it holds no entry")
    if whole.keys() != _KEYS:
        if whole.get("schema", SCHEMA) != SCHEMA:
            raise ValueError(_newer(whole["schema"]))
        odd = ", ".join(sorted(_KEYS ^ whole.keys()))
        raise ValueError(f"its keys are not those of an entry; missing or unknown: {odd}")
    if whole["schema"] != SCHEMA:
        raise ValueError(_newer(whole["schema"]))
    kind, at, suite, previous, body = (
        whole["kind"],
        whole["at"],
        whole["suite"],
        whole["previous"],
        whole["body"],
    )
    if not type(kind) is type(at) is type(suite) is type(previous) is str or type(body) is not dict:
        raise ValueError("a key of the entry holds another kind of value than an entry has")
    if datetime.fromisoformat(at).tzinfo is None:
        raise ValueError(f"{at} is an instant without an offset")
    return Entry(kind, at, suite, previous, body)


def sealed(entry: Entry, *signers: dsse.Signer) -> bytes:
    """The line, signed, without its line end."""
    return dsse.sealed(payload(entry), *signers, kind=PAYLOAD).encode()


def digest(line: bytes) -> str:
    """SHA-256 of a line without its end, hexadecimal: what `sha256sum` says of it."""
    return sha256(line).hexdigest()


def _newer(schema: object) -> str:
    return f"its schema is {schema!r}, and this Proofbook reads schema {SCHEMA}; use a newer one"
