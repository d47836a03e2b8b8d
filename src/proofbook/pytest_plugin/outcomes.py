"""What a check's phases came to: a verdict for us, and for pytest a failure wherever it is no pass."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import NoVerdict
from proofbook.pytest_plugin.findings import Finding, most_severe, of_phase
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Generator

    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.handles import Handles
    from proofbook.pytest_plugin.keeping import Keeping
    from proofbook.pytest_plugin.places import Place


class Outcomes:
    """Judges each phase in the process that ran it, and redacts what its report shows."""

    def __init__(
        self, place: Place, collection: Collection, handles: Handles, keeping: Keeping
    ) -> None:
        self._keeping = keeping
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
        finding = self._of_call(call, report) if call.when == "call" else of_phase(call, report)
        if finding is not None and finding.verdict is not Verdict.PASS:
            self._keeping.is_pass = False
        if call.when == "teardown":
            finding = self._with_attachments(finding)
        if finding is not None:
            finding = finding.without(self._place.secrets)
            finding.put(report)
            if finding.verdict is not Verdict.PASS:
                _spoil(report, finding, call)
        return report

    def _with_attachments(self, finding: Finding | None) -> Finding | None:
        """The last phase's finding, with everything that was kept of the try."""
        kept = self._keeping.end()
        if not kept:
            return finding
        return replace(finding or Finding(verdict=Verdict.PASS), attachments=kept)

    def _of_call(self, call: pytest.CallInfo[None], report: pytest.TestReport) -> Finding | None:
        """What the check itself found out; `None` where it passed and has nothing to tell."""
        found = of_phase(call, report)
        if self._is_running:
            self._parts += [found] if found else []
            return found
        handle = self._handles.used()
        measured = handle.measured if handle else ()
        parts = [found, *self._parts] if found else self._parts
        if parts:
            return replace(most_severe(parts), measured=measured)
        shortfall = handle.shortfall() if handle else ""
        if shortfall:
            return Finding(verdict=Verdict.FAIL, reason=shortfall, measured=measured)
        return Finding(verdict=Verdict.PASS, measured=measured) if measured else None


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
