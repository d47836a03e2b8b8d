"""What pytest's terminal calls a verdict that it does not know."""

from __future__ import annotations

import pytest

from proofbook.pytest_plugin.findings import of_report
from proofbook.verdicts import Verdict


class Words:
    """Registered when the first of them is needed: pytest asks it thrice a test."""

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
