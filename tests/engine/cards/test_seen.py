"""How often claims were seen to fail, as `proofbook faults` wrote it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.cards.seen import Seen, read, read_all
from proofbook.errors import ReportError
from proofbook.matrix import Seen as Counted
from proofbook.report import seen

if TYPE_CHECKING:
    from pathlib import Path


def test_what_the_faults_verb_writes_is_read_back() -> None:
    """Writer and reader agree."""
    counted = {"demo.once": Counted(seen=1, faults=("demo.twice", "demo.never"))}
    text = seen.to_json("demo", "local", "2026-11-21T12:00:00Z", counted)

    assert read(text, "x.json") == {"demo.once": Seen(1, 2, ("demo.twice", "demo.never"))}


NO_COUNT = "reports/faults/x.json: this is no count of faults; run `proofbook faults` for its system again."


@pytest.mark.parametrize(
    ("text", "message"),
    {
        "": NO_COUNT,
        "[]": NO_COUNT,
        '{"schema": 1}': NO_COUNT,
        '{"schema": 1, "claims": {"a.b": {"seen": 1}}}': NO_COUNT,
        '{"schema": 1, "claims": []}': NO_COUNT,
        '{"schema": 2}': "reports/faults/x.json: schema 2 is unknown; read it with a newer proofbook.",
    }.items(),
)
def test_a_damaged_count_is_an_error(text: str, message: str) -> None:
    """Nothing is shown as seen to fail that cannot be read."""
    with pytest.raises(ReportError) as raised:
        read(text, "reports/faults/x.json")

    assert str(raised.value) == message


def test_the_counts_of_all_systems_are_read(tmp_path: Path) -> None:
    """One file a system; none is no count."""
    assert read_all(tmp_path) == {}
    folder = tmp_path / "reports" / "faults"
    folder.mkdir(parents=True)
    for system in ("b", "a"):
        counted = {f"{system}.x": Counted(seen=0, faults=())}
        (folder / f"{system}.json").write_text(seen.to_json(system, "local", "now", counted))

    assert read_all(tmp_path) == {"a.x": Seen(0, 0, ()), "b.x": Seen(0, 0, ())}


def test_a_count_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    """The message names the file."""
    file = tmp_path / "reports" / "faults" / "a.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff")

    with pytest.raises(ReportError) as raised:
        read_all(tmp_path)

    assert str(raised.value) == (
        "reports/faults/a.json: it cannot be read: 'utf-8' codec can't decode byte 0xff in position "
        "0: invalid start byte."
    )
