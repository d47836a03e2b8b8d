"""Claims on a page become cards: what a reader sees, held against what the claim reader read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from markdown import Markdown

from proofbook.cards.elements import CLOCK
from proofbook.cards.extension import ProofbookExtension
from proofbook.cards.reading import ShownProof, page
from proofbook.cards.seen import Seen
from proofbook.errors import RunbookError
from proofbook.evidence import Attachment, Case
from proofbook.verdicts import Verdict
from tests.engine.cards.samples import (
    CHECK_FILE,
    FRONT,
    NOW,
    PAGE,
    PATH,
    attempt,
    book,
    claims,
    html,
    measurement,
    project,
    record,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

(CLAIM,) = claims()
UNTIL = "2026-12-01T12:00:00+00:00"


def test_a_claim_becomes_a_card_with_its_verdict_and_sentence() -> None:
    """The quote is gone; the sentence is the author's, code and all."""
    shown = html(PAGE, book({PATH: PAGE}, [run(record(CLAIM))]))

    (card,) = page("page.html", shown).cards
    assert (card.id, card.digest) == (CLAIM.id, CLAIM.digest)
    assert card.sentence == "Each of jobs = 3 jobs ends within p95 <= 600 ms."
    assert card.spans == ("jobs = 3", "p95 <= 600 ms")
    assert [(proof.target, proof.word, proof.reason) for proof in card.proofs] == [
        ("local", "pass", "")
    ]
    assert "<blockquote>" not in shown
    assert '<code class="pb-value">p95 &lt;= 600 ms</code>' in shown


def test_a_card_says_where_when_on_which_release_and_until_when() -> None:
    """Everything that a person needs to trust a verdict, or not to."""
    proved = record(
        CLAIM,
        attempt(measured=(measurement("412 ms"),)),
        valid_until=UNTIL,
        scaled="scaled 1/3",
    )
    seen = {CLAIM.id: Seen(2, 3, ("demo.twice", "demo.never", "demo.late"))}

    shown = html(PAGE, book({PATH: PAGE}, [run(proved)], seen))

    (proof,) = page("page.html", shown).cards[0].proofs
    assert proof == ShownProof(
        target="local",
        classes=frozenset({"pb-proof", "pb-ends"}),
        badge=frozenset({"pb-badge", "pb-ends"}),
        flaky="",
        word="pass until 1 Dec 2026, 12:00 UTC",
        reason="",
        drawing=CLOCK,
        until=UNTIL,
        rows=(("p95 <= 600 ms", "412 ms", "yes"),),
        instants=("2026-11-21T11:00:00+00:00", UNTIL),
    )
    words = page("page.html", shown).cards[0].words
    assert words == (
        "demo.once Each of jobs = 3 jobs ends within p95 <= 600 ms . pass until 1 Dec 2026, 12:00 UTC on local (stand-in) "
        "promised measured holds p95 <= 600 ms 412 ms yes "
        "21 Nov 2026, 11:00 UTC · release demo.api abababababab · "
        "valid until 1 Dec 2026, 12:00 UTC · scaled 1/3 · took 1.5 s · seen to fail 2/3 "
        "evidence: 1 case pass checks/demo/test_once.py::test_once "
        "Run 20261121T110000Z-00c0de , suite 555555555555 , check 49c7afa8906c , "
        "ended 21 Nov 2026, 11:01 UTC . All of it: reports/runs/20261121T110000Z-00c0de/"
    )


def test_a_claim_that_was_never_run_has_no_verdict() -> None:
    """Its card says so, and nothing else."""
    shown = html(PAGE, book({PATH: PAGE}))

    words = page("page.html", shown).cards[0].words
    assert words.endswith("p95 <= 600 ms . no_verdict : never run")


def test_a_claim_that_no_fault_breaks_says_so() -> None:
    """Seen to fail under none of none is nothing to be proud of."""
    found = book({PATH: PAGE}, [run(record(CLAIM))], {CLAIM.id: Seen(0, 0, ())})

    assert "took 1.5 s · no fault breaks it yet" in page("x.html", html(PAGE, found)).cards[0].words


def test_a_fail_shows_what_did_not_hold_and_what_it_printed() -> None:
    """Promises that do not hold come first, with several measurements and the rest counted."""
    measured = (
        replace(measurement("3"), name="n", promised="n >= 3"),
        *(measurement(f"{700 + n} ms", holds=False) for n in range(5)),
        measurement("400 ms"),
    )
    failed = record(
        CLAIM,
        attempt(Verdict.NO_VERDICT, "not reached"),
        attempt(Verdict.FAIL, "too slow", measured=measured, details="E  assert 704 <= 600 </pre>"),
    )

    shown = html(PAGE, book({PATH: PAGE}, [run(failed)]))

    card = page("page.html", shown).cards[0]
    assert card.proofs[0].reason == "too slow"
    assert card.proofs[0].rows == (
        ("p95 <= 600 ms", "700 ms, 701 ms, 702 ms and 3 more", "no"),
        ("n >= 3", "3", "yes"),
    )
    assert "attempt 1, 1.5 s: not reached" in card.words
    assert "attempt 2, 1.5 s: too slow E assert 704 <= 600 </pre>" in card.words


def test_what_was_kept_of_an_attempt_is_named_by_its_digest() -> None:
    """Of one that held too."""
    kept = Attachment(name="told", media_type="text/plain", sha256="f" * 64, size_bytes=3)
    found = book({PATH: PAGE}, [run(record(CLAIM, attempt(attachments=(kept,))))])

    words = page("page.html", html(PAGE, found)).cards[0].words
    assert f"attempt 1, 1.5 s: held told: evidence/{'f' * 64}" in words


def test_many_cases_that_passed_are_counted() -> None:
    """Those that did not are all named."""
    cases = [Case(nodeid=f"t::ok[{n}]", attempts=(attempt(),)) for n in range(20)]
    cases.insert(7, Case(nodeid="t::bad", attempts=(attempt(Verdict.FAIL, "no"),)))

    shown = html(PAGE, book({PATH: PAGE}, [run(record(CLAIM, cases=tuple(cases)))]))

    words = page("page.html", shown).cards[0].words
    assert "evidence: 21 cases fail t::bad attempt 1, 1.5 s: no pass t::ok[0]" in words
    assert "pass t::ok[11] and 8 more that passed" in words


def test_the_last_runs_are_a_small_picture() -> None:
    """High passed, half failed, low neither; the words are in its title."""
    said = [record(CLAIM, attempt(v)) for v in (Verdict.PASS, Verdict.FAIL, Verdict.NO_VERDICT)]
    found = [
        run(one, ago=n * (NOW - NOW.replace(hour=11)))
        for n, one in zip((3, 2, 1), said, strict=True)
    ]

    shown = html(PAGE, book({PATH: PAGE}, found))

    assert '<rect class="pb-pass" height="16" width="4" x="0" y="0">' in shown
    assert '<rect class="pb-fail" height="8" width="4" x="6" y="8">' in shown
    assert '<rect class="pb-no-verdict" height="3" width="4" x="12" y="13">' in shown
    assert "last 3 runs: pass 2026-11-21T09:00:00+00:00, fail" in shown


def test_a_run_without_release_suite_or_end_is_shown_as_it_is() -> None:
    """Nothing is made up for what is not known."""
    hollow = run(record(CLAIM), release={}, suite="", finished=None)

    words = page("page.html", html(PAGE, book({PATH: PAGE}, [hollow]))).cards[0].words

    assert (
        "no_verdict : the run never ended on local (stand-in) 21 Nov 2026, 11:00 UTC · "
        "of no stated release · took" in words
    )
    assert "suite without a commit" in words
    assert "ended never" in words


def test_a_stale_pass_says_until_when_it_was_valid() -> None:
    """The instant stays beside the verdict."""
    past = "2026-11-21T11:30:00+00:00"
    shown = html(PAGE, book({PATH: PAGE}, [run(record(CLAIM, valid_until=past))]))

    (proof,) = page("page.html", shown).cards[0].proofs
    assert (proof.word, proof.until, past in proof.instants) == ("stale", None, True)
    assert "was valid until 21 Nov 2026, 11:30 UTC" in shown.replace(
        '<time datetime="' + past + '">', ""
    )


def test_prose_in_a_quote_with_claims_stays_a_quote() -> None:
    """Cards stand in its place, in order."""
    text = FRONT + "> Before.\n>\n> And.\n>\n> **demo.a** — x\n>\n> Between.\n>\n> **demo.b** — y\n"

    shown = html(text, book({PATH: text}))

    assert [card.id for card in page("page.html", shown).cards] == ["demo.a", "demo.b"]
    assert shown.count("<blockquote>") == 2
    assert shown.index("Before") < shown.index("And") < shown.index('id="demo.a"')
    assert shown.index('id="demo.a"') < shown.index("Between") < shown.index('id="demo.b"')


def test_a_page_opens_with_its_owner_escalation_and_what_is_not_proved() -> None:
    """Right after its title."""
    shown = html(PAGE, book({PATH: PAGE}, [run(record(CLAIM, attempt(Verdict.FAIL, "3 twice")))]))

    found = page("page.html", shown)
    assert found.path == PATH
    assert found.unproved == (("demo.once", "fail"),)
    assert {verdict: n for (_, _, verdict), n in found.counts.items()} == {
        "pass": "0",
        "fail": "1",
        "no_verdict": "0",
        "stale": "0",
    }
    assert shown.index("</h1>") < shown.index("Platform team") < shown.index("#demo")
    assert shown.index("#demo") < shown.index('href="#demo.once"') < shown.index('id="demo.once"')
    assert "Verdicts as of" in shown


def test_what_is_not_proved_begins_with_the_worst() -> None:
    """Whatever comes first on the page."""
    text = FRONT + "> **demo.a** — x\n\n> **demo.b** — y\n\n> **demo.c** — z\n"
    _, fails, ages = claims(text)
    old = record(ages, claim_digest="0" * 64)
    failed = record(fails, attempt(Verdict.FAIL, "no"))

    shown = page("page.html", html(text, book({PATH: text}, [run(failed, old)])))

    assert shown.unproved == (("demo.b", "fail"), ("demo.a", "no_verdict"), ("demo.c", "stale"))


def test_a_page_where_all_is_proved_says_so() -> None:
    """Its passes carry the instants at which they run out."""
    shown = html(PAGE, book({PATH: PAGE}, [run(record(CLAIM, valid_until=UNTIL))]))

    assert "Everything on this page is proved until 1 Dec 2026, 12:00 UTC." in shown
    assert f'data-pb-ends="{UNTIL}"' in shown


def test_a_page_without_claims_is_left_alone() -> None:
    """No opening, no style, no script."""
    assert html("# Notes\n\n> quote\n", book({})) == (
        '<h1 id="notes">Notes</h1>\n<blockquote>\n<p>quote</p>\n</blockquote>'
    )


def test_style_and_script_stand_letter_by_letter() -> None:
    """A script whose signs were escaped would not run."""
    shown = html(PAGE, book({PATH: PAGE}))

    assert "element && paint(element, verdict)" in shown
    assert "=> !(Date.parse(instant) > Date.now())" in shown
    assert '[data-md-color-scheme="slate"] {' in shown


def test_the_overview_stands_where_its_marker_did() -> None:
    """Every system and target with its counts, and all that is not proved, with links."""
    other = FRONT.replace("demo", "x") + "> **other.b** — y\n"
    pages = {PATH: PAGE, "runbooks/other/index.md": other, "runbooks/index.md": "# All\n"}
    found = [
        run(record(CLAIM)),
        run(record(CLAIM, attempt(Verdict.FAIL, "no")), target="staging", kind="deployment"),
    ]

    shown = html("# All\n\n<!-- proofbook: overview -->\n\nAfter.\n", book(pages, found))

    found_page = page("index.html", shown)
    assert found_page.counts == {
        (of, target, verdict): str(int(verdict == hit))
        for of, target, hit in [
            ("demo", "local", "pass"),
            ("demo", "staging", "fail"),
            ("other", "", "no_verdict"),
        ]
        for verdict in ("pass", "fail", "no_verdict", "stale")
    }
    assert found_page.unproved == (("demo.once", "fail"), ("other.b", "no_verdict"))
    assert 'href="demo/page.md#demo.once"' in shown
    assert '<a href="other/index.md">other</a>' in shown
    assert '<a href="demo/page.md">demo</a>' in shown
    assert shown.index("What is not proved") < shown.index("After.")


def test_the_overview_praises_a_system_that_is_all_proved() -> None:
    """In words, since an empty list could be a mistake."""
    shown = html("<!-- proofbook: overview -->\n", book({PATH: PAGE}, [run(record(CLAIM))]))

    assert '<strong>demo</strong>: <span data-pb-all="demo">everything is proved.</span>' in shown


def test_the_overview_of_nothing_says_so() -> None:
    """An empty table would look like a mistake too."""
    assert "<p>No runbook states a claim yet.</p>" in html(
        "<!-- proofbook: overview -->\n", book({})
    )


def test_the_extension_finds_its_project_and_judges_now(tmp_path: Path) -> None:
    """As a builder loads it, by name; a damaged log is told of."""
    root = project(tmp_path, {PATH: PAGE}, [run(record(CLAIM))])
    (root / CHECK_FILE).write_text("def test_once(): assert True\n")
    (root / "reports" / "log" / "torn.jsonl").write_text("{")
    options = {"proofbook.cards": {"root": str(root), "now": NOW.isoformat()}}

    shown = Markdown(extensions=["proofbook.cards"], extension_configs=options).convert(
        "<!-- proofbook: overview -->\n\n> **demo.once** — Each of `jobs = 3` jobs ends within `p95 <= 600 ms`.\n"
    )

    (proof,) = page("page.html", shown).cards[0].proofs
    assert proof.reason == f"its check has changed since run {run().id}; it was pass"
    assert "The log is damaged, and passes nothing: 1" in shown


def test_outside_a_project_nothing_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page without verdicts would look like one with nothing to hide."""
    monkeypatch.chdir(tmp_path)

    with pytest.raises(RunbookError) as raised:
        Markdown(extensions=[ProofbookExtension()])

    assert str(raised.value) == f"gates.toml:1: not in {tmp_path} or above it; build in a project"
