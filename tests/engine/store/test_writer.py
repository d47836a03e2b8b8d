"""The chain of a run on the disk: whatever happens to it, no run before it is harmed and nothing is a pass that was none."""

from __future__ import annotations

import multiprocessing
import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import ReportError
from proofbook.log import plans
from proofbook.store import Store, load
from tests.engine.store.samples import FAIL, KEY, NOON, PASS, record, run, verdicts, whole, writer

if TYPE_CHECKING:
    from pathlib import Path

END = plans.End(finished=NOON.isoformat(), aborted=None)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    """A run, its records in the order of the plan, and the head that the writer told."""
    head = whole(tmp_path, "r1", {"b": FAIL, "a": PASS})
    log = load(tmp_path)
    assert log.damage == ()
    assert log.heads == {head}
    (testimony,) = log.testimonies
    assert [each.claim for each in testimony.run.records] == ["b", "a"]
    assert testimony.run.records[0] == record("b", FAIL)
    assert testimony.signers == {KEY.fingerprint}


def test_the_store_is_what_the_design_says(tmp_path: Path) -> None:
    """Chains and keys, evidence by its digest, nothing else; no temporary file stays behind."""
    whole(tmp_path, "r1", {"a": PASS})
    found = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    evidence, key, chain = found
    assert chain == "log/r1.jsonl"
    assert (tmp_path / key).read_text().startswith("ssh-ed25519 ")
    ran = subprocess.run(
        ["sha256sum", tmp_path / evidence], capture_output=True, text=True, check=True
    )
    assert evidence == f"evidence/{ran.stdout.split()[0]}"


def test_a_run_killed_at_any_byte_proves_nothing_and_harms_nothing(tmp_path: Path) -> None:
    """Cut anywhere behind its plan: its passes are none, its fail stays, the run before it stays."""
    whole(tmp_path, "r0", {"a": PASS, "b": PASS, "c": PASS})
    whole(tmp_path, "r1", {"a": PASS, "b": FAIL, "c": None})
    before = verdicts(tmp_path)["r0"]
    chain = tmp_path / "log" / "r1.jsonl"
    data = chain.read_bytes()
    lines = [at + 1 for at, byte in enumerate(data) if byte == ord("\n")]
    ways = sorted(
        {*lines, *(at - 1 for at in lines), *range(lines[0], len(data), 97)} - {len(data)}
    )
    seen = set()
    for length in ways:
        if length < lines[0]:
            continue
        chain.write_bytes(data[:length])
        assert load(tmp_path).damage == ()
        found = verdicts(tmp_path)
        assert found["r0"] == before
        assert found["r1"]["a"] == found["r1"]["c"] == "no_verdict"
        seen.add(found["r1"]["b"])
    assert seen == {"no_verdict", "fail"}


def test_a_run_whose_plan_is_cut_off_shuts_every_gate(tmp_path: Path) -> None:
    """Nobody knows what it was about; the writer cannot leave it so, since a plan is put down whole."""
    whole(tmp_path, "r1", {"a": PASS})
    chain = tmp_path / "log" / "r1.jsonl"
    chain.write_bytes(chain.read_bytes()[:100])
    (damage,) = load(tmp_path).damage
    assert damage.place == "log/r1.jsonl:1"


def _endless(folder: Path) -> None:
    chain = writer(folder, run("r1"), {"a": 1})
    for n in range(10**6):
        chain.record([record("a", FAIL, cases=record("a", FAIL).cases, valid_until=None)])
        if n == 3:
            (folder / "begun").touch()


@pytest.mark.slow
def test_sigkill_leaves_a_log_that_holds(tmp_path: Path) -> None:
    """In the middle of writing, several times: the run never ended, and that is all."""
    head = whole(tmp_path, "r0", {"a": PASS})
    for _ in range(5):
        shutil.rmtree(tmp_path / "begun", ignore_errors=True)
        (tmp_path / "begun").unlink(missing_ok=True)
        (tmp_path / "log" / "r1.jsonl").unlink(missing_ok=True)
        process = multiprocessing.get_context("fork").Process(target=_endless, args=[tmp_path])
        process.start()
        while not (tmp_path / "begun").exists():
            assert process.is_alive()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        log = load(tmp_path)
        assert log.damage == ()
        assert log.extends(head)
        assert verdicts(tmp_path) == {"r0": {"a": "pass"}, "r1": {"a": "fail"}}


@pytest.mark.slow
def test_two_runs_write_at_once(tmp_path: Path) -> None:
    """Each its own chain; both hold."""
    context = multiprocessing.get_context("fork")
    claims = {f"c{n}": PASS for n in range(20)}
    both = [context.Process(target=whole, args=[tmp_path, name, claims]) for name in ("r1", "r2")]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert load(tmp_path).damage == ()
    assert verdicts(tmp_path) == dict.fromkeys(("r1", "r2"), dict.fromkeys(claims, "pass"))


def test_two_runs_of_one_name_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second is told; the first goes on."""
    monkeypatch.chdir(tmp_path.parent)
    first = writer(tmp_path, run("r1"), {"a": 1})
    with pytest.raises(ReportError) as caught:
        writer(tmp_path, run("r1"), {"a": 1})
    assert str(caught.value) == (
        f"{tmp_path.name}: the log cannot be written: File exists. Earlier runs are untouched. "
        "Make room or give yourself the right to write there, and verify again."
    )
    first.record([record("a")])
    first.end(END)
    assert verdicts(tmp_path) == {"r1": {"a": "pass"}}


_FULL = """
import resource, sys
from pathlib import Path
from proofbook.errors import ReportError
from proofbook.log import plans
from tests.engine.store.samples import *
folder, room = Path(sys.argv[1]), int(sys.argv[2])
chain = writer(folder, run("r1"), {"a": 1, "b": 1})
chain.record([record("a")])
head = chain.head
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    chain.record([record("b")])
except ReportError as error:
    assert chain.head == head
    print(error)
"""


@pytest.mark.parametrize("behind", [0, 300])
def test_a_full_disk_leaves_the_log_as_it_was(tmp_path: Path, behind: int) -> None:
    """What it cut off is taken away again, wherever in the line that was; the message says what to do."""
    whole(tmp_path, "r0", {"a": PASS})
    probe = tmp_path / "probe"
    chain = writer(probe, run("r1"), {"a": 1, "b": 1})
    chain.record([record("a")])
    room = (probe / "log" / "r1.jsonl").stat().st_size + behind
    shutil.rmtree(probe)
    ran = subprocess.run(
        [sys.executable, "-c", _FULL, tmp_path, str(room)],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
    )
    assert ran.returncode == 0, ran.stderr
    assert "the log cannot be written: File too large. Earlier runs are untouched." in ran.stdout
    log = load(tmp_path)
    assert log.damage == ()
    assert verdicts(tmp_path)["r0"] == {"a": "pass"}
    assert (tmp_path / "log" / "r1.jsonl").read_bytes().endswith(b"\n")
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_one_clear_error(tmp_path: Path) -> None:
    """Before anything runs."""
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(ReportError, match="the log cannot be written: Permission denied"):
        writer(tmp_path / "reports", run("r1"), {"a": 1})
    tmp_path.chmod(stat.S_IRWXU)


def test_nothing_is_logged_of_nothing(tmp_path: Path) -> None:
    """No records, no line."""
    chain = writer(tmp_path, run("r1"), {"a": 1})
    head = chain.head
    chain.record([])
    assert chain.head == head


def test_the_same_evidence_is_kept_once(tmp_path: Path) -> None:
    """Whoever puts it there, and how often."""
    store = Store(tmp_path)
    assert store.put_evidence([b"x", b"x"]) == store.put_evidence([b"x"]) * 2
    assert len(list(store.evidence.iterdir())) == 1
