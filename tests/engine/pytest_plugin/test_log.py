"""The log of a session: what was planned, each record as it was made, the end; and its shards."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.evidence import NOT_SELECTED
from proofbook.signing.private import SigningKey, private_text
from proofbook.store import load, own_key
from proofbook.store.merging import merge

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.evidence import Run
    from proofbook.log import Log
    from tests.engine.pytest_plugin.conftest import Suite

THREE = """
@pytest.mark.claim("shop.counts")
@pytest.mark.parametrize("n", [1, 2])
def test_counts(claim, n):
    claim.expect(p95=n)


@pytest.mark.claim("shop.holds")
def test_holds(claim):
    assert 1 == 2


@pytest.mark.claim("shop.opens")
def test_opens(claim):
    claim.require(None, "it was not there")
"""


def three(suite: Suite) -> None:
    """A suite of three claims: a pass, a fail, no verdict; and one without a check."""
    suite.claims(
        counts="It answers with `p95 <= 5 s`.",
        holds="It holds.",
        opens="It opens.",
        known='It is known (`by = "SRE"`).',
        bare="Nobody checks it.",
    )
    suite.checks(THREE)


def logged(suite: Suite) -> Log:
    """The log, undamaged."""
    log = load(suite.root / "reports")
    assert log.damage == ()
    return log


def selected(run: Run | None) -> Run:
    """What of a run stands in its log: not the claims that it left out."""
    assert run is not None
    kept = (record for record in run.records if record.note != NOT_SELECTED)
    return replace(run, records=tuple(kept))


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.slow)])
def test_the_log_says_what_the_report_says(suite: Suite, workers: str) -> None:
    """Alone and under xdist; signed with the clone's own key; its head is the last but one line."""
    three(suite)
    outcome = suite.run("-n", workers)
    log = logged(suite)
    (testimony,) = log.testimonies
    assert testimony.run == selected(outcome.run)
    key = own_key(suite.root)
    assert key is not None
    assert testimony.signers == {key.fingerprint}
    (head,) = log.heads
    assert f"head of the log: {head}" in outcome.out.splitlines()
    assert head.count == 5, "a plan, three records, an end"


def test_a_claim_that_was_left_out_is_not_in_the_log(suite: Suite) -> None:
    """Whoever asks finds the last run that asked it."""
    three(suite)
    outcome = suite.run("--claim", "shop.counts")
    (testimony,) = logged(suite).testimonies
    assert testimony.run == selected(outcome.run)
    assert [record.claim for record in testimony.run.records] == ["shop.counts"]


def test_cases_that_were_left_out_leave_the_claim_without_a_verdict(suite: Suite) -> None:
    """They were planned."""
    three(suite)
    suite.run("-k", "test_counts and 1")
    (testimony,) = logged(suite).testimonies
    record = next(r for r in testimony.run.records if r.claim == "shop.counts")
    assert testimony.run.verdict(record) == "no_verdict"
    assert len(record.cases) == 2


def test_a_record_is_logged_while_others_still_run(suite: Suite) -> None:
    """Before the next check begins, its evidence is on the disk and named."""
    suite.claims(first="It holds.", second="It holds too.")
    suite.checks(
        """
        from pathlib import Path

        @pytest.mark.claim("shop.first")
        def test_first(claim):
            pass

        @pytest.mark.claim("shop.second")
        def test_second(claim):
            (chain,) = Path("reports/log").glob("*.jsonl")
            assert chain.read_bytes().count(b"\\n") == 2
            assert len(list(Path("reports/evidence").iterdir())) == 1
        """
    )
    assert set(suite.run().verdicts().values()) == {"pass"}


def test_a_run_that_is_killed_has_a_plan_and_no_pass(suite: Suite) -> None:
    """What it had found out until then is named; a pass of it is none."""
    suite.claims(first="It holds.", second="It kills.", third="It comes after.")
    suite.checks(
        """
        import os, signal

        @pytest.mark.claim("shop.first")
        def test_first(claim):
            pass

        @pytest.mark.claim("shop.second")
        def test_second(claim):
            os.kill(os.getpid(), signal.SIGKILL)

        @pytest.mark.claim("shop.third")
        def test_third(claim):
            pass
        """
    )
    suite.apart()
    log = logged(suite)
    (testimony,) = log.testimonies
    run = testimony.run
    assert run.finished is None
    assert {r.claim: (str(run.verdict(r)), run.reason(r)) for r in run.records} == dict.fromkeys(
        ("shop.first", "shop.second", "shop.third"), ("no_verdict", "the run never ended")
    )


def test_a_planted_fault_is_in_the_plan(suite: Suite) -> None:
    """So that no gate ever judges such a run."""
    suite.target(
        """
        kind = "stand-in"
        permits = "exercises"

        [systems.shop.api]
        command = ["{python}", "-c", "pass"]
        ready = { running_for = "1 s" }

        [systems.shop.api.faults.shut]
        env = { SHUT = "1" }
        breaks = ["shop.holds"]
        """
    )
    suite.checks(
        """
        @pytest.mark.claim("shop.holds")
        def test_holds(claim):
            pass
        """
    )
    suite.run("--fault", "shop.shut")
    (testimony,) = logged(suite).testimonies
    assert testimony.run.fault == "shop.shut"


def test_a_log_that_can_be_written_no_more_ends_the_run(suite: Suite) -> None:
    """20, with what to do; the run never ended, and what was logged before holds."""
    suite.claims(first="It holds.", second="It fills the disk.", third="It is never asked.")
    suite.checks(
        """
        import shutil

        @pytest.mark.claim("shop.first")
        def test_first(claim):
            pass

        @pytest.mark.claim("shop.second")
        def test_second(claim):
            shutil.rmtree("reports/evidence")
            open("reports/evidence", "w").close()

        @pytest.mark.claim("shop.third")
        def test_third(claim):
            raise AssertionError("it was asked")
        """
    )
    outcome = suite.run()
    assert outcome.code == 20
    assert (
        "reports: the log cannot be written: File exists. Earlier runs are untouched. "
        "Make room or give yourself the right to write there, and verify again."
    ) in outcome.out
    assert [claim for claim, _, _ in outcome.told.attempts] == ["shop.first", "shop.second"]
    assert outcome.run is not None
    assert outcome.run.finished is None


def test_a_key_that_is_none_ends_the_run_before_it_begins(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """8; nothing is asked that could not be signed for."""
    three(suite)
    monkeypatch.setenv("PROOFBOOK_KEY", "env:NOWHERE")
    outcome = suite.run()
    assert (outcome.code, outcome.told.attempts) == (8, [])
    (error,) = outcome.told.errors
    assert str(error).startswith("PROOFBOOK_KEY=env:NOWHERE: this is no signing key: ")


def test_another_store_is_another_folder(suite: Suite, tmp_path: Path) -> None:
    """Its log, its evidence and its reports."""
    three(suite)
    suite.run("--store", str(tmp_path / "elsewhere"))
    assert not (suite.root / "reports").exists()
    found = {path.name for path in (tmp_path / "elsewhere").iterdir()}
    assert found == {"evidence", "log", "runs"}


def test_shards_ask_everything_between_them(suite: Suite) -> None:
    """Each claim once; what is another's is not asked, and says whose it is."""
    three(suite)
    names = {}
    for number in (1, 2):
        outcome = suite.run("--shard", f"{number}/2", "--run-id", "r1", "--store", f"s{number}")
        text = (suite.root / f"s{number}" / "runs" / f"r1.{number}-of-2" / "run.json").read_text()
        names[number] = {r["claim"]: r["note"] for r in json.loads(text)["records"] if r["asked"]}
        assert outcome.code == 1
        elsewhere = [r for r in json.loads(text)["records"] if "asks it" in r["note"]]
        assert {r["note"] for r in elsewhere} == {f"shard {3 - number}/2 asks it"}
    assert sorted([*names[1], *names[2]]) == [
        "shop.bare",
        "shop.counts",
        "shop.holds",
        "shop.opens",
    ]
    merged = merge([suite.root / "s1", suite.root / "s2"], suite.root / "all")
    (testimony,) = merged.log.testimonies
    run = testimony.run
    assert {r.claim: str(run.verdict(r)) for r in run.records} == {
        "shop.counts": "pass",
        "shop.holds": "fail",
        "shop.opens": "no_verdict",
        "shop.known": "no_verdict",
        "shop.bare": "no_verdict",
    }
    assert run.finished is not None


@pytest.mark.slow
def test_shards_agree_under_xdist_too(suite: Suite) -> None:
    """Workers leave out what the controller does."""
    three(suite)
    for number, workers in ((1, "2"), (2, "0")):
        suite.run("--shard", f"{number}/2", "--run-id", "r1", "--store", "all", "-n", workers)
    (testimony,) = load(suite.root / "all").testimonies
    assert len(testimony.heads) == 2
    assert testimony.run.finished is not None


@pytest.mark.parametrize("text", ["", "1", "0/2", "3/2", "a/b", "1/2/3"])
def test_what_is_no_shard_is_refused(suite: Suite, text: str) -> None:
    """Before anything is collected."""
    three(suite)
    outcome = suite.run("--shard", text)
    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    assert f"{text!r} is no shard; write 2/4 for the second of four" in outcome.err


def test_a_key_that_the_environment_holds_is_shown_nowhere(
    suite: Suite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check may print its whole environment: the run that it signs keeps nothing of it."""
    key = private_text(SigningKey(bytes(range(32))))
    monkeypatch.setenv("PROOFBOOK_KEY", "env:CI_KEY")
    monkeypatch.setenv("CI_KEY", key)
    suite.checks(
        """
        import os

        @pytest.mark.claim("shop.holds")
        def test_it_holds(attach):
            print(os.environ["CI_KEY"])
            attach("environment.txt", str(dict(os.environ)))
            raise AssertionError(repr(os.environ["CI_KEY"]))
        """
    )
    outcome = suite.run()
    assert outcome.record("shop.holds").verdict == "fail"
    written = [path for path in (suite.root / "reports").rglob("*") if path.is_file()]
    for secret in key.splitlines()[1:-1]:
        assert secret not in outcome.out
        assert [path for path in written if secret.encode() in path.read_bytes()] == []
    assert logged(suite).testimonies[0].signers == {SigningKey(bytes(range(32))).fingerprint}


def test_a_place_that_takes_no_log_ends_the_run_before_it_begins(suite: Suite) -> None:
    """A file where the folder belongs, or one that may not be written: 20, and what to do."""
    three(suite)
    suite.write("reports/log", "a file")
    outcome = suite.run()
    assert (outcome.code, outcome.told.attempts) == (20, [])
    (error,) = outcome.told.errors
    assert str(error) == (
        "reports: the log cannot be written: Not a directory. Earlier runs are untouched. "
        "Make room or give yourself the right to write there, and verify again."
    )
