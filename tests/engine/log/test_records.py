"""Records as evidence: their text comes back, for their own run only."""

from __future__ import annotations

import json
import re

import pytest

from proofbook.log import records
from tests.engine.store.samples import PASS, record, run

RECORD = record("shop.open", PASS, valid_until="2027-02-21T12:00:00Z")
TEXT = records.text(RECORD, run("r1"))
WHOLE = json.loads(TEXT)


def changed(**fields: object) -> bytes:
    """The text with other fields."""
    return json.dumps({**WHOLE, **fields}).encode()


def test_a_record_comes_back() -> None:
    """With the suite's commit and its schema beside it."""
    assert records.record(TEXT, "r1") == RECORD
    assert (WHOLE["schema"], WHOLE["suite"], WHOLE["run"]) == (1, "b" * 40, "r1")


def test_what_an_earlier_version_did_not_know_has_its_default() -> None:
    """A record without attachments is one that has none."""
    old = json.loads(TEXT)
    del old["record"]["cases"][0]["attempts"][0]["attachments"]
    assert records.record(json.dumps(old).encode(), "r1") == RECORD


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[]", "it holds no record"),
        (b"{}", "it holds no record"),
        (b"[" * 100_000, "it is nested too deeply"),
        (changed(schema=2), "its schema is 2, and this Proofbook reads 1; use a newer one"),
        (changed(run="r2"), "it is of the run 'r2'"),
        (changed(verdict="fail"), "it says 'fail', and its cases come to pass"),
        (changed(record=None), "record is null where an object belongs"),
        (
            changed(record={**WHOLE["record"], "valid_until": "2027-02-21T12:00:00"}),
            "2027-02-21T12:00:00 is an instant without an offset",
        ),
        (
            changed(record={**WHOLE["record"], "cases": [1]}),
            "record.cases[0] is a whole number where an object belongs",
        ),
        (
            changed(record={**WHOLE["record"], "cases": {}}),
            "record.cases is an object where a list or an object belongs",
        ),
    ],
)
def test_other_bytes_are_no_record(data: bytes, message: str) -> None:
    """Wherever they lie."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        records.record(data, "r1")
