"""Manifests: written and read, and what differs from them."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.restore.manifests import (
    Content,
    Manifest,
    differences,
    manifest,
    text,
)

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
TABLES = st.dictionaries(st.text(min_size=1), st.builds(Content, st.integers(0), st.text()))


def of(tables: dict[str, Content], schema: str | None = "003") -> Manifest:
    """A manifest with these tables."""
    return Manifest(
        database="app",
        snapshot_at=AT,
        tables=tables,
        server_version="16.14",
        schema_version=schema,
        bytes=7,
        sha256="ab",
    )


@given(TABLES, st.none() | st.text())
def test_what_is_written_is_read(tables: dict[str, Content], schema: str | None) -> None:
    """More keys are left alone."""
    made = of(tables, schema)
    assert manifest(text(made, system="kernel", auditHead={"count": 1})) == made


@given(TABLES, TABLES)
def test_two_manifests_differ_unless_their_tables_are_equal(
    one: dict[str, Content], other: dict[str, Content]
) -> None:
    """Table by table, and in both directions."""
    assert (differences(of(one), of(other)) == ()) == (one == other)
    assert len(differences(of(one), of(other))) == len(differences(of(other), of(one)))


def test_a_difference_says_what_is_the_case() -> None:
    """Missing, unknown, more rows, other rows, another schema."""
    promised = of({"a": Content(1, "x"), "b": Content(2, "x"), "c": Content(3, "x")})
    found = of({"b": Content(5, "x"), "c": Content(3, "y"), "d": Content(0, "0")}, "002")
    assert differences(promised, found) == (
        "a: it is missing",
        "b: 5 rows, not 2",
        "c: as many rows (3), and not the same",
        "d: the manifest does not know it",
        "the schema's version is 002, not 003",
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": 2}, "its version is 2; this reads version 1"),
        ({"snapshotAt": "2026-11-21T12:00:00"}, "its snapshotAt has no offset"),
        ({"tables": []}, "it is no manifest"),
        ({"tables": {"a": {"rows": "1", "fingerprint": "x"}}}, "it is no manifest"),
        ({"tables": {"a": {"rows": 1}}}, "it lacks fingerprint"),
    ],
)
def test_what_is_no_manifest_says_why(change: dict[str, object], told: str) -> None:
    """Before anything is restored."""
    whole = json.loads(text(of({}))) | change
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        manifest(json.dumps(whole))


def test_a_manifest_that_lacks_its_digest_is_none() -> None:
    """It could not say which dump it is of."""
    whole = json.loads(text(of({})))
    del whole["sha256"]
    with pytest.raises(ValueError, match="it lacks sha256"):
        manifest(json.dumps(whole))
