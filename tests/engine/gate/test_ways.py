"""The least that must be done before a gate opens, once each, with what it takes and who can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.evidence import Attempt, Case
from proofbook.gate import checklist, decide, runnable, ways
from proofbook.gate.checklist import markdown
from proofbook.gate.fields import decided, listed
from proofbook.gate.ruling import ruling
from proofbook.gate.telling import duration, explained, told
from proofbook.log import Damage
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.world import BOTH, HOUR, NOON, PAID, SOLD

if TYPE_CHECKING:
    from proofbook.gate import Question

FAILED = world.run(
    world.record(SOLD, Verdict.FAIL), world.record(PAID, check="check-0", seconds=90)
)


def steps(question: Question) -> list[str]:
    """The explanation, a line for each way and command."""
    return list(explained(ways(decide(question), question)))


def test_an_open_gate_needs_nothing() -> None:
    """Nothing is explained."""
    assert steps(world.question(world.log(world.run(world.record(SOLD))))) == []


def test_a_fail_wants_mending_and_clean_runs_and_stale_evidence_one_run() -> None:
    """Each with what its runs usually took."""
    assert steps(world.question(world.log(FAILED), SOLD, PAID)) == [
        "the cheapest way to green:",
        "  1. mend what fails, then see it pass 3 times, usually 6 s",
        "     proofbook verify shop.sold-once --target copy",
        "  2. run the checks, usually 2 min",
        "     proofbook verify shop.paid-once --target copy",
    ]


def test_whose_answer_is_missing_is_said() -> None:
    """A step for each role, with everybody who has it."""
    assert steps(world.question(world.log(FAILED), BOTH, target="copy", kind="twin")) == [
        "the cheapest way to green:",
        "  1. DBA answers: bob",
        "     proofbook sign-off shop.agreed --role DBA --answer yes --target copy",
        "  2. SRE answers: ada or bob",
        "     proofbook sign-off shop.agreed --role SRE --answer yes --target copy",
    ]


def test_a_missing_check_comes_before_everything() -> None:
    """No run helps there."""
    assert steps(world.question(world.log(FAILED), world.promise(SOLD, check=""))) == [
        "the cheapest way to green:",
        "  1. write the checks that are missing",
        "     proofbook lint",
    ]


def test_what_the_target_does_not_let_be_asked_says_what_would() -> None:
    """The line to add, as the run itself said it."""
    attempt = Attempt(
        verdict=Verdict.NO_VERDICT, asked=False, reason="no Docker", remedy="start Docker"
    )
    found = replace(world.record(SOLD), cases=(Case(nodeid="x", attempts=(attempt,)),))
    assert steps(world.question(world.log(world.run(found)))) == [
        "the cheapest way to green:",
        "  1. start Docker",
        "     proofbook verify shop.sold-once --target copy",
    ]


def test_a_reworded_sentence_wants_a_signature_rather_than_a_run() -> None:
    """That costs a minute of its owner."""
    changed = world.claim(sentence="Of `buyers = 4`, exactly one buys.")
    assert steps(world.question(world.log(world.run(world.record(SOLD))), changed)) == [
        "the cheapest way to green:",
        "  1. the owner signs that the new words mean the same: ada",
        "     proofbook reword shop.sold-once",
    ]


def test_a_claim_that_never_ran_is_run_where_the_row_wants_it() -> None:
    """On the target that was named, else on one that runs were seen on, else on none in particular."""
    question = world.question(world.log(FAILED), world.claim("shop.new", "It is new."))
    assert steps(question)[-1] == "     proofbook verify shop.new --target copy"
    there = replace(question, target="b c", kind="twin")
    assert steps(there)[-1] == "     proofbook verify shop.new --target 'b c'"
    assert steps(replace(question, log=world.log()))[-1] == "     proofbook verify shop.new"


def test_many_claims_are_run_by_the_gate_s_name() -> None:
    """A command stays short enough to read."""
    claims = [world.claim(f"shop.new-{at}", "It is new.") for at in range(9)]
    question = world.question(world.log(FAILED), *claims)
    assert steps(question)[1:] == [
        "  1. run the checks (9 claims)",
        "     proofbook verify --for promote --target copy",
    ]
    assert runnable(decide(question), question, "copy") == tuple(c.id for c in claims)
    assert runnable(decide(question), question, "elsewhere") == ()


def test_what_never_ran_is_not_taken_for_quick() -> None:
    """The usual time is of those whose time is known; the others are counted."""
    log = world.log(world.run(world.record(PAID, check="check-0", seconds=90)))
    assert steps(world.question(log, PAID, world.claim("shop.new", "It is new."))) == [
        "the cheapest way to green:",
        "  1. run the checks (2 claims), usually 2 min and 1 that never ran",
        "     proofbook verify shop.paid-once shop.new --target copy",
    ]


def test_rows_that_one_run_settles_share_it() -> None:
    """The unmet set is the smallest: a claim is run once for all rows that one target fits."""
    both = '{ select = "shop", on = "twin" }, { select = "shop", on = "copy" }'
    rules = world.policy(world.GATES.replace('{ select = "shop", on = "twin" }', both))
    question = world.question(world.log(FAILED), PAID, policy=rules)
    decision = decide(question)
    assert len(decision.unmet) == 2
    assert [way.claims for way in ways(decision, question)] == [(PAID.id,)]


def test_what_shuts_the_whole_gate_stands_first() -> None:
    """A damaged log is mended before anything is run."""
    log = replace(
        world.log(FAILED), broken=(Damage("log/x.jsonl:2", "it is cut", "Bring it back."),)
    )
    assert steps(world.question(log, PAID))[1] == "  1. log/x.jsonl:2: it is cut. Bring it back."


def test_a_vanished_claim_is_brought_back_or_retired() -> None:
    """By whom the gate lets."""
    log = world.log(world.run(world.record(SOLD), world.record(PAID)))
    seen = world.act(ruling(decide(world.question(log, SOLD, PAID))), "SHA256:ci")
    assert steps(world.question(log | world.log(seen), SOLD))[1:] == [
        "  1. bring back what the runbooks no longer state, or retire it: ada",
        "     proofbook retire shop.paid-once --reason WHY",
    ]


def test_a_decision_is_told_in_lines() -> None:
    """Equal reasons together, each claim with its place."""
    question = world.question(world.log(FAILED), SOLD, PAID, target="copy", kind="twin")
    assert list(told(decide(question))) == [
        "gate promote: FAILED for copy · release shop.api sha256:aaaa",
        "2 asked: 1 fail, 1 stale",
        "  fail · shop on twin: it was fail",
        "    shop.sold-once  (page.md:1)",
        f"  stale · shop on twin: its check has changed since run {FAILED.run.id}; it was pass",
        "    shop.paid-once  (page.md:1)",
    ]


def test_durations_are_rounded_to_what_a_person_needs() -> None:
    """Seconds, minutes, hours."""
    assert [duration(s) for s in (0.01, 0.26, 5.4, 59, 61, 5400)] == [
        "0.1 s",
        "0.3 s",
        "5 s",
        "59 s",
        "1 min",
        "1.5 h",
    ]


def test_a_checklist_is_ticked_by_evidence() -> None:
    """A claim that two rows ask for is ticked if both hold; what shuts the gate stands on top."""
    log = world.log(world.run(world.record(SOLD), world.record(PAID, check="check-0")))
    question = world.question(log, SOLD, PAID, BOTH)
    decision = decide(question)
    pages = checklist(decision, question)
    assert markdown(decision, pages) == (
        "# Checklist promote: FAILED\n\n## page.md\n\n"
        '- [ ] **shop.agreed** — Two people agree (`by = "SRE", "DBA"`). '
        "(no_verdict; awaits SRE and DBA (ada, bob); SRE can answer: ada, bob)\n"
        "- [ ] **shop.paid-once** — Each order is paid once. "
        "(stale; its check has changed since run 20261121T110000Z-000000; it was pass)\n"
        "- [x] **shop.sold-once** — With `buyers = 4`, one buys. (pass; run 20261121T110000Z-000000)\n"
        "\n1 of 3 ticked.\n"
    )
    fields = listed(decision, pages)
    assert fields["result"] == "FAILED"
    late = replace(question, pins=frozenset([world.run(at=NOON - 9 * HOUR).trail.head]))
    shut = decide(late)
    assert "- [ ] the log does not go on from" in markdown(shut, checklist(shut, late))


def test_a_decision_as_json_holds_what_it_was_made_from() -> None:
    """For scripts, and for whoever asks later."""
    question = world.question(world.log(FAILED), SOLD)
    decision = decide(question)
    fields = decided(decision, ways(decision, question), None)
    assert list(fields) == [
        "schema",
        "gate",
        "at",
        "result",
        "opens",
        "exit",
        "target",
        "release",
        "policy",
        "answers",
        "shut",
        "overrides",
        "ways",
        "heads",
        "head",
    ]
    assert fields["heads"] == [str(FAILED.trail.head)]
