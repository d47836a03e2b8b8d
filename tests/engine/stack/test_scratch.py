"""Folders of a stack are its own, and go with it."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import StackError
from proofbook.stack import scratch
from proofbook.stack.scratch import Scratch, base, is_open, memory

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch, "database_uid", lambda: None)
    return tmp_path


def test_a_folder_of_its_own(temporary: Path) -> None:
    """Each stack has an empty folder under the user's, and it is gone when let go."""
    one, two = Scratch.make(base()), Scratch.make(base())

    assert one.path != two.path
    assert one.path.parent == temporary / f"proofbook-{os.geteuid()}" / "stacks"
    one.close()
    two.close()
    assert not one.path.exists()
    assert not two.path.exists()


@pytest.mark.usefixtures("temporary")
def test_folders_in_it_are_private() -> None:
    """A folder for a program is new each time, and only the user may look into it."""
    stack = Scratch.make(base())

    one, two = stack.folder("store"), stack.folder("store")

    assert one != two
    assert one.name.startswith("store-")
    assert one.stat().st_mode & 0o777 == 0o700
    stack.close()


@pytest.mark.usefixtures("temporary")
def test_what_a_killed_warden_left_is_removed() -> None:
    """A folder whose lock nobody holds is removed by the next stack; one that is held stays."""
    left, held = Scratch.make(base()), Scratch.make(base())
    (left.path / "data").mkdir()
    os.close(left.lock)

    new = Scratch.make(base())

    assert not left.path.exists()
    assert held.path.exists()
    held.close()
    new.close()


@pytest.mark.usefixtures("temporary")
def test_a_folder_swept_away_while_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep that comes between a folder's making and its lock costs a folder, not the stack."""
    flock = fcntl.flock
    swept: list[Path] = []

    def sweep_first(lock: int, how: int) -> None:
        if not swept:
            path = Path(f"/proc/self/fd/{lock}").readlink().parent
            swept.append(path)
            shutil.rmtree(path)
        flock(lock, how)

    monkeypatch.setattr(fcntl, "flock", sweep_first)
    stack = Scratch.make(base())

    assert stack.path not in swept
    assert stack.path.exists()
    stack.close()


@pytest.mark.usefixtures("temporary")
def test_a_folder_that_is_only_just_made_stays() -> None:
    """A folder that has no lock yet is not taken for one that was left."""
    first = Scratch.make(base())
    making = first.path.parent / "making"
    making.mkdir()

    second = Scratch.make(base())

    assert making.exists()
    first.close()
    second.close()


def test_somebody_elses_folder(temporary: Path) -> None:
    """A link in the place of the user's folder is refused, not followed."""
    (temporary / "elsewhere").mkdir()
    ours = temporary / f"proofbook-{os.geteuid()}"
    ours.symlink_to(temporary / "elsewhere")

    with pytest.raises(StackError) as refused:
        base()

    assert str(refused.value) == (f"{ours} is not ours; remove it, or set TMPDIR to another folder")


def test_a_temporary_folder_that_cannot_be_written(temporary: Path) -> None:
    """Where no folder can be made, the message says which and what to set."""
    ours = temporary / f"proofbook-{os.geteuid()}"
    ours.write_text("a file in its place")

    with pytest.raises(StackError) as refused:
        base()

    assert str(refused.value) == f"{ours}: File exists; set TMPDIR to a folder to write in"


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that everybody may enter, which pytest's own is not."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_whether_everybody_may_enter(shared: Path) -> None:
    """A path is open if each folder on the way may be entered by all."""
    (shared / "shut" / "inner").mkdir(parents=True)
    assert is_open(shared / "shut" / "inner")

    (shared / "shut").chmod(0o700)

    assert is_open(shared / "shut")
    assert not is_open(shared / "shut" / "inner")


def test_root_needs_a_folder_that_others_may_enter(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary folder that PostgreSQL's user cannot enter is passed over for one that it can."""
    monkeypatch.setattr(scratch, "database_uid", lambda: scratch.NOBODY)
    monkeypatch.setattr(tempfile, "tempdir", str(shared))
    assert base().parent == shared

    shared.chmod(0o700)

    assert base().parent == Path("/tmp")  # noqa: S108 - where it falls back to


def test_data_goes_to_memory_where_there_is_room(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without room, without such a place, or where somebody else has it, there is no such folder."""
    place = temporary / "shm"
    place.mkdir()
    monkeypatch.setattr(scratch, "MEMORY", place)
    monkeypatch.setattr(scratch, "_ROOM_BYTES", 1)
    assert memory() == place / f"proofbook-{os.geteuid()}"

    monkeypatch.setattr(scratch, "_ROOM_BYTES", 1 << 60)
    assert memory() is None

    monkeypatch.setattr(scratch, "_ROOM_BYTES", 1)
    shutil.rmtree(place / f"proofbook-{os.geteuid()}")
    (place / f"proofbook-{os.geteuid()}").symlink_to(temporary)
    assert memory() is None
    monkeypatch.setattr(scratch, "MEMORY", temporary / "gone")
    assert memory() is None
