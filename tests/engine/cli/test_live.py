"""What a person sees while checks run."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from rich.console import Console

from proofbook.cli.live import Onlooker
from proofbook.cli.progress import Progress
from proofbook.evidence import Attempt
from proofbook.pytest_plugin.plan import Plan, PlannedCase
from proofbook.verdicts import Verdict

PASS = Attempt(verdict=Verdict.PASS, seconds=1.25)
FAIL = Attempt(verdict=Verdict.FAIL, reason="[200] \x1b[1mcame", seconds=2.0)
UNASKED = Attempt(verdict=Verdict.NO_VERDICT, asked=False, reason="no Docker")


def case(claim: str, name: str, *, selected: bool = True) -> PlannedCase:
    """A case of that claim."""
    return PlannedCase(nodeid=name, claim=claim, path=Path("x.py"), selected=selected)


PLAN = Plan(
    cases={
        "a.one": (case("a.one", "x"), case("a.one", "y")),
        "a.two": (case("a.two", "z"),),
        "a.three": (case("a.three", "v", selected=False),),
    }
)


def timeless(console: Console | None) -> Onlooker:
    """One for whom no time goes by, however slow the machine is that it looks from."""
    looking = Onlooker(console)
    looking.progress = Progress(lambda: 0.0)
    return looking


def onlooker(*, terminal: bool, height: int = 24) -> tuple[Onlooker, StringIO]:
    """One that has been told of the plan, and what it writes to."""
    out = StringIO()
    console = Console(
        file=out,
        width=80,
        height=height,
        force_terminal=terminal,
        color_system=None,
        markup=False,
        _environ={},  # this terminal may call itself dumb, and then no table is live
    )
    looking = timeless(console)
    looking.pytest_proofbook_planned(PLAN)
    return looking, out


def shown(looking: Onlooker) -> list[str]:
    """The lines of the table as it is now."""
    out = StringIO()
    Console(file=out, width=80, color_system=None, markup=False).print(looking._table())
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_log_gets_a_line_for_each_claim_that_has_ended() -> None:
    """Not for each case, and not for those that were left out."""
    looking, out = onlooker(terminal=False)
    with looking.watching():
        looking.pytest_proofbook_attempt("a.one", "x", PASS)
        looking.pytest_proofbook_attempt("a.two", "z", UNASKED)
        looking.pytest_proofbook_attempt("a.one", "y", FAIL)
    assert out.getvalue().splitlines() == [
        "? no_verdict a.two  0.0 s  not asked: no Docker",
        "✗ fail       a.one  3.2 s  [200] came",
    ]


def test_a_terminal_keeps_a_line_for_what_did_not_pass() -> None:
    """The table comes and goes; passes are counted in it."""
    looking, out = onlooker(terminal=True)
    with looking.watching():
        looking.pytest_proofbook_attempt("a.two", "z", PASS)
        looking.pytest_proofbook_attempt("a.one", "x", PASS)
        looking.pytest_proofbook_attempt("a.one", "y", FAIL)
    text = out.getvalue()
    assert "✗ fail       a.one  3.2 s" in text
    assert "✓ pass       a.two" not in text
    assert "\x1b[?25l" in text, "the table was live"
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l"), "the cursor is back"


def test_the_table_shows_counts_and_what_runs() -> None:
    """The longest first, with the cases done of those that run."""
    looking, _ = onlooker(terminal=True)
    assert shown(looking) == ["0 of 2 claims · 0 s"]
    looking.pytest_runtest_logstart("x")
    looking.pytest_runtest_logstart("z")
    looking.pytest_proofbook_attempt("a.two", "z", PASS)
    looking.pytest_proofbook_attempt("a.one", "x", PASS)
    looking.pytest_runtest_logstart("y")
    assert shown(looking) == ["1 of 2 claims · 1 pass · 0 s", "  a.one  1/2 cases  0 s"]


def test_the_table_fits_a_low_window() -> None:
    """What does not fit is counted."""
    looking, _ = onlooker(terminal=True, height=7)
    looking.pytest_runtest_logstart("x")
    looking.pytest_runtest_logstart("z")
    assert [line.split() for line in shown(looking)] == [
        ["0", "of", "2", "claims", "·", "0", "s"],
        ["a.one", "0/2", "cases", "0", "s"],
        ["and", "1", "more"],
    ]


def test_before_anything_is_planned_it_says_what_takes_so_long() -> None:
    """Collecting may take seconds."""
    assert shown(timeless(Console(file=StringIO()))) == ["collecting checks … 0 s"]


def test_without_a_console_nothing_is_shown() -> None:
    """`--json` into a pipe."""
    looking = Onlooker(None)
    looking.pytest_proofbook_planned(PLAN)
    with looking.watching():
        looking.pytest_proofbook_attempt("a.two", "z", PASS)
    assert looking.progress.ended == {Verdict.PASS: 1}
