"""Listings of backups: what is one, when it was taken, and whether the schedule is kept."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.restore.artefacts import Artefact, lateness, listed, newest

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_a_name_tells_its_instant() -> None:
    """As jobs name their files; what tells none is no backup."""
    found = listed(
        "kernel-20261121T093000Z.dump\napp_2026-11-20.sql.gz\n2026-11-19T09:30:05Z/base.tar\n"
        "README\n\nlatest -> app_today\nx-20269901T000000Z\n12345678901234567890\n"
    )
    assert [(each.name, each.at) for each in found] == [
        ("2026-11-19T09:30:05Z/base.tar", datetime(2026, 11, 19, 9, 30, 5, tzinfo=UTC)),
        ("app_2026-11-20.sql.gz", datetime(2026, 11, 20, tzinfo=UTC)),
        ("kernel-20261121T093000Z.dump", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
    ]
    assert [each.stem for each in found] == ["base", "app_2026-11-20", "kernel-20261121T093000Z"]


def test_a_line_of_json_says_more() -> None:
    """Its instant and its bytes."""
    (found,) = listed('{"name": "b7", "at": "2026-11-21T10:00:00+02:00", "bytes": 9}')
    assert (found.at, found.bytes) == (datetime(2026, 11, 21, 8, tzinfo=UTC), 9)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"at": "2026-11-21T10:00:00Z"}', 'a line of the listing is an object without a "name"'),
        (
            '{"name": "b7"}',
            'b7: the listing tells no instant of it; give it an "at" with an offset',
        ),
        (
            '{"name": "b7", "at": "2026-11-21T10:00:00"}',
            'b7: the listing tells no instant of it; give it an "at" with an offset',
        ),
        ('{"name": "b-20261121", "bytes": "9"}', "b-20261121: its bytes are '9', no whole number"),
    ],
)
def test_a_line_that_is_wrong_is_said(line: str, told: str) -> None:
    """Nothing is guessed."""
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        listed(line)


def test_a_schedule_that_is_not_kept_is_told() -> None:
    """Nothing there, too old, from the future; what is in time is not."""
    old = Artefact(name="a", at=NOW - 3 * DAY)
    assert lateness(None, DAY, NOW) == "there is no backup"
    assert (
        lateness(old, DAY, NOW) == "the newest backup, a, is 3.0 d old, and one is due every 24.0 h"
    )
    ahead = Artefact(name="a", at=NOW + 2 * DAY)
    assert (
        lateness(ahead, DAY, NOW)
        == "the newest backup, a, is from the future: 2026-11-23T12:00:00+00:00"
    )
    assert lateness(Artefact(name="a", at=NOW - DAY), DAY, NOW) == ""


@given(st.lists(st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)), unique=True))  # noqa: DTZ001 - made aware below
def test_the_newest_is_the_last_taken_whatever_the_order(moments: list[datetime]) -> None:
    """Of none, none."""
    names = [f"b-{each:%Y%m%dT%H%M%SZ}" for each in moments]
    found = newest(listed("\n".join(names)))
    assert (found.name if found else None) == max(names, default=None)
