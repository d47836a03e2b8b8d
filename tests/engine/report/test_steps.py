"""What to do next, for each way of not passing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.evidence import Attempt, Case
from proofbook.report import next_step
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.evidence import Record, Run

AGAIN = "`proofbook verify coreos.{} --target elsewhere/blue.toml`"
FOLDER = "reports/runs/20261121T123456Z-1a2b3c/"
STEPS = {
    "claimed-once": "",
    "requeued": "",
    "zombie-refused": (
        "hold checks/coreos/test_x.py::test_zombie-refused against runbooks/coreos/queue.md:14, "
        f"see {FOLDER}, then run {AGAIN[:-1]} --seed 2026`"
    ),
    "nothing-lost": f"see what stood in the way in {FOLDER}, then run {AGAIN}",
    "retried": f"see what stood in the way in {FOLDER}, then run {AGAIN}",
    "restored": f"its evidence ran out; gather new with {AGAIN}",
    "unproved": (
        'write its check in checks/coreos/ and mark it @pytest.mark.claim("coreos.unproved"); '
        "`proofbook lint` lists every claim that has none"
    ),
    "backed-up": "add [systems.coreos.backups.nightly] to targets/local.toml",
    "rota-known": "no machine answers it: ask the person whom its sentence names",
    "other": f"to learn whether it holds, run {AGAIN}",
}


def found(run: Run, claim: str) -> Record:
    """The record of one claim."""
    return next(record for record in run.records if record.claim == f"coreos.{claim}")


@pytest.mark.parametrize("claim", STEPS)
def test_each_verdict_has_its_step(every_kind: Run, claim: str) -> None:
    """A place, a command to copy, or the line to add."""
    assert next_step(found(every_kind, claim), every_kind) == STEPS[claim].format(claim)


def test_the_local_target_need_not_be_named(every_kind: Run) -> None:
    """The shortest command that does it."""
    run = replace(every_kind, target="local")
    assert next_step(found(run, "restored"), run).endswith("`proofbook verify coreos.restored`")


def test_a_path_with_a_space_is_quoted(every_kind: Run) -> None:
    """What is shown is what a shell takes."""
    run = replace(every_kind, target="/somewhere else/blue.toml")
    step = next_step(found(run, "restored"), run)
    assert step.endswith("`proofbook verify coreos.restored --target '/somewhere else/blue.toml'`")


def test_a_run_without_a_seed_has_none_to_repeat(every_kind: Run) -> None:
    """Reports of other tools, or of before."""
    run = replace(every_kind, seed=None)
    step = next_step(found(run, "zombie-refused"), run)
    assert step.endswith(AGAIN.format("zombie-refused"))


def test_many_failed_cases_are_counted(every_kind: Run) -> None:
    """A list of forty names would help nobody."""
    failed = Case(nodeid="t", attempts=(Attempt(verdict=Verdict.FAIL, reason="no"),))
    passed = Case(nodeid="u", attempts=(Attempt(verdict=Verdict.PASS),))
    record = replace(found(every_kind, "zombie-refused"), cases=(failed, passed, failed))
    step = next_step(record, every_kind)
    assert step.startswith("hold its 2 failed cases of 3 against runbooks/coreos/queue.md:14, see ")


def test_a_refusal_that_names_no_remedy_still_leads_somewhere(every_kind: Run) -> None:
    """Not every target can be made to permit everything."""
    attempt = Attempt(verdict=Verdict.NO_VERDICT, asked=False, reason="no Docker here")
    case = Case(nodeid="t", attempts=(attempt,))
    record = replace(found(every_kind, "backed-up"), cases=(case,))
    assert next_step(record, every_kind) == (
        "let the target elsewhere/blue.toml permit or provide it, or ask another target"
    )


def test_what_held_in_a_run_that_proves_nothing_is_to_be_asked_again(every_kind: Run) -> None:
    """A run that never ended, or one with a planted fault."""
    for run in (replace(every_kind, finished=None), replace(every_kind, fault="coreos.x")):
        assert next_step(found(run, "claimed-once"), run) == (
            "to learn whether it holds, run " + AGAIN.format("claimed-once")
        )


def test_what_stood_in_the_way_of_a_check_is_told_in_its_own_words(every_kind: Run) -> None:
    """The log of a program that did not start is named, not only the run's folder."""
    lost = Attempt(verdict=Verdict.NO_VERDICT, reason="it ended", remedy="read api.1.log")
    record = replace(found(every_kind, "nothing-lost"), cases=(Case(nodeid="t", attempts=(lost,)),))
    assert next_step(record, every_kind) == f"read api.1.log, then run {AGAIN}".format(
        "nothing-lost"
    )


@pytest.mark.parametrize(
    ("others", "words"),
    [
        (2, "verify coreos.nothing-lost coreos.more-0 coreos.more-1 --target elsewhere/blue.toml`"),
        (5, "verify coreos --target elsewhere/blue.toml`"),
    ],
)
def test_claims_that_share_a_reason_are_asked_again_at_once(
    every_kind: Run, others: int, words: str
) -> None:
    """By name while they are few."""
    record = found(every_kind, "nothing-lost")
    alike = [replace(record, claim=f"coreos.more-{n}") for n in range(others)]
    assert next_step(record, every_kind, *alike).endswith(words)
