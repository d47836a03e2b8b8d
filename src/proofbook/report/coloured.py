"""The table of a run in colour, for a console of rich's; its words are those of `proofbook.report.table`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from proofbook.report import table

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

    from proofbook.evidence import Run
    from proofbook.log import Head
    from proofbook.verdicts import Verdict


class Report:
    """The whole report of a run, for a console of any width; to be printed with `crop=False`."""

    def __init__(self, run: Run, head: Head | None = None) -> None:
        self._run = run
        self._head = head

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for line in table.lines(self._run, width=options.max_width, head=self._head):
            yield Text.assemble(*line, no_wrap=True, overflow="ignore")


def verdict_text(verdict: Verdict, *, asked: bool) -> Text:
    """A verdict's sign and word in its colour, pale if the claim was not asked; append at will."""
    text, style = table.verdict(verdict, asked=asked)
    return Text().append(text, style=style)
