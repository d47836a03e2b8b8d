"""A step that is written down is read back as it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from proofbook.effects import Effect
from proofbook.errors import Place
from proofbook.steps import Step, read, render

PATH = "runbooks/demo/page.md"
NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
#: Lines that a page can hold: no line breaks of other kinds, which editors take for one.
LINES = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), include_characters="\t"),
    min_size=1,
    max_size=30,
).map(lambda line: line.replace("\ufeff", ""))
SCRIPTS = (
    st.lists(LINES, min_size=1, max_size=4)
    .map(lambda lines: "".join(f"{line}\n" for line in lines))
    .filter(str.strip)
)
STEPS = st.builds(
    Step,
    name=NAMES,
    place=st.just(Place(PATH, 1)),
    language=st.sampled_from(["bash", "sh"]),
    script=SCRIPTS,
    needs=st.lists(NAMES, max_size=3, unique=True).map(tuple),
    effect=st.sampled_from(Effect),
    is_secret=st.booleans(),
    within=st.integers(1, 10_000).map(lambda seconds: timedelta(seconds=seconds)),
    expected=st.none() | SCRIPTS,
)


@given(STEPS)
def test_what_is_written_is_read(step: Step) -> None:
    """Every attribute, and every character of script and output."""
    assert read(render(step), PATH) == (step,)


def test_a_block_that_undoes_keeps_what_it_undoes() -> None:
    """Written after what it undoes, as on a page."""
    step = Step(name="deploy", place=Place(PATH, 1), script="ls\n")
    undo = replace(step, name="undo", rollback="deploy")

    text = f"{render(step)}\n{render(undo)}"

    assert [(s.name, s.rollback) for s in read(text, PATH)] == [
        ("deploy", None),
        ("undo", "deploy"),
    ]


def test_a_step_is_written_as_a_person_would() -> None:
    """Only what differs from what saying nothing means, and the effect."""
    step = Step(
        name="look",
        place=Place(PATH, 1),
        script="echo ```\n",
        effect=Effect.OBSERVES,
        within=timedelta(hours=1),
        expected="…\n",
    )

    assert render(step) == (
        "````bash { name=look effect=observes within=1h }\necho ```\n````\n\n```expect\n…\n```\n"
    )
