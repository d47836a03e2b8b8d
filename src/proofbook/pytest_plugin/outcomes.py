"""What a check's phases came to: a verdict for us, and for pytest a failure wherever it is no pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.pytest_plugin.findings import Finding, most_severe, of_phase, of_report
from proofbook.redaction import redacted
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Generator

    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.places import Place


class Outcomes:
    """Judges each phase in the process that ran it, and redacts what its report shows."""

    def __init__(self, place: Place, collection: Collection, handles: Handles) -> None:
        self._place = place
        self._collection = collection
        self._handles = handles
        self._is_running = False
        #: What the subtests of the check that ran last found out, passes left aside.
        self._parts: list[Finding] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self) -> Generator[None, object, object]:
        """Reports that come while a test runs are those of its subtests."""
        self._is_running, self._parts = True, []
        try:
            return (yield)
        finally:
            self._is_running = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the finding on the report, and leave no pass where there is none."""
        report = yield
        if item not in self._collection.checks:
            return report
        if call.when == "call":
            finding = self._of_call(item, call, report)
        else:
            finding = of_phase(call, report)
            if call.when == "teardown":
                self._handles.drop(item)
        if finding is not None:
            finding = finding.without(self._place.secrets)
            finding.put(report)
            if finding.verdict is not Verdict.PASS:
                _spoil(report, finding, call)
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Before anybody shows or keeps it, take the secrets out of a report."""
        shows = report.longrepr or report.sections or report.user_properties
        if shows and self._place.secrets:
            _redact(report, self._place.secrets)

    def _of_call(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> Finding | None:
        """What the check itself found out; `None` where it passed and has nothing to tell."""
        found = of_phase(call, report)
        if self._is_running:
            self._parts += [found] if found else []
            return found
        handle = self._handles.used(item)
        measured = handle.measured if handle else ()
        parts = [found, *self._parts] if found else self._parts
        if parts:
            return replace(most_severe(parts), measured=measured)
        shortfall = handle.shortfall() if handle else ""
        if shortfall:
            return Finding(verdict=Verdict.FAIL, reason=shortfall, measured=measured)
        return Finding(verdict=Verdict.PASS, measured=measured) if measured else None


class Words:
    """What pytest's terminal calls a verdict that it does not know."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(
        self, report: pytest.CollectReport | pytest.TestReport
    ) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
        """`no verdict` and `not asked` instead of `failed` and `error`."""
        finding = of_report(report) if report.outcome != "passed" else None
        if finding is None or finding.verdict is not Verdict.NO_VERDICT:
            return None
        if not report.failed or hasattr(report, "context"):
            return None  # a try that is repeated, or a subtest: its own plugin names it
        word = "no verdict" if finding.asked else "not asked"
        letter = "N" if finding.asked else "n"
        return word, letter, (word.upper(), {"yellow": True})


def _spoil(report: pytest.TestReport, finding: Finding, call: pytest.CallInfo[None]) -> None:
    """Make a report that is no pass a failure to everybody who reads pytest's own."""
    if report.outcome in ("passed", "skipped"):
        report.outcome = "failed"
    if hasattr(report, "wasxfail"):
        del report.wasxfail
    error = call.excinfo.value if call.excinfo else None
    if report.longrepr is None or isinstance(report.longrepr, tuple | str):
        report.longrepr = finding.reason
    elif isinstance(error, NoVerdict):
        crash = getattr(report.longrepr, "reprcrash", None)
        where = f"{crash.path}:{crash.lineno}: " if crash and call.when == "call" else ""
        report.longrepr = f"{where}{finding.reason}"


def _redact(report: pytest.TestReport, secrets: frozenset[str]) -> None:
    """Take the secrets out; a traceback that held one becomes plain text."""
    report.sections = [(name, redacted(text, secrets)) for name, text in report.sections]
    report.user_properties = [
        (name, redacted(value, secrets) if isinstance(value, str) else value)
        for name, value in report.user_properties
    ]
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    shown = f"{text}\n{crash.message}" if crash else text
    if redacted(shown, secrets) != shown:
        report.longrepr = redacted(text, secrets) or "[redacted]"
