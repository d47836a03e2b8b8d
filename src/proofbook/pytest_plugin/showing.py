"""What pytest's own terminal shows of a run: where it goes, what stood in the way, the final table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.pytest_plugin.awake import covers_checks

if TYPE_CHECKING:
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.ending import Ending

_CATEGORIES = ("no verdict", "not asked")


class Showing:
    """Writes to the terminal reporter, if there is one."""

    def __init__(self, awake: Awake, ending: Ending) -> None:
        self._awake = awake
        self._ending = ending

    def pytest_report_header(self, config: pytest.Config) -> str | None:
        """Which run this is going to be, and how to repeat its random choices."""
        awake = self._awake
        if not covers_checks(config, awake.root):
            return None
        return f"proofbook: target {config.getoption('--target')}, run {awake.run_id}, seed {awake.seed}"

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Tracebacks of what gave no verdict, then every claim."""
        reporter = terminalreporter
        reports = [each for word in _CATEGORIES for each in reporter.getreports(word)]
        told = [each for each in reports if "\n" in str(each.longrepr)]
        if told and reporter.config.option.tbstyle != "no":
            reporter.write_sep("=", "NO VERDICT")
        for report in told if reporter.config.option.tbstyle != "no" else ():
            reporter.write_sep("_", report.head_line or report.nodeid, yellow=True, bold=True)
            report.toterminal(reporter._tw)  # noqa: SLF001 - a report knows no other way to print itself
        run = self._ending.run
        if run is not None:
            from proofbook.report import table  # noqa: PLC0415 - for the end only

            reporter.write_sep("=", "claims")
            width = reporter._tw.fullwidth  # noqa: SLF001 - see above
            shown = table.render(run, width=width, head=self._ending.head)
            reporter.write_line(shown.rstrip("\n"))
        if self._ending.unwritten is not None:
            reporter.write_line(str(self._ending.unwritten), red=True)
