"""What pgBackRest prints: its code says that all is well, and its words may not."""

from __future__ import annotations

import json

import pytest

from proofbook.instruments.restore.broken import Broken
from proofbook.instruments.restore.pgbackrest import backups, verified

GOOD = """\
stanza: main
status: ok
  archiveId: 15-1, total WAL checked: 7, total valid WAL: 7
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
  backup: 20261121-030000F, status: valid, total files checked: 1268, total valid files: 1268
    missing: 0, checksum invalid: 0, size invalid: 0, other: 0
"""
BAD = GOOD.replace("status: ok", "status: error").replace(
    "checksum invalid: 0, size invalid: 0, other: 0\n  backup",
    "checksum invalid: 1, size invalid: 0, other: 0\n  backup",
)


def test_a_repository_that_is_whole_is_told() -> None:
    """Every status is that of something whole, and every count is zero."""
    assert verified(GOOD) == "pgbackrest verify says that every file is whole"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BAD, "pgbackrest verify says: checksum invalid 1"),
        (GOOD.replace("status: ok", "status: error"), "pgbackrest verify says: status error"),
        (
            GOOD.replace("status: valid", "status: invalid"),
            "pgbackrest verify says: status invalid",
        ),
        (
            "P00   INFO: verify command end: completed successfully\n",
            "pgbackrest verify says no status",
        ),
        ("", "pgbackrest verify says no status"),
    ],
)
def test_a_repository_that_is_not_is_told_whatever_its_code_was(text: str, told: str) -> None:
    """Silence is no word for it either."""
    with pytest.raises(Broken) as raised:
        verified(text)
    assert raised.value.told == told


def test_the_listing_of_info_is_read() -> None:
    """The oldest first; one that ended in an error is none."""

    def told(label: str, stop: int, **more: object) -> dict[str, object]:
        times = {"start": stop - 9, "stop": stop}
        return {"label": label, "timestamp": times, "info": {"size": 7}, **more}

    days = [told("b", 1_764_000_000), told("a", 1_763_900_000), told("c", 9, error=True)]
    found = backups(json.dumps([{"name": "main", "backup": days}]))
    assert [(each.name, each.bytes) for each in found] == [("a", 7), ("b", 7)]
    assert found[0].at.isoformat() == "2025-11-23T12:13:20+00:00"
    with pytest.raises(ValueError, match=r"^it is no `pgbackrest info --output=json`: 'backup'$"):
        backups('[{"name": "main"}]')
