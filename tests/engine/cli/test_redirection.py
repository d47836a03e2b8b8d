"""Whatever this process prints goes to the log; a kept stream goes where it went."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofbook.cli.redirection import kept, redirected


def test_everything_goes_to_the_log_and_a_kept_stream_does_not(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Prints, bytes written to the descriptors, and programs started meanwhile."""
    log = tmp_path / "pytest.log"
    log.write_text("before\n")
    os.write(1, b"shown before\n")
    with open(1, "w", closefd=False) as real, kept(real) as stream, redirected(log):
        os.write(1, b"bytes\n")
        os.write(2, b"errors\n")
        subprocess.run([sys.executable, "-c", "print('program')"], check=True)
        stream.write("kept\n")
    os.write(1, b"shown after\n")
    assert log.read_text() == "before\nbytes\nerrors\nprogram\n"
    out, err = capfd.readouterr()
    assert out == "shown before\nkept\nshown after\n"
    assert err == ""


def test_the_streams_come_back_whatever_happens(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """An error inside leaves nothing redirected and no descriptor open."""
    gc.collect()  # what tests before this one left open is closed now, and not meanwhile
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(ZeroDivisionError), redirected(tmp_path / "log"):
        raise ZeroDivisionError
    with pytest.raises(FileNotFoundError), redirected(tmp_path / "no" / "log"):
        pass
    os.write(2, b"back\n")
    assert capfd.readouterr().err == "back\n"
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_full_disk_is_one_clear_error_and_spills_nothing(tmp_path: Path) -> None:
    """What the log had no room for does not turn up on the person's screen."""
    (tmp_path / "pytest.log").symlink_to("/dev/full")
    script = (
        "import pathlib\n"
        "from proofbook.cli.redirection import redirected\n"
        "from proofbook.errors import ReportError\n"
        "try:\n"
        "    with redirected(pathlib.Path('pytest.log')):\n"
        "        print('only for the log')\n"
        "except ReportError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (
        (
            "pytest.log: what pytest says cannot be written: No space left on device. "
            "Earlier runs are untouched. Make room, and verify again.\n"
        ),
        "",
    )


def test_other_errors_are_left_as_they_are(tmp_path: Path) -> None:
    """Only a full disk is explained here."""
    with pytest.raises(ConnectionRefusedError), redirected(tmp_path / "log"):
        raise ConnectionRefusedError
