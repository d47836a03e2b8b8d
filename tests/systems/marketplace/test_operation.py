"""How an operator's command ends, and what it says of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg
import pytest

from systems.chassis.settings import Misconfigured
from systems.marketplace import ledger, operation
from systems.marketplace.ledger import Entry
from systems.marketplace.operation import Failed, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from systems.chassis.settings import Reader

ENTRY = Entry(
    environment="dev",
    action="backup",
    outcome="ok",
    operator="somebody",
    release="r1",
    details={"artifact": "a"},
)


@pytest.mark.parametrize(
    ("raised", "code", "told"),
    [
        (Misconfigured(("MIGRATION",), ()), 1, "config: MIGRATION: it is required\n"),
        (Refused("it had no dry run"), 2, "gate: it had no dry run\n"),
        (Failed("it broke"), 1, "it broke\n"),
        (Failed("pg_dump ended with 3", 3), 3, "pg_dump ended with 3\n"),
        (
            PermissionError(13, "Permission denied", "/secret"),
            1,
            "PermissionError: Permission denied\n",
        ),
        (psycopg.OperationalError("to host secret"), 1, "OperationalError: PostgreSQL\n"),
    ],
    ids=lambda told: type(told).__name__,
)
def test_a_command_says_how_it_ended(
    raised: Exception, code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 done, 1 a bad setting or a failure, 2 refused by a gate; no traceback, no address."""

    def run(_reader: Reader) -> None:
        raise raised

    with pytest.raises(SystemExit) as ended:
        operation.main(run)

    assert (ended.value.code, capsys.readouterr().err) == (code, told)


def test_the_ledger_only_grows(tmp_path: Path) -> None:
    """What is no row is passed over, and stays."""
    file = tmp_path / "ops" / "ledger.jsonl"
    assert ledger.read(file) == []
    ledger.append(file, ENTRY)
    with file.open("a", encoding="utf-8") as lines:
        lines.write('half a line\n{"action": "deploy"}\n')
    ledger.append(file, ENTRY)

    assert ledger.read(file) == [ENTRY, ENTRY]
    assert json.loads(file.read_text(encoding="utf-8").splitlines()[0]) == {
        "environment": "dev",
        "action": "backup",
        "outcome": "ok",
        "operator": "somebody",
        "release": "r1",
        "details": {"artifact": "a"},
        "ts": ENTRY.ts,
    }
