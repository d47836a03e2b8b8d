"""Client programs: how they are run, and which of their words are no fault of the backup."""

from __future__ import annotations

from typing import Any

import pytest

from proofbook.errors import NoVerdict
from proofbook.instruments.restore import programs
from proofbook.instruments.restore.broken import Broken


def test_a_password_goes_by_the_environment() -> None:
    """No list of processes shows it."""
    place, secret = programs.apart("postgresql://app:pa55@127.0.0.1:9/app")
    assert "pa55" not in place
    assert secret == {"PGPASSWORD": "pa55"}
    assert programs.apart("host=127.0.0.1 dbname=app")[1] == {}


def test_a_program_that_cannot_be_run_or_does_not_end_is_no_verdict() -> None:
    """It says nothing of the backup."""
    with pytest.raises(NoVerdict, match=r"^/no/program cannot be run: No such file or directory$"):
        programs.finished(["/no/program"])
    with pytest.raises(NoVerdict, match=r"^sleep had not ended after 0\.1 s$"):
        programs.finished(["sleep", "9"], seconds=0.1)


@pytest.mark.parametrize(
    ("said", "kind", "told"),
    [
        (
            'pg_restore: error: ERROR:  extension "postgis" is not available',
            NoVerdict,
            "the extension postgis is not installed here: it cannot be restored",
        ),
        (
            "pg_restore: error: unsupported version (1.17) in file header",
            NoVerdict,
            "pg_restore 16 cannot read it: a newer PostgreSQL made it",
        ),
        (
            "pg_restore: error: could not read from input file: end of file",
            Broken,
            (
                "restore: pg_restore ended with code 1: "
                "pg_restore: error: could not read from input file: end of file"
            ),
        ),
    ],
)
def test_what_this_machine_lacks_is_told_from_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, said: str, kind: type[Exception], told: str
) -> None:
    """An extension, a newer version: another machine could restore it."""

    def finished(*_: Any, **__: Any) -> tuple[int, str, str]:
        return 1, "", said

    monkeypatch.setattr(programs, "finished", finished)
    with pytest.raises(kind) as raised:
        programs.run("restore", "pg_restore")
    assert str(raised.value) == told
