"""
A run as a table for tired eyes: every claim under its page, then what to do, then the count.

`Report` is a renderable of rich and fits any width: where the columns do not, each claim becomes a
line or two. `render` gives the same words as plain text. Ids and commands are never cut short.
"""

from __future__ import annotations

from io import StringIO
from typing import TYPE_CHECKING, Literal, TypedDict

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from proofbook.report.summary import count, heading, measured, pages, to_do
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import ConsoleOptions, RenderableType, RenderResult

    from proofbook.evidence import Record, Run
    from proofbook.log import Head
    from proofbook.report.summary import ToDo


class _Overflow(TypedDict):
    no_wrap: bool
    overflow: Literal["ignore"]


#: A sign and a colour; the word stands beside them always.
SIGNS = {
    Verdict.PASS: ("✓", "green"),
    Verdict.FAIL: ("✗", "bold red"),
    Verdict.NO_VERDICT: ("?", "yellow"),
    Verdict.STALE: ("~", "magenta"),
    Verdict.WAIVED: ("–", "cyan"),
}
#: What the other columns take, and what the measurements need to be readable.
_VERDICT_WIDTH = len("? no_verdict")
_SECONDS_WIDTH = len("seconds")
_MEASURED_WIDTH = 24
_GAPS = 8
_RUN_ON: _Overflow = {"no_wrap": True, "overflow": "ignore"}


def render(run: Run, *, width: int = 120, head: Head | None = None) -> str:
    """The report as plain text, its table no wider than `width`; ends with a newline."""
    out = StringIO()
    Console(file=out, width=width, color_system=None).print(Report(run, head), crop=False)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


class Report:
    """
    The whole report of a run, for a console of any width; to be printed with `crop=False`.

    Lines that hold a command, and the last one, run on instead of being broken.
    """

    def __init__(self, run: Run, head: Head | None = None) -> None:
        self._run = run
        #: Of the run's log: whoever keeps it can tell later that nothing was cut off.
        self._head = head

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        run = self._run
        yield Text(heading(run), style="bold", **_RUN_ON)
        yield Text()
        ids = [cell_len(record.claim) for _, records in pages(run) for record in records]
        needed = max(ids, default=0) + _VERDICT_WIDTH + _MEASURED_WIDTH + _SECONDS_WIDTH + _GAPS
        if ids:
            yield from self._columns() if needed <= options.max_width else self._lines()
        for todo in to_do(run):
            yield from _explained(todo)
        if self._head is not None:
            yield Text(f"head of the log: {self._head}", style="dim", **_RUN_ON)
        yield Text(count(run), style="bold", **_RUN_ON)

    def _columns(self) -> Iterator[RenderableType]:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), expand=False)
        table.add_column("claim", no_wrap=True)
        table.add_column("verdict", no_wrap=True, min_width=_VERDICT_WIDTH)
        table.add_column("promised → measured", overflow="fold")
        table.add_column("seconds", justify="right", no_wrap=True)
        for page, records in pages(self._run):
            table.add_row(Text(page, style="dim"))
            for record in records:
                table.add_row(
                    Text(f"  {record.claim}"),
                    _verdict(record, self._run),
                    Text("\n".join(measured(record)) or _instead(record)),
                    f"{record.seconds:.1f}",
                )
        yield table
        yield Text()

    def _lines(self) -> Iterator[RenderableType]:
        for page, records in pages(self._run):
            yield Text(page, style="dim", overflow="fold")
            for record in records:
                first = _verdict(record, self._run)
                yield first.append(f" {record.claim} {record.seconds:.1f} s")
                for line in measured(record) or filter(None, [_instead(record)]):
                    yield _indented(line)
        yield Text()


def _verdict(record: Record, run: Run) -> Text:
    return verdict_text(run.verdict(record), asked=record.asked)


def verdict_text(verdict: Verdict, *, asked: bool) -> Text:
    """A verdict's sign and word in its colour, pale if the claim was not asked; append at will."""
    sign, style = SIGNS[verdict]
    return Text().append(f"{sign} {verdict}", style=style if asked else "dim")


def _instead(record: Record) -> str:
    """What to show of a claim that measured nothing."""
    if not record.asked:
        return "not asked"
    return f"{len(record.cases)} cases" if len(record.cases) > 1 else record.note


def _explained(todo: ToDo) -> Iterator[RenderableType]:
    head = verdict_text(todo.verdict, asked=todo.asked)
    head.append("" if todo.asked else ", not asked", style="dim")
    for record in todo.records:
        head.append(f"\n  {record.claim}", style="bold").append(f"  {record.place}", style="dim")
    yield head
    yield _indented(todo.reason or "no reason was given")
    yield Text(f"    → {todo.step}", **_RUN_ON)
    yield Text()


def _indented(text: str) -> Padding:
    return Padding(Text(text, overflow="fold"), (0, 0, 0, 4))
