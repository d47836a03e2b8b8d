"""Entries: what is signed comes back, and nothing else is an entry."""

from __future__ import annotations

import json
import re

import pytest

from proofbook.log.entry import Entry, entry, payload

ENTRY = Entry("plan", "2026-11-21T12:00:00Z", "b" * 40, "", {"claim": "shop.open — now"})
FIELDS = json.loads(payload(ENTRY))


def test_an_entry_comes_back() -> None:
    """ASCII, whatever it says."""
    assert entry(payload(ENTRY)) == ENTRY
    assert payload(ENTRY).isascii()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "it holds no entry"),
        (b"[" * 100_000, "it is nested too deeply"),
        (
            json.dumps({**FIELDS, "schema": 2, "more": 1}).encode(),
            "its schema is 2, and this Proofbook reads schema 1; use a newer one",
        ),
        (
            json.dumps({**FIELDS, "schema": "1"}).encode(),
            "its schema is '1', and this Proofbook reads schema 1; use a newer one",
        ),
        (
            json.dumps({**FIELDS, "more": 1}).encode(),
            "its keys are not those of an entry; missing or unknown: more",
        ),
        (
            json.dumps({k: v for k, v in FIELDS.items() if k != "at"}).encode(),
            "its keys are not those of an entry; missing or unknown: at",
        ),
        (
            json.dumps({**FIELDS, "suite": 1}).encode(),
            "a key of the entry holds another kind of value than an entry has",
        ),
        (
            json.dumps({**FIELDS, "body": []}).encode(),
            "a key of the entry holds another kind of value than an entry has",
        ),
        (
            json.dumps({**FIELDS, "at": "2026-11-21T12:00:00"}).encode(),
            "2026-11-21T12:00:00 is an instant without an offset",
        ),
        (json.dumps({**FIELDS, "at": "noon"}).encode(), "Invalid isoformat string: 'noon'"),
    ],
)
def test_other_bytes_are_no_entry(data: bytes, message: str) -> None:
    """Whoever signed them."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        entry(data)
