"""
A run as a table for tired eyes: every claim under its page, then what to do, then the count.

It fits any width: where the columns do not, each claim becomes a line or two. Ids and commands are never cut
short: lines that hold a command, and the last one, run on instead of being broken. `render` gives it as plain
text, `proofbook.report.coloured` in colour.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from rich.cells import cell_len, chop_cells

from proofbook.report.summary import count, heading, measured, pages, to_do
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.evidence import Record, Run
    from proofbook.log import Head
    from proofbook.report.summary import ToDo

#: Texts with their styles, in rich's words, beside each other.
Line: TypeAlias = "tuple[tuple[str, str], ...]"

#: A sign and a colour; the word stands beside them always.
SIGNS = {
    Verdict.PASS: ("✓", "green"),
    Verdict.FAIL: ("✗", "bold red"),
    Verdict.NO_VERDICT: ("?", "yellow"),
    Verdict.STALE: ("~", "magenta"),
    Verdict.WAIVED: ("–", "cyan"),
}
_HEADINGS = ("claim", "verdict", "promised → measured", "seconds")
_VERDICT_WIDTH = len("? no_verdict")
#: What the measurements need to be readable.
_MEASURED_WIDTH = 24
_GAP = "  "


class _Widths(NamedTuple):
    """Of the columns whose width depends on what they hold, in cells."""

    claim: int
    measured: int
    seconds: int


def render(run: Run, *, width: int = 120, head: Head | None = None) -> str:
    """The report as plain text, its table no wider than `width`; ends with a newline."""
    plain = ("".join(text for text, _ in line) for line in lines(run, width=width, head=head))
    return "".join(f"{line.rstrip()}\n" for line in plain)


def lines(run: Run, *, width: int, head: Head | None = None) -> Iterator[Line]:
    """
    The whole report, line by line, for a window of so many cells.

    `head` is of the run's log: whoever keeps it can tell later that nothing was cut off.
    """
    yield ((heading(run), "bold"),)
    yield ()
    if found := pages(run):
        yield from _columns(run, found, width) or _stacked(run, found, width)
        yield ()
    for todo in to_do(run):
        yield from told(todo, width)
    if head is not None:
        yield ((f"head of the log: {head}", "dim"),)
    yield ((count(run), "bold"),)


def verdict(said: Verdict, *, asked: bool) -> tuple[str, str]:
    """A verdict's sign and word, and its colour, pale if the claim was not asked."""
    sign, style = SIGNS[said]
    return f"{sign} {said}", style if asked else "dim"


def _columns(
    run: Run, by_page: Sequence[tuple[str, Sequence[Record]]], width: int
) -> list[Line] | None:
    """A row for each claim; `None` where the window is too narrow for that."""
    records = [record for _, of_page in by_page for record in of_page]
    claims = max(len(_HEADINGS[0]), *(len(_GAP) + cell_len(record.claim) for record in records))
    seconds = [f"{record.seconds:.1f}" for record in records]
    ends = max(map(len, [_HEADINGS[3], *seconds]))
    left = width - claims - _VERDICT_WIDTH - ends - 3 * len(_GAP)
    if left < _MEASURED_WIDTH:
        return None
    values = [[part for line in _values(each) for part in _folded(line, left)] for each in records]
    middle = max(cell_len(line) for lines in ((_HEADINGS[2],), *values) for line in lines)
    widths = _Widths(claims, middle, ends)
    found = [_row(widths, _HEADINGS, "bold", "bold")]
    rows = zip(records, values, seconds, strict=True)
    for page, of_page in by_page:
        found += [((line, "dim"),) for line in _folded(page, width)]
        for record, value, took in islice(rows, len(of_page)):
            said, colour = verdict(run.verdict(record), asked=record.asked)
            found.append(_row(widths, (f"{_GAP}{record.claim}", said, value[0], took), colour))
            found += [_row(widths, ("", "", more, ""), "") for more in value[1:]]
    return found


def _row(widths: _Widths, cells: tuple[str, str, str, str], colour: str, style: str = "") -> Line:
    """Claim, verdict, value and seconds beside each other; the verdict in its colour."""
    claim, said, value, took = cells
    return (
        (_wide(claim, widths.claim) + _GAP, style),
        (_wide(said, _VERDICT_WIDTH) + _GAP, colour),
        (f"{_wide(value, widths.measured)}{_GAP}{took:>{widths.seconds}}", style),
    )


def _stacked(
    run: Run, by_page: Sequence[tuple[str, Sequence[Record]]], width: int
) -> Iterator[Line]:
    """A line or more for each claim."""
    for page, records in by_page:
        yield from (((line, "dim"),) for line in _folded(page, width))
        for record in records:
            said = verdict(run.verdict(record), asked=record.asked)
            yield (said, (f" {record.claim} {record.seconds:.1f} s", ""))
            for line in filter(None, _values(record)):
                yield from _indented(line, width)


def _values(record: Record) -> Sequence[str]:
    """What a claim measured; what to show of one that measured nothing."""
    if values := measured(record):
        return values
    if not record.asked:
        return ("not asked",)
    return (f"{len(record.cases)} cases" if len(record.cases) > 1 else record.note,)


def told(todo: ToDo, width: int) -> Iterator[Line]:
    """What to do about claims, and a blank line."""
    yield (
        verdict(todo.verdict, asked=todo.asked),
        ("" if todo.asked else ", not asked", "dim"),
    )
    for record in todo.records:
        yield ((f"  {record.claim}", "bold"), (f"  {record.place}", "dim"))
    yield from _indented(todo.reason or "no reason was given", width)
    yield ((f"    → {todo.step}", ""),)
    yield ()


def _indented(text: str, width: int) -> Iterator[Line]:
    return (((f"    {line}", ""),) for line in _folded(text, width - 4))


def _wide(text: str, cells: int) -> str:
    """A text with blanks behind it."""
    return text + " " * (cells - cell_len(text))


def _folded(text: str, cells: int) -> list[str]:
    """Lines no wider than so many cells: broken at blanks, and in a word that is too wide for any line."""
    cells = max(2, cells)  # the widest character takes two
    if cell_len(text) <= cells:
        return [text]
    found, line = [], ""
    for word in text.split(" "):
        grown = f"{line} {word}" if line else word
        if cell_len(grown) > cells:
            *full, grown = chop_cells(word, cells) or [""]
            found += [line, *full] if line else full
        line = grown
    return [*found, line]
