"""The run that a session writes."""

from __future__ import annotations

import subprocess
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from proofbook import runs
from proofbook.errors import ReportError

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

_HOLDS = """
    @pytest.mark.claim("shop.holds")
    def test_it_holds():
        pass
"""


def test_a_run_says_what_was_asked_where(suite: Suite) -> None:
    """Its instants, its target, its claims in the runbook's words."""
    target = suite.root / "targets" / "local.toml"
    suite.claims(holds="It   *holds*\n> well.")
    suite.checks(_HOLDS)

    outcome = suite.run()

    run = outcome.run
    assert run
    started = datetime.fromisoformat(run.started)
    assert run.id.startswith(started.strftime("%Y%m%dT%H%M%SZ-"))
    assert run.finished
    assert started <= datetime.fromisoformat(run.finished) < started + timedelta(minutes=5)
    assert (run.suite, run.target, run.kind) == ("", "local", "stand-in")
    assert run.target_digest == sha256(target.read_bytes()).hexdigest()
    assert (run.release, run.fault, run.aborted) == ({}, None, None)
    record = outcome.record("shop.holds")
    assert (record.place, record.sentence) == ("runbooks/shop/index.md:8", "It *holds* well.")
    assert (record.scaled, record.valid_until, record.note) == ("", None, "")


def test_a_run_is_told_and_written(suite: Suite) -> None:
    """Listeners get what the file holds."""
    suite.checks(_HOLDS)

    outcome = suite.run("--run-id", "20261121T123456Z-1a2b3c")

    folder = suite.root / "reports" / "runs" / "20261121T123456Z-1a2b3c"
    assert outcome.told.runs == [outcome.run]
    assert {file.name for file in folder.iterdir()} == {
        "ctrf.json",
        "junit.xml",
        "run.json",
        "summary.md",
        "test-result.intoto.jsonl",
    }
    assert outcome.told.plans[0].is_wanted("shop.holds")


def test_evidence_that_ages_says_until_when(suite: Suite) -> None:
    """From the end of the run on."""
    suite.claims(holds="It holds (`valid_for = 92 d`).")
    suite.checks(_HOLDS)

    outcome = suite.run()

    until = outcome.record("shop.holds").valid_until
    assert until
    assert outcome.run
    assert outcome.run.finished
    lasts = datetime.fromisoformat(until) - datetime.fromisoformat(outcome.run.finished)
    assert timedelta(days=92) - timedelta(seconds=60) < lasts <= timedelta(days=92)


def test_the_check_digest_covers_code_not_comments(suite: Suite) -> None:
    """Of the check's file and its conftest chain; not of other files."""
    suite.checks("", "conftest.py")
    suite.checks(_HOLDS)
    first = suite.run().record("shop.holds").check_digest

    suite.checks("    # A remark.\n\n\n" + _HOLDS.replace("pass", "pass  # fine"))
    suite.checks("", "checks/kitchen/conftest.py")
    remarked = suite.run().record("shop.holds").check_digest
    suite.checks("x = 1\n", "conftest.py")
    deeper = suite.run().record("shop.holds").check_digest
    suite.checks(_HOLDS.replace("pass", "assert True"))
    rewritten = suite.run().record("shop.holds").check_digest

    assert first == remarked
    assert len({first, deeper, rewritten}) == 3


def test_a_run_names_the_commit_of_the_suite(suite: Suite) -> None:
    """With a plus where files differ from it."""

    def git(*words: str) -> str:
        who = ["-c", "user.name=a", "-c", "user.email=a@b.invalid"]
        ran = subprocess.run(
            ["git", *who, *words], cwd=suite.root, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()

    suite.checks(_HOLDS)
    suite.write(".gitignore", "reports/\n__pycache__/\n.pytest_cache/\n")
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    commit = git("rev-parse", "HEAD")

    clean = suite.run().run
    suite.write("gates.toml", "schema = 1\n# more\n")
    changed = suite.run().run

    assert clean
    assert changed
    assert (clean.suite, changed.suite) == (commit, f"{commit}+")


def test_a_run_with_a_fault_says_so_and_passes_nothing(suite: Suite) -> None:
    """It is never judged."""
    suite.target("""
        kind = "stand-in"
        [systems.shop.api]
        command = ["true"]
        ready = { running_for = "1 s" }
        [systems.shop.api.faults.no-fencing]
        breaks = ["shop.holds"]
        env = { FENCING = "off" }
    """)
    suite.checks(_HOLDS)

    outcome = suite.run("--fault", "shop.no-fencing")

    assert outcome.run
    assert outcome.run.fault == "shop.no-fencing"
    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: it held with the fault shop.no-fencing planted, "
        "which proves nothing"
    }
    assert outcome.code == 1


def test_the_final_table_stands_under_pytests_own_output(suite: Suite) -> None:
    """In a plain session, too."""
    suite.checks(_HOLDS)

    out = suite.run().out

    assert "✓ pass" in out
    assert "1 asked: 1 pass" in out


def test_a_run_is_open_while_its_checks_run(suite: Suite) -> None:
    """Killed on the way, it says that it never ended, and passes nothing."""
    suite.checks("""
        import os, shutil

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            shutil.copytree("reports/runs", "seen")
    """)

    suite.run()

    (folder,) = (suite.root / "seen").iterdir()
    run = runs.from_json((folder / "run.json").read_text(encoding="utf-8"))
    assert run.finished is None
    assert [run.reason(record) for record in run.records] == ["the run never ended"]


def test_a_run_that_cannot_be_written_runs_nothing(suite: Suite) -> None:
    """One clear message; earlier runs stay as they are."""
    suite.checks(_HOLDS + "        open('ran', 'w').close()\n")
    suite.run()
    before = (suite.folders()[0] / "run.json").read_bytes()
    (suite.root / "ran").unlink()
    suite.write("reports/runs/20261121T123456Z-1a2b3c", "a file in the way\n")

    outcome = suite.run("--run-id", "20261121T123456Z-1a2b3c")

    (error,) = outcome.told.errors
    assert isinstance(error, ReportError)
    assert str(error) == (
        "reports/runs/20261121T123456Z-1a2b3c: the run's report cannot be written: File exists. "
        "Earlier runs are untouched. Make room or give yourself the right to write there, "
        "and verify again."
    )
    assert str(error) in outcome.out
    assert (outcome.code, outcome.run) == (20, None)
    assert not (suite.root / "ran").exists()
    assert (suite.folders()[0] / "run.json").read_bytes() == before


def test_a_run_that_cannot_be_written_at_its_end_is_no_success(suite: Suite) -> None:
    """The disk filled up on the way."""
    suite.checks("""
        import shutil, os

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            shutil.rmtree("reports/runs")
            open("reports/runs", "w").close()
    """)

    outcome = suite.run()

    assert [type(error) for error in outcome.told.errors] == [ReportError]
    assert "the run's report cannot be written" in outcome.out
    assert outcome.code == 20


@pytest.mark.parametrize("words", ["--help", "--version", "--markers"])
def test_pytest_still_explains_itself(suite: Suite, words: str) -> None:
    """Options that run nothing write nothing."""
    outcome = suite.run(words)

    assert (outcome.code, outcome.run) == (0, None)
