"""Runs on the disk: written whole or not at all, found again in their order."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from proofbook import runs
from proofbook.dsse import Signer
from proofbook.errors import ReportError
from proofbook.evidence import Attempt, Case, Record, Run
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from pathlib import Path

RUN = Run(
    id="20261121T123456Z-1a2b3c",
    started="2026-11-21T12:34:56Z",
    finished="2026-11-21T12:35:56Z",
    suite="326c41f",
    target="local",
    kind="stand-in",
    target_digest="e",
)
BIG = Attempt(verdict=Verdict.FAIL, reason="no", details="x" * 100_000)
RECORD = Record(
    claim="coreos.claimed-once",
    claim_digest="c",
    check_digest="d",
    place="runbooks/coreos/queue.md:12",
    sentence="Each job is claimed once.",
    cases=(Case(nodeid="t", attempts=(BIG,)),),
)


def kept(root: Path, run: Run) -> Path:
    """A run in its folder."""
    folder = root / "reports" / "runs" / run.id
    runs.write(run, folder)
    return folder


def test_an_id_is_the_instant_in_utc_and_six_hex_digits() -> None:
    """Ids sort as their runs opened, wherever the clock stood."""
    noon = datetime(2026, 11, 21, 13, 34, 56, tzinfo=timezone(timedelta(hours=1)))
    assert runs.new_id(noon, "1a2b3c") == "20261121T123456Z-1a2b3c"


@pytest.mark.parametrize("token", ["", "1a2b3", "1A2B3C", "1a2b3c\n", "../../"])
def test_an_id_takes_no_other_token(token: str) -> None:
    """An id is a folder's name and never leads elsewhere."""
    with pytest.raises(ValueError, match="is not six lower-case hex digits"):
        runs.new_id(datetime.now(UTC), token)


def test_a_run_is_written_with_its_exports_and_nothing_else(tmp_path: Path) -> None:
    """No temporary file stays behind; an attestation is there where somebody signs it."""
    folder = kept(tmp_path, RUN)
    names = ["ctrf.json", "junit.xml", "run.json", "summary.md"]
    assert sorted(path.name for path in folder.iterdir()) == names
    runs.write(RUN, folder, Signer("ci", lambda data: SigningKey(b"k" * 32).sign(data).signature))
    names.insert(3, "test-result.intoto.jsonl")
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    assert runs.from_json((folder / "run.json").read_text()) == RUN
    assert (folder / "junit.xml").read_text().startswith("<?xml")


def test_a_folder_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs never share a folder."""
    monkeypatch.chdir(tmp_path)
    runs.create(tmp_path, RUN.id)
    with pytest.raises(ReportError) as caught:
        runs.create(tmp_path, RUN.id)
    assert str(caught.value) == (
        "reports/runs/20261121T123456Z-1a2b3c: the run's report cannot be written: File exists. "
        "Earlier runs are untouched. "
        "Make room or give yourself the right to write there, and verify again."
    )


def test_a_place_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """A file where the folder belongs: the message names it and says what to do."""
    (tmp_path / "reports").write_text("a file")
    with pytest.raises(ReportError, match="cannot be written: Not a directory"):
        kept(tmp_path, RUN)
    with pytest.raises(ReportError, match="cannot be written: Not a directory"):
        runs.create(tmp_path, RUN.id)


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """A run that does not fit is not there, and the one before it is as it was."""
    folder = kept(tmp_path, RUN)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    later = replace(RUN, id="20261121T133456Z-1a2b3c", records=(RECORD,))
    (tmp_path / "later.json").write_text(runs.to_json(later))
    script = (
        "import sys, pathlib\n"
        "from proofbook import runs\n"
        "from proofbook.errors import ReportError\n"
        "run = runs.from_json(pathlib.Path('later.json').read_text())\n"
        "for folder in ('reports/runs/' + run.id, sys.argv[1]):\n"
        "    try: runs.write(run, pathlib.Path(folder))\n"
        "    except ReportError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, folder],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)),
    )
    what = "the run's report cannot be written: File too large. Earlier runs are untouched."
    assert [line.partition(" Make")[0] for line in done.stdout.splitlines()] == [
        f"reports/runs/20261121T133456Z-1a2b3c: {what}",
        f"reports/runs/20261121T123456Z-1a2b3c: {what}",
    ]
    assert list((tmp_path / "reports" / "runs" / later.id).iterdir()) == []
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_runs_come_in_the_order_in_which_they_opened(tmp_path: Path) -> None:
    """The opening instant decides, offsets counted; then the id."""
    late = replace(RUN, id="20200101T000000Z-000000", started="2026-11-21T12:34:57+00:00")
    early = replace(RUN, id="20300101T000000Z-000000", started="2026-11-21T13:34:55+01:00")
    twin = replace(RUN, id="20261121T123456Z-ffffff")
    for run in (late, twin, RUN, early):
        kept(tmp_path, run)
    assert runs.all_runs(tmp_path) == runs.Found((early, RUN, twin, late), ())
    assert runs.newest(tmp_path) == late


def test_no_runs_are_no_runs(tmp_path: Path) -> None:
    """A project that never ran has nothing, and no error."""
    assert runs.all_runs(tmp_path) == runs.Found((), ())
    assert runs.newest(tmp_path) is None


def test_the_newest_run_is_the_target_s_and_never_a_sabotaged_one(tmp_path: Path) -> None:
    """A planted fault proves the check, not the claim."""
    other = replace(RUN, id="20261121T123457Z-000000", target="staging")
    planted = replace(RUN, id="20261121T123458Z-000000", fault="coreos.no-fencing")
    for run in (RUN, other, planted):
        kept(tmp_path, run)
    assert runs.newest(tmp_path) == replace(other, started=RUN.started)
    assert runs.newest(tmp_path, "local") == RUN
    assert runs.newest(tmp_path, "moon") is None


def test_damaged_folders_are_problems_with_their_line_and_never_runs(tmp_path: Path) -> None:
    """Each says what is wrong; the sound run beside them is found all the same."""
    kept(tmp_path, RUN)
    folders = tmp_path / "reports" / "runs"
    for name, content in {
        "a-binary": b"\xff\xfe",
        "b-cut": runs.to_json(replace(RUN, records=(RECORD,))).encode()[:-2],
        "c-copied": runs.to_json(RUN).encode(),
    }.items():
        (folders / name).mkdir()
        (folders / name / "run.json").write_bytes(content)
    (folders / "d-empty").mkdir()
    (folders / "e-folder" / "run.json").mkdir(parents=True)
    found = runs.all_runs(tmp_path)
    assert found.runs == (RUN,)
    assert [re.sub(r":\d+: ", ": ", str(problem)) for problem in found.problems] == [
        (
            "reports/runs/a-binary/run.json: this is not a run's report: byte 0 is not UTF-8. "
            "Bring it back from a copy, or remove its folder and verify again."
        ),
        (
            "reports/runs/b-cut/run.json: this is not a run's report: it is not JSON, Expecting ',' "
            "delimiter. Bring it back from a copy, or remove its folder and verify again."
        ),
        (
            "reports/runs/c-copied/run.json: it holds the run 20261121T123456Z-1a2b3c, which is not "
            "its folder's name. Give the folder its run's name, or remove it."
        ),
        (
            "reports/runs/d-empty/run.json: there is none: the run is still going, or it was killed "
            "before it could write one. Verify again, and remove the folder when its logs are of no "
            "use."
        ),
        "reports/runs/e-folder/run.json: it cannot be read: Is a directory.",
    ]
    assert found.problems[1].place.line > 2
