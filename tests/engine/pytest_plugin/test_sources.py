"""What a check was when it ran: what counts, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.pytest_plugin.sources import Sources

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "runbooks/demo/page.md"
TEXT = "# A page\n\n```bash { name=look }\nls\n```\n"


@pytest.fixture
def check(tmp_path: Path) -> Path:
    """A check that runs the steps of a page."""
    for path, text in {
        PAGE: TEXT,
        "checks/demo/test_it.py": f'STEPS = ("{PAGE}",)\n',
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path / "checks" / "demo" / "test_it.py"


@pytest.mark.parametrize(
    ("text", "is_another"),
    [
        (TEXT, False),
        (TEXT.replace("# A page", "# Another\n\nProse."), False),
        (TEXT.replace("ls", "ls -l"), True),
        (TEXT.replace("name=look", "name=see"), True),
        (f"{TEXT}\n```expect\n…\n```\n", True),
        (TEXT.replace("name=look", "name=look effect=loud"), True),
        (None, True),
    ],
)
def test_a_check_that_runs_steps_is_what_they_are(
    tmp_path: Path, check: Path, text: str | None, *, is_another: bool
) -> None:
    """A step that is edited makes another check of it; prose does not."""
    before = Sources(tmp_path).digest(check)

    if text is None:
        (tmp_path / PAGE).unlink()
    else:
        (tmp_path / PAGE).write_text(text, encoding="utf-8")

    assert (Sources(tmp_path).digest(check) != before) == is_another


def test_one_page_may_stand_alone(tmp_path: Path, check: Path) -> None:
    """Without the brackets that are easily forgotten."""
    check.write_text(f'STEPS = "{PAGE}"\n')
    before = Sources(tmp_path).digest(check)

    (tmp_path / PAGE).unlink()

    assert Sources(tmp_path).digest(check) != before


@pytest.mark.parametrize("said", ["", "STEPS = pages()\n", "STEPS = (\n", "STEPS = 3\n"])
def test_a_check_that_names_no_page_is_its_own_file(tmp_path: Path, check: Path, said: str) -> None:
    """Steps count where their page is named, and nowhere else."""
    check.write_text(said)
    before = Sources(tmp_path).digest(check)

    (tmp_path / PAGE).unlink()

    assert Sources(tmp_path).digest(check) == before


def test_a_check_is_also_the_files_that_it_goes_by(tmp_path: Path, check: Path) -> None:
    """A table of alerts as it is written, a load profile as Python reads it."""
    check.write_text('READS = ("alerts.toml", "loadtests/demo.py")\n')
    table, profile = tmp_path / "alerts.toml", tmp_path / "loadtests" / "demo.py"
    profile.parent.mkdir()
    table.write_text("a = 1\n")
    profile.write_text("RATE = 1\n")
    before = Sources(tmp_path).digest(check)

    profile.write_text("RATE   =  1  # the same\n")
    same = Sources(tmp_path).digest(check)
    table.write_text("a = 2\n")
    other = Sources(tmp_path).digest(check)

    assert same == before
    assert other != before
