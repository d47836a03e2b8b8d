"""The table fits any width, loses no id, and says the same in colour as without."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from proofbook.evidence import Attempt, Case, Measurement
from proofbook.report import coloured, summary, table
from proofbook.report.characters import printable
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.evidence import Run


def words(text: str) -> list[str]:
    """The words of a text, its columns and lines forgotten."""
    return sorted(set(text.split()))


@pytest.mark.parametrize("width", [1, 20, 40, 70, 100, 300])
def test_ids_commands_and_the_count_are_never_cut(every_kind: Run, width: int) -> None:
    """In a narrow window the terminal may break a line; the text itself is whole."""
    text = table.render(every_kind, width=width)
    assert text.splitlines()[-1] == summary.count(every_kind)
    assert (
        "`proofbook verify coreos.zombie-refused --target elsewhere/blue.toml --seed 2026`" in text
    )
    whole = text.replace("\n", "")
    for record in every_kind.records[:-1]:
        assert record.claim in whole


@pytest.mark.parametrize("width", [70, 100, 300])
def test_no_line_of_the_table_is_wider_than_asked(every_kind: Run, width: int) -> None:
    """Only headings, steps and the count run on."""
    lines = table.render(every_kind, width=width).splitlines()[1:-1]
    assert [line for line in lines if len(line) > width and "→ " not in line] == []


def test_a_narrow_window_says_what_a_wide_one_says(every_kind: Run) -> None:
    """Where the columns do not fit, each claim has lines of its own and loses nothing."""
    narrow, wide = (words(table.render(every_kind, width=width)) for width in (60, 200))
    assert set(wide) - set(narrow) <= {"claim", "verdict", "promised", "measured", "seconds"}


def test_a_terminal_gets_the_same_words_in_colour(every_kind: Run) -> None:
    """Colour adds nothing that a log would miss."""
    out = StringIO()
    console = Console(file=out, width=100, force_terminal=True, color_system="standard")
    console.print(coloured.Report(every_kind), crop=False)
    assert "\x1b[32m✓ pass" in out.getvalue()
    assert words(printable(out.getvalue())) == words(table.render(every_kind, width=100))


def test_brackets_and_controls_of_a_check_s_output_are_shown_not_obeyed(every_kind: Run) -> None:
    """A reason is text: neither rich's markup nor the terminal's escapes."""
    text = table.render(every_kind, width=100)
    assert "a zombie's result was [accepted]: 200" in text
    assert "\x1b" not in text


def test_many_measurements_of_one_promise_show_the_broken_first_and_count_the_rest(
    every_kind: Run,
) -> None:
    """A check with twenty cases is still one row."""
    values = [
        Measurement(name="p95", promised="p95 <= 600 ms", measured=f"{n} ms", holds=n <= 600)
        for n in (100, 200, 200, 300, 400, 700)
    ]
    attempts = [Attempt(verdict=Verdict.PASS, measured=(value,)) for value in values]
    cases = tuple(Case(nodeid=f"t[{n}]", attempts=(a,)) for n, a in enumerate(attempts))
    record = replace(every_kind.records[0], cases=cases)
    assert summary.measured(record) == ("p95 <= 600 ms → 700 ms, 100 ms, 200 ms (and 2 more)",)


def test_cases_without_measurements_are_counted(every_kind: Run) -> None:
    """A row says how much was looked at, where nothing was measured."""
    cases = tuple(
        Case(nodeid=f"t[{n}]", attempts=(Attempt(verdict=Verdict.PASS),)) for n in range(7)
    )
    run = replace(every_kind, records=(replace(every_kind.records[0], cases=cases),))
    assert "  coreos.zombie-refused  ✓ pass        7 cases" in table.render(run)


def test_claims_that_one_thing_stood_in_the_way_of_are_told_together(every_kind: Run) -> None:
    """One reason and one step, whichever log of several workers holds it."""
    lost = [
        Attempt(verdict=Verdict.NO_VERDICT, reason="store: PANIC", remedy=f"read gw{n}/store.log")
        for n in range(2)
    ]
    plain = next(record for record in every_kind.records if record.claim == "coreos.claimed-once")
    records = [
        replace(plain, claim=f"coreos.c{n}", cases=(Case(nodeid="t", attempts=(attempt,)),))
        for n, attempt in enumerate(lost)
    ]
    told = table.render(replace(every_kind, target="local", records=tuple(records)), width=120)
    assert told.partition("\n\n? no_verdict\n")[2] == (
        "  coreos.c0  runbooks/coreos/queue.md:12\n"
        "  coreos.c1  runbooks/coreos/queue.md:12\n"
        "    store: PANIC\n"
        "    → read gw0/store.log, then run `proofbook verify coreos.c0 coreos.c1`\n"
        "\n"
        "2 asked: 2 no_verdict\n"
    )


@given(text=st.text(), width=st.integers(min_value=12, max_value=60))
def test_whatever_is_told_fits_and_loses_nothing(text: str, width: int) -> None:
    """A reason of any length, in any script, breaks at blanks or between characters."""
    todo = summary.ToDo(
        verdict=Verdict.FAIL, asked=True, records=(), reason=printable(text) or "-", step="s"
    )
    told = [
        "".join(span for span, _ in line).removeprefix("    ") for line in table.told(todo, width)
    ][1:-2]

    assert all(cell_len(line) <= width - 4 for line in told)
    assert "".join(told).replace(" ", "") == todo.reason.replace(" ", "")
