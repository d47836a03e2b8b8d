"""The handbook's page on alerts says what the table may hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from proofbook.alerts import table

PAGE = (Path(__file__).parents[3] / "runbooks/handbook/alerts.md").read_text(encoding="utf-8")


def keys_of(heading: str) -> set[str]:
    """What stands in the first column of the table that begins so."""
    rows = PAGE.partition(f"| key of `{heading}` |")[2].partition("\n\n")[0].splitlines()[2:]
    return {key for row in rows for key in re.findall(r"`([\w.<>]+)`", row.split("|")[1])}


@pytest.mark.parametrize(
    ("heading", "known"),
    [
        ("alerts.<Name>", {*table._ALERT}),
        ("slos.<Name>", {*table._SLO}),
        ("burn", {*table._BURN, "levels.<Name>"} - {"levels"}),
    ],
)
def test_every_key_is_in_its_table(heading: str, known: set[str]) -> None:
    """And nothing else is."""
    assert keys_of(heading) == known
