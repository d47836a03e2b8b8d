"""What is behind a verdict, one click away: the cases and attempts, and the runs before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.cards.elements import append, badge, css, el, instant
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from proofbook.cards.standing import Mark
    from proofbook.evidence import Attempt, Case, Record, Run

#: So many cases that passed are named; the rest are counted.
_NAMED = 12
#: Height of a mark in the picture of the history, of 16.
_HEIGHTS = {Verdict.PASS: 16, Verdict.FAIL: 8, Verdict.NO_VERDICT: 3, Verdict.STALE: 3}
_STEP = 6


def evidence(run: Run, record: Record) -> Element:
    """The cases of a record, those that are no pass first and whole, to be opened."""
    others = [case for case in record.cases if case.verdict is not Verdict.PASS]
    passed = [case for case in record.cases if case.verdict is Verdict.PASS]
    rows = [_case(case) for case in (*others, *passed[:_NAMED])]
    if len(passed) > _NAMED:
        rows.append(el("li", f"and {len(passed) - _NAMED} more that passed"))
    count = f"{len(record.cases)} case{'s' if len(record.cases) > 1 else ''}"
    return el(
        "details",
        el("summary", f"evidence: {count}"),
        el("ul", *rows, cls="pb-cases"),
        el(
            "p",
            "Run ",
            el("code", run.id),
            ", suite ",
            el("code", run.suite[:12] or "without a commit"),
            ", check ",
            el("code", record.check_digest[:12]),
            ", ended ",
            instant(run.finished) if run.finished else "never",
            ". All of it: ",
            el("code", f"reports/runs/{run.id}/"),
            cls="pb-run",
        ),
        cls="pb-evidence",
    )


def picture(history: Sequence[Mark]) -> Element:
    """The last runs as a row of marks, the newest at the right: high passed, half failed, low neither."""
    words = ", ".join(f"{mark.verdict} {mark.started}" for mark in history)
    drawing = el(
        "svg",
        el("title", f"last {len(history)} runs: {words}"),
        cls="pb-history",
        viewBox=f"0 0 {len(history) * _STEP - 2} 16",
        width=str(len(history) * _STEP - 2),
        height="16",
        role="img",
    )
    for number, mark in enumerate(history):
        height = _HEIGHTS.get(mark.verdict, 3)
        bar = el(
            "rect",
            x=str(number * _STEP),
            y=str(16 - height),
            width="4",
            height=str(height),
            cls=css(mark.verdict),
        )
        drawing.append(bar)
    return drawing


def _case(case: Case) -> Element:
    """One case with all its attempts."""
    made = el("li", badge(case.verdict), " ", el("code", case.nodeid))
    is_plain = case.verdict is Verdict.PASS and len(case.attempts) == 1
    shown = () if is_plain and not case.attempts[0].attachments else case.attempts
    for number, attempt in enumerate(shown, start=1):
        made.append(_attempt(number, attempt))
    return made


def _attempt(number: int, attempt: Attempt) -> Element:
    """One try at a case: what it said, and what it printed."""
    reason = attempt.reason or "held"
    made = el("p", f"attempt {number}, {attempt.seconds:.1f} s: {reason}", cls="pb-attempt")
    for kept in attempt.attachments:
        append(made, el("br"), f"{kept.name}: ", el("code", f"evidence/{kept.sha256}"))
    if attempt.details:
        made.append(el("pre", el("code", attempt.details)))
    return made
