"""Where a project is, and what its pages say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook import project
from proofbook.errors import RunbookError

if TYPE_CHECKING:
    from pathlib import Path


def test_the_root_is_the_nearest_folder_above_that_holds_gates_toml(tmp_path: Path) -> None:
    """A project inside a project is its own."""
    inner = tmp_path / "a" / "b c"
    inner.mkdir(parents=True)
    for folder in (tmp_path, tmp_path / "a"):
        (folder / "gates.toml").write_text("schema = 1\n")
    assert project.root(inner) == tmp_path / "a"
    assert project.root(tmp_path) == tmp_path


def test_a_folder_outside_any_project_has_no_root(tmp_path: Path) -> None:
    """A folder of that name is no mark."""
    (tmp_path / "gates.toml").mkdir()
    assert project.root(tmp_path) is None


def test_pages_are_found_at_any_depth_by_their_path(tmp_path: Path) -> None:
    """Markdown below `runbooks/`, and nothing else; a byte order mark is no text."""
    (tmp_path / "runbooks" / "coreos").mkdir(parents=True)
    (tmp_path / "runbooks" / "coreos" / "queue.md").write_bytes(b"\xef\xbb\xbf# Queue\n")
    (tmp_path / "runbooks" / "index.md").write_text("# All\n")
    (tmp_path / "runbooks" / "picture.svg").write_text("<svg/>")
    (tmp_path / "README.md").write_text("# Not one\n")
    assert project.pages(tmp_path) == {
        "runbooks/coreos/queue.md": "# Queue\n",
        "runbooks/index.md": "# All\n",
    }


def test_a_project_without_runbooks_has_no_pages(tmp_path: Path) -> None:
    """Nothing to read is no error; nothing is promised."""
    assert project.pages(tmp_path) == {}


def test_every_unreadable_page_is_named_with_its_line(tmp_path: Path) -> None:
    """All problems at once, in reading order."""
    (tmp_path / "runbooks").mkdir()
    (tmp_path / "runbooks" / "b.md").write_bytes(b"# One\ntwo\n\xff")
    (tmp_path / "runbooks" / "a.md").mkdir()
    with pytest.raises(RunbookError) as caught:
        project.pages(tmp_path)
    assert str(caught.value) == (
        "runbooks/a.md:1: this page cannot be read: Is a directory\n"
        "runbooks/b.md:3: this is not UTF-8; save the page as UTF-8"
    )
