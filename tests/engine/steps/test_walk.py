"""Which step comes next, whatever happened before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.errors import Place, RunbookError
from proofbook.steps import Began, Ended, Standing, Step, back, check_unchanged, chosen

PATH = "runbooks/demo/page.md"


def step(name: str, line: int = 1, rollback: str | None = None, *needs: str) -> Step:
    """A step whose script is its name."""
    return Step(
        name=name,
        place=Place(PATH, line),
        script=f"{name}\n",
        rollback=rollback,
        needs=needs,
    )


PAGE = (
    step("keep"),
    step("stop"),
    step("switch"),
    step("prove"),
    step("unswitch", rollback="switch"),
    step("restart", rollback="stop"),
)


def began(name: str) -> Began:
    """A step begins."""
    digest = next((s.digest for s in PAGE if s.name == name), "")
    return Began(step=name, digest=digest, at="2026-11-21T12:00:00Z")


def ended(name: str, outcome: str = "ok") -> Ended:
    """A step has ended."""
    return Ended(step=name, outcome=outcome, code=0, seconds=0.1, output="")


def journal(words: str) -> list[Began | Ended]:
    """`keep stop! switch?`: steps that went well, that failed, that were cut off."""
    found: list[Began | Ended] = []
    for word in words.split():
        name = word.rstrip("!?")
        found.append(began(name))
        if not word.endswith("?"):
            found.append(ended(name, "failed" if word.endswith("!") else "ok"))
    return found


@pytest.mark.parametrize(
    ("words", "begun", "done", "is_open"),
    [
        ("", (), set(), None),
        ("keep", ("keep",), {"keep"}, None),
        ("keep stop?", ("keep", "stop"), {"keep"}, "stop"),
        ("keep stop!", ("keep", "stop"), {"keep"}, None),
        ("keep stop! stop", ("keep", "stop"), {"keep", "stop"}, None),
        ("keep stop switch unswitch", ("keep", "stop"), {"keep", "stop"}, None),
        ("keep stop switch prove unswitch", ("keep", "stop"), {"keep", "stop"}, None),
        (
            "keep stop switch unswitch!",
            ("keep", "stop", "switch"),
            {"keep", "stop", "switch"},
            None,
        ),
        ("keep stop switch unswitch?", ("keep", "stop", "switch"), None, "unswitch"),
        ("keep stop switch unswitch restart", ("keep",), {"keep"}, None),
        ("keep unswitch", ("keep",), {"keep"}, None),
        ("keep keep", ("keep",), {"keep"}, None),
        ("keep lost", ("keep", "lost"), {"keep", "lost"}, None),
    ],
)
def test_a_journal_tells_how_it_stands(
    words: str, begun: tuple[str, ...], done: set[str] | None, is_open: str | None
) -> None:
    """What was begun, what of it is done, and what was cut off."""
    standing = Standing.of(PAGE, journal(words))

    assert standing.begun == begun
    assert standing.done == (set(begun) if done is None else done)
    assert standing.open == is_open


@pytest.mark.parametrize(
    ("words", "undoing"),
    [
        ("", []),
        ("keep", []),
        ("keep stop", ["restart"]),
        ("keep stop switch?", ["unswitch", "restart"]),
        ("keep stop switch! unswitch", ["restart"]),
        ("keep stop switch prove!", ["unswitch", "restart"]),
        ("keep stop switch prove! unswitch restart", []),
    ],
)
def test_what_was_begun_is_undone_last_first(words: str, undoing: list[str]) -> None:
    """What failed or was cut off, too: half of it may have happened."""
    assert [s.name for s in back(PAGE, Standing.of(PAGE, journal(words)))] == undoing


WALKS = st.lists(
    st.tuples(st.sampled_from([s.name for s in PAGE]), st.sampled_from(["", "!", "?"])), max_size=12
).map(lambda words: " ".join(name + end for name, end in words))


@given(WALKS)
def test_undoing_to_the_end_leaves_nothing_to_undo(words: str) -> None:
    """From wherever a walk was cut off."""
    entries = journal(words)

    way = " ".join(s.name for s in back(PAGE, Standing.of(PAGE, entries)))

    assert back(PAGE, Standing.of(PAGE, [*entries, *journal(way)])) == ()


def test_of_alternatives_the_one_that_fits_is_taken() -> None:
    """The first of them, if several do; what fits nothing is left out."""
    page = (
        step("deploy", 1, None, "compose"),
        step("deploy", 2, None, "host"),
        step("deploy", 3, None, "host", "smoke"),
        step("look", 4),
        step("prove", 5, None, "smoke"),
    )

    assert [s.place.line for s in chosen(page, {"host"})] == [2, 4]
    assert [s.place.line for s in chosen(page, {"compose", "host", "smoke"})] == [1, 4, 5]


def test_a_step_that_was_done_otherwise_is_not_taken_for_done() -> None:
    """Every such step is named, with its line; what is to be run yet may have changed."""
    entries = journal("keep stop switch!")
    now = [
        Step(name=s.name, place=Place(PATH, at), script=f"{s.script}# changed\n")
        for at, s in enumerate(PAGE, 1)
        if s.name != "stop"
    ]

    with pytest.raises(RunbookError) as error:
        check_unchanged(now, Standing.of(PAGE, entries), entries)
    assert str(error.value) == (
        f"{PATH}:1: keep was done as it stood then, and reads otherwise now; "
        "start anew, without --resume"
    )
    check_unchanged(PAGE, Standing.of(PAGE, entries), entries)
