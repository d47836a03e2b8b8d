"""
A sheet as Markdown, for the page that a CI server shows of a job.

What is not proved comes first, each claim with its reason; what passed is counted, and listed where
a reader opens the list. CI servers cut long pages off (GitHub at 1 MiB), and a page that is cut off
might hide a failure: so long lists are cut here, and say so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofbook.report.characters import printable
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.report.sheet import Finding, Sheet

#: A sign for each verdict; the word stands beside it always.
SIGNS = {
    Verdict.PASS: "✅",
    Verdict.FAIL: "❌",
    Verdict.NO_VERDICT: "❔",
    Verdict.STALE: "⌛",
    Verdict.WAIVED: "🏳️",
}
#: So many claims are listed that are no pass, and so many that are; the rest are counted.
_LISTED = 500
#: Characters of a reason or a measurement, of which a check may print many.
_REASON = 200
#: Whatever Markdown or HTML takes for its own.
_SPECIAL = re.compile(r"([\\`*_\[\]#|~<>&@])")


def render(sheet: Sheet) -> str:
    """The page, with the verdict in its heading; ends with a newline."""
    return "\n".join(_lines(sheet)) + "\n"


def _lines(sheet: Sheet) -> Iterator[str]:
    told = sheet.told
    passed = [f for f in told if f.verdict is Verdict.PASS]
    others = [f for f in told if f.verdict is not Verdict.PASS]
    yield f"## {_headline(sheet, len(passed), len(told))}"
    yield ""
    yield _facts(sheet)
    for what in sheet.problems:
        yield f"\n{SIGNS[Verdict.NO_VERDICT]} **{plain(what)}**"
    if others:
        yield "\n### Not proved\n"
        yield from _table(sorted(others, key=_gravity), "reason")
    if passed:
        yield f"\n<details><summary>Proved: {len(passed)}</summary>\n"
        yield from _table(passed, "promised → measured")
        yield "\n</details>"


def _headline(sheet: Sheet, passed: int, told: int) -> str:
    """The worst verdict there is, and how much is proved."""
    found = {finding.verdict for finding in sheet.told}
    worst = min(found, key=_ORDER.index, default=Verdict.NO_VERDICT)
    if sheet.problems and worst is not Verdict.FAIL:
        worst = Verdict.NO_VERDICT
    left_out = len(sheet.findings) - told
    more = f", {left_out} not selected" if left_out else ""
    title = f"{plain(sheet.title)} · " if sheet.title else ""
    return f"{title}{sign(worst)}: {passed} of {told} claims proved on {plain(sheet.target)}{more}"


def _facts(sheet: Sheet) -> str:
    release = ", ".join(f"{plain(p)} `{code(t)}`" for p, t in sorted(sheet.release.items()))
    facts = [
        f"run `{code(sheet.id)}`",
        f"{plain(sheet.kind)} `{code(sheet.target)}`",
        f"release {release}" if release else "the deployment states no release",
        f"suite `{code(sheet.suite)}`" if sheet.suite else "",
        f"from {plain(sheet.started)} to {plain(sheet.finished or 'no end')}",
        f"**planted: {plain(sheet.fault)}; nothing here is a verdict**" if sheet.fault else "",
        f"**cut short: {plain(sheet.aborted)}**" if sheet.aborted else "",
    ]
    return " · ".join(filter(None, facts))


def _table(findings: Sequence[Finding], last: str) -> Iterator[str]:
    yield f"| verdict | claim | {last} |"
    yield "| --- | --- | --- |"
    for finding in findings[:_LISTED]:
        yield f"| {shown(finding)} | `{code(finding.record.claim)}` {_place(finding)} | {_why(finding)} |"
    if len(findings) > _LISTED:
        yield f"\nand {len(findings) - _LISTED} more, which the other reports list."


def shown(finding: Finding) -> str:
    """The verdict with its sign, and how often a pass was none before: `✅ pass · flaky 1/4`."""
    flaky = " · flaky {}/{}".format(*finding.flaky) if finding.flaky else ""
    return sign(finding.verdict) + flaky


def sign(verdict: Verdict) -> str:
    """A verdict's sign and word."""
    return f"{SIGNS[verdict]} {verdict}"


def _place(finding: Finding) -> str:
    return f"<br>{plain(finding.record.place)}"


def _why(finding: Finding) -> str:
    record = finding.record
    facts = [plain(_cut(finding.reason))] if finding.reason else []
    facts += [f"{plain(_cut(m.promised))} → {plain(_cut(m.measured))}" for m in record.measured[:3]]
    facts += [plain(record.scaled)] if record.scaled else []
    facts += [f"until {plain(finding.valid_until)}"] if finding.valid_until else []
    return "<br>".join(facts) or "–"


def _cut(text: str) -> str:
    return text if len(text) <= _REASON else f"{text[:_REASON]}…"


_ORDER = (*PRECEDENCE[:-1], Verdict.WAIVED, Verdict.PASS)


def _gravity(finding: Finding) -> tuple[int, bool]:
    """Failures first; what was not asked last within its verdict."""
    return _ORDER.index(finding.verdict), not finding.record.asked


def plain(text: str) -> str:
    """A text on one line that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\1", " ".join(printable(text).split()))


def code(text: str) -> str:
    """A text for a code span in a table's cell."""
    return " ".join(printable(text).split()).replace("`", "'").replace("|", "\\|") or "none"
