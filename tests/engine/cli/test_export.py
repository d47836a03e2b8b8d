"""`proofbook export`: what the log holds, told again; nothing of a damaged one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.cli import main
from proofbook.store import run_key
from tests.engine.report import readers
from tests.engine.report.conftest import FAIL, PASS, RUN
from tests.engine.stores import put_run
from tests.engine.test_dsse import elsewhere

if TYPE_CHECKING:
    from pathlib import Path

ONE = replace(RUN, records=(PASS, FAIL))
LATER = replace(ONE, id="20261121T133456Z-1a2b3c", started="2026-11-21T13:34:56Z", finished=None)
FAULTY = replace(RUN, id="20261121T143456Z-1a2b3c", started="2026-11-21T14:34:56Z", fault="a.b")
FILES = ["ctrf.json", "junit.xml", "summary.md", "test-result.intoto.jsonl"]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose store holds three runs: whole, cut off, with a fault planted."""
    (tmp_path / "gates.toml").write_text("schema = 1\n")
    monkeypatch.chdir(tmp_path)
    for run in (ONE, LATER, FAULTY):
        put_run(tmp_path / "reports", run)
    return tmp_path


def ended(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of the program."""
    code = main(["export", *words])
    return code, *capsys.readouterr()


def test_a_run_is_told_again_in_every_format(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files stand in the run's folder, and their paths are printed."""
    code, out, _ = ended(capsys, ONE.id)
    folder = root / "reports" / "runs" / ONE.id
    assert code == 0
    assert sorted(out.splitlines()) == [str(folder / name) for name in FILES]
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert readers.of_junit((folder / "junit.xml").read_text())[0] == {"coreos.claimed-once"}


def test_the_newest_run_without_a_fault_is_meant(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that never ended is told as such, and nothing in it is green."""
    del root
    code, out, _ = ended(capsys, "--format", "junit")
    assert code == 0
    assert "the run never ended" in out
    assert readers.of_junit(out) == (frozenset(), False)


@pytest.mark.parametrize("name", ["junit", "ctrf", "ctrf-compat", "markdown", "attestation"])
def test_one_format_is_printed_and_nothing_is_written(
    root: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """A pipe gets the text that the file would hold."""
    code, out, err = ended(capsys, ONE.id, "--format", name)
    assert (code, err) == (0, "")
    assert "coreos.claimed-once" in out or name == "attestation"
    assert not (root / "reports" / "runs").exists()


def test_the_attestation_is_signed_with_this_clone_s_key(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Another verifier opens it with the public key of the clone."""
    line = ended(capsys, ONE.id, "--format", "attestation")[1]
    key = run_key(root)
    body = elsewhere(line, key.public, key.fingerprint)
    assert json.loads(body)["predicate"]["passedTests"] == ["coreos.claimed-once"]


def test_a_run_of_one_claim_is_no_proof_of_a_release(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The log does not say what the command line left out; the runbooks do."""
    put_run(root / "one", replace(RUN, records=(PASS,)))
    words = ("--store", "one", "--format", "attestation")
    alone = readers.of_attestation(elsewhere_said(ended(capsys, *words)[1], root))
    page = "---\nowner: A\nescalation: B\n---\n> **coreos.other** — It holds.\n"
    (root / "runbooks").mkdir()
    (root / "runbooks" / "x.md").write_text(page)
    beside = readers.of_attestation(elsewhere_said(ended(capsys, *words)[1], root))
    assert (alone, beside) == (
        (frozenset({"coreos.claimed-once"}), True),
        (frozenset({"coreos.claimed-once"}), False),
    )


def elsewhere_said(line: str, root: Path) -> str:
    """The statement in an envelope, once another verifier has opened it."""
    key = run_key(root)
    return elsewhere(line, key.public, key.fingerprint).decode()


def test_another_folder_may_be_named(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a CI server keeps lies where it looks."""
    assert ended(capsys, ONE.id, "--out", str(root / "artefacts"))[0] == 0
    assert sorted(path.name for path in (root / "artefacts").iterdir()) == FILES


def test_a_folder_that_cannot_be_written_is_one_clear_error(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The message names it."""
    (root / "artefacts").write_text("a file")
    code, out, err = ended(capsys, ONE.id, "--out", "artefacts")
    assert (code, out) == (20, "")
    assert err == "artefacts: nothing was exported: File exists.\n"


def test_a_run_that_the_log_does_not_hold_is_no_run(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder of that name changes nothing: the log decides."""
    (root / "reports" / "runs" / "20200101T000000Z-000000").mkdir(parents=True)
    code, _, err = ended(capsys, "20200101T000000Z-000000")
    assert code == 3
    assert "Error: reports: its log holds no run 20200101T000000Z-000000; it holds 3.\n" in err


def test_an_empty_store_has_nothing_to_tell(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing inspected is no success."""
    del root
    assert ended(capsys, "--store", "elsewhere") == (
        5,
        "",
        "elsewhere: its log holds no run; make one with `proofbook verify`.\n",
    )


def test_a_damaged_log_tells_nothing(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not even of the runs that are whole: nobody knows what is missing."""
    piece = next((root / "reports" / "evidence").iterdir())
    piece.write_bytes(piece.read_bytes()[:-2])
    code, out, err = ended(capsys, ONE.id)
    assert (code, out) == (8, "")
    assert err.startswith("evidence/")
