"""
What a person sees while checks run.

On a terminal a small table that is written anew: what runs, and what has ended how; it vanishes at
the end, when the report takes its place. Elsewhere a line for each claim that has ended.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from proofbook.cli.progress import Progress
from proofbook.report.characters import printable
from proofbook.report.coloured import verdict_text
from proofbook.report.table import SIGNS
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, RenderableType

    from proofbook.evidence import Attempt, Record
    from proofbook.pytest_plugin.plan import Plan

#: So often a second the table is written anew.
_REFRESH = 4
#: Lines of the terminal that the table leaves alone.
_MARGIN = 6
_VERDICT_WIDTH = len("? no_verdict")


class Onlooker:
    """A plugin of pytest that follows a run and shows it on a console; `None` shows nothing."""

    def __init__(self, console: Console | None) -> None:
        self._console = console
        self.progress = Progress(time.monotonic)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show the table for as long as this lasts."""
        console = self._console
        if console is None or not console.is_terminal or console.is_dumb_terminal:
            yield
            return
        live = Live(
            console=console,
            get_renderable=self._table,
            refresh_per_second=_REFRESH,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with live:
            yield

    def pytest_proofbook_planned(self, plan: Plan) -> None:
        """What is going to run."""
        wanted = {claim: cases for claim, cases in plan.cases.items() if plan.is_wanted(claim)}
        self.progress.plan(
            {claim: [c.nodeid for c in cases if c.selected] for claim, cases in wanted.items()},
            {claim: [c.nodeid for c in cases if not c.selected] for claim, cases in wanted.items()},
        )

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case has started, in this process or in a worker."""
        self.progress.start(nodeid)

    def pytest_proofbook_attempt(self, claim: str, nodeid: str, attempt: Attempt) -> None:
        """A case has ended: on a terminal only what did not pass gets a line that stays."""
        record = self.progress.end(claim, nodeid, attempt)
        if record is None or self._console is None:
            return
        if not self._console.is_terminal or record.verdict is not Verdict.PASS:
            self._console.print(_line(record), soft_wrap=True)

    def _table(self) -> RenderableType:
        progress = self.progress
        if not progress.planned:
            return Text(f"collecting checks … {progress.seconds:.0f} s")
        ended = progress.ended
        head = Text(f"{ended.total()} of {progress.planned} claims")
        for verdict, number in ended.items():
            head.append(" · ").append(f"{number} {verdict}", style=SIGNS[verdict][1])
        head.append(f" · {progress.seconds:.0f} s")
        table = Table(box=None, pad_edge=False, show_header=False)
        rows = max(1, self._console.height - _MARGIN) if self._console else 1
        running = progress.running
        for claim in running[:rows]:
            cases = f"{claim.done}/{claim.of} cases" if claim.of > 1 else ""
            table.add_row(f"  {claim.claim}", cases, f"{claim.seconds:.0f} s")
        if len(running) > rows:
            table.add_row(f"  and {len(running) - rows} more")
        return Group(head, table) if running else head


def _line(record: Record) -> Text:
    line = verdict_text(record.verdict, asked=record.asked)
    line.pad_right(_VERDICT_WIDTH - line.cell_len)
    line.append(f" {record.claim}  {record.seconds:.1f} s")
    reason = printable(record.reason)
    note = "" if record.asked else "not asked: "
    return line.append(f"  {note}{reason}") if reason else line
