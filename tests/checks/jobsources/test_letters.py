"""The folder of dead letters as the checks read and write it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.jobsources.letters import Letters, told

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def letters(tmp_path: Path) -> Letters:
    """A folder with nothing in it."""
    return Letters(tmp_path / "some folder" / "letters")


def test_letters_wait_in_the_order_in_which_they_were_laid_there(letters: Letters) -> None:
    """Each is for its user only, and says what it was told."""
    paths = [letters.write({"payload": {"sourceRunId": name}}) for name in ("one", "two")]

    assert letters.kept() == paths
    assert [told(path)["payload"]["sourceRunId"] for path in paths] == ["one", "two"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}


def test_what_is_no_letter_is_not_among_them(letters: Letters) -> None:
    """A folder, a file of another kind, what was laid aside; a broken one is, and says nothing."""
    (letters.folder / "folder.json").mkdir()
    (letters.folder / "notes.txt").write_text("no letter")
    (letters.folder / "refused").mkdir()
    aside = letters.folder / "refused" / "one.json"
    aside.write_text("{}")
    broken = letters.write("{")

    assert (letters.kept(), letters.refused()) == ([broken], [aside])
    assert told(broken) == {}


def test_a_run_has_its_letters(letters: Letters) -> None:
    """Those that speak of it, and none of another's."""
    one, _ = (letters.write({"payload": {"sourceRunId": name}}) for name in ("one", "two"))

    assert letters.of("one", within_seconds=0) == [one]
    assert letters.of("three", within_seconds=0) == []


def test_nothing_is_left_of_what_lay_there(letters: Letters) -> None:
    """Whatever it was."""
    letters.write("{")
    for name in ("refused", "folder.json"):
        (letters.folder / name).mkdir()
    (letters.folder / "refused" / "one.json").write_text("{}")
    letters.clear()

    assert list(letters.folder.iterdir()) == []
