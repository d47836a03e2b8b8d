"""Steps run one by one or in a row, with a journal that survives whatever ends the run."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from proofbook import steps
from proofbook.effects import Effect
from proofbook.errors import NotAsked, Place, ReportError
from proofbook.instruments.procedures import Journal, Procedure, walk
from proofbook.stack import Stack
from proofbook.steps import Began, Ended, Opened, Step
from proofbook.targets import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proofbook.instruments.procedures import Ran

PATH = "runbooks/demo/page.md"
TARGET = """
kind = "stand-in"
permits = "exercises"
[secrets]
token = "generate:token"
[systems.demo]
credentials = { owner = "{secret.token}" }
[systems.demo.api]
url = "http://127.0.0.1:9"
"""
OPENED = Opened(page=PATH, target="targets/demo.toml", at="2026-11-21T12:00:00Z")


def step(name: str, script: str, **more: object) -> Step:
    """A step that exercises."""
    said = {"effect": Effect.EXERCISES, **more}
    return Step(name=name, place=Place(PATH, 3), script=f"{script}\n", **said)  # type: ignore[arg-type] # a step's own fields


@pytest.fixture
def procedure_of(tmp_path: Path) -> Iterator[Callable[..., Procedure]]:
    """Procedures of steps at a small target."""
    with (
        Stack(parse(TARGET, "targets/demo.toml"), root=tmp_path, logs=tmp_path / "logs") as stack,
        stack.twin("demo") as twin,
    ):
        yield lambda *page: Procedure.of(
            page, twin.scripts, target=stack.target, secrets=stack.secrets
        )


@pytest.mark.parametrize(
    ("given", "outcome", "code", "problem"),
    [
        (step("a", "true"), "ok", 0, ""),
        (step("a", "false; true"), "failed", 1, "it ended with code 1"),
        (step("a", "false | true"), "failed", 1, "it ended with code 1"),
        (step("a", "echo $NOBODY_SET_IT"), "failed", 1, "it ended with code 1"),
        (step("a", "echo b", expected="a\n"), "unexpected", 0, "line 1 is 'b', not 'a'"),
        (step("a", "exit 2", expected="a\n"), "failed", 2, "it ended with code 2"),
        (step("a", "echo a", expected="a\n", language="sh"), "ok", 0, ""),
        (
            step("a", "sleep 600", within=timedelta(seconds=1)),
            "timed_out",
            None,
            "it had not ended after 1 s",
        ),
    ],
)
def test_a_step_is_judged_by_its_end_then_by_what_it_printed(
    procedure_of: Callable[..., Procedure], given: Step, outcome: str, code: int, problem: str
) -> None:
    """The first command that fails ends it, also in a pipe, and so does a variable that is not set."""
    ran = procedure_of(given).run("a")

    assert (ran.outcome, ran.code, ran.problem) == (outcome, code, problem)


def test_what_a_step_is_given_wins(procedure_of: Callable[..., Procedure]) -> None:
    """Over the target's."""
    ran = procedure_of(step("a", 'echo "$DEMO_API_URL"')).run("a", DEMO_API_URL="elsewhere")

    assert ran.output == "elsewhere\n"


def test_a_step_for_other_targets_is_not_asked(procedure_of: Callable[..., Procedure]) -> None:
    """And one that is on no page is a mistake."""
    procedure = procedure_of(step("a", "true", needs=("compose",)), step("b", "true"))

    with pytest.raises(NotAsked) as refusal:
        procedure.run("a")
    assert str(refusal.value) == (
        f"{PATH}:3: a needs the command compose, which targets/demo.toml does not give"
    )
    assert refusal.value.remedy == '[systems.demo.commands.compose] command = ["…"]'
    with pytest.raises(LookupError, match=r"there is no step 'c' on this page; there are: a, b"):
        procedure.run("c")


def test_a_step_that_does_too_much_is_not_run(
    procedure_of: Callable[..., Procedure], tmp_path: Path
) -> None:
    """Whoever asks."""
    mark = tmp_path / "mark"
    procedure = procedure_of(step("a", f"touch '{mark}'", effect=Effect.DISRUPTS))

    with pytest.raises(NotAsked) as refusal:
        procedure.run("a")
    assert str(refusal.value) == (
        f"targets/demo.toml permits exercises; the step a ({PATH}:3) disrupts"
    )
    assert not mark.exists()


def test_a_walk_writes_each_step_before_and_after(
    procedure_of: Callable[..., Procedure], tmp_path: Path
) -> None:
    """Without secrets, and up to the first that fails."""
    page = (
        step("a", 'echo "$DEMO_CREDENTIAL_OWNER"'),
        step("b", "echo hush", is_secret=True),
        step("c", "exit 4"),
        step("d", "true"),
    )
    procedure = procedure_of(*page)
    journal = Journal(tmp_path / "reports" / "r" / "steps.jsonl")
    journal.write(OPENED)
    seen: list[tuple[str, str]] = []

    def look(given: Step, ran: Ran | None) -> None:
        seen.append((given.name, ran.outcome if ran else "begins"))

    failed = walk(procedure, page, journal, {}, look)

    assert failed is not None
    assert failed.step.name == "c"
    assert seen == [
        (name, word)
        for name, end in (("a", "ok"), ("b", "ok"), ("c", "failed"))
        for word in ("begins", end)
    ]
    written = journal.read()
    assert [type(entry) for entry in written] == [Opened, *[Began, Ended] * 3]
    ends = [entry for entry in written if isinstance(entry, Ended)]
    assert [end.output for end in ends] == ["[redacted]\n", "", ""]
    assert [entry.digest for entry in written if isinstance(entry, Began)] == [
        each.digest for each in page[:3]
    ]
    assert walk(procedure, page[3:], journal, {}, look) is None


def test_a_line_that_was_cut_short_is_taken_away(tmp_path: Path) -> None:
    """Before anything is written behind it."""
    journal = Journal(tmp_path / "steps.jsonl")
    journal.write(OPENED)
    with journal.path.open("a") as file:
        file.write('{"event": "beg')

    journal.write(Began(step="a", digest="0", at="then"))

    assert journal.path.read_text() == steps.line(OPENED) + steps.line(
        Began(step="a", digest="0", at="then")
    )


def test_a_journal_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    """No step is begun that could not be remembered."""
    (tmp_path / "r").write_text("a file in the folder's place")
    journal = Journal(tmp_path / "r" / "steps.jsonl")

    with pytest.raises(ReportError) as unwritten:
        journal.write(OPENED)
    with pytest.raises(ReportError) as unread:
        journal.read()

    assert str(unwritten.value) == (
        "reports/runs/r/steps.jsonl: the journal cannot be written: File exists. "
        "No further step was begun; make room, and go on with --resume."
    )
    assert str(unread.value) == (
        "reports/runs/r/steps.jsonl: this journal cannot be read: Not a directory"
    )
