"""Steps read out of pages, and everything that can be wrong with them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proofbook.effects import Effect
from proofbook.errors import Place, RunbookError
from proofbook.steps import Step, read

PATH = "runbooks/demo/page.md"

PAGE = """\
# Going back

```bash
echo no step
```

1. Keep what runs.

    ```bash { name=tag-previous needs=compose effect=exercises }
    docker tag a "b c"
    ```

```sh { name=look effect=observes output=secret within=5min }
echo $HOME ${RELEASE:?which}
```

```expect
{"status":"ok",…}
```

```bash { name=untag needs=compose rollback=tag-previous }
docker rmi b
```

```python { .annotate }
print("prose")
```
"""


def problems(text: str) -> list[str]:
    """What is wrong with a page, each with its place."""
    with pytest.raises(RunbookError) as error:
        read(text, PATH)
    return [str(problem).removeprefix(f"{PATH}:") for problem in error.value.problems]


def test_a_page_s_steps_are_read_in_order() -> None:
    """Attributes, scripts without their indentation, expected output; other fences are prose."""
    assert read(PAGE, PATH) == (
        Step(
            name="tag-previous",
            place=Place(PATH, 9),
            script='docker tag a "b c"\n',
            needs=("compose",),
            effect=Effect.EXERCISES,
        ),
        Step(
            name="look",
            place=Place(PATH, 13),
            language="sh",
            script="echo $HOME ${RELEASE:?which}\n",
            effect=Effect.OBSERVES,
            is_secret=True,
            within=timedelta(minutes=5),
            expected='{"status":"ok",…}\n',
        ),
        Step(
            name="untag",
            place=Place(PATH, 21),
            script="docker rmi b\n",
            needs=("compose",),
            rollback="tag-previous",
        ),
    )


def test_a_step_knows_the_variables_that_it_names() -> None:
    """However they are written; what is no name in capitals is none."""
    step = Step(name="a", place=Place(PATH, 1), script="echo $A_1 ${B:-x}$C $lower $1 $$ ${D}\n")

    assert step.variables == {"A_1", "B", "C", "D"}


def test_a_step_without_a_word_about_it_disrupts() -> None:
    """Who does not say what a step does is believed to do the worst."""
    (step,) = read("```bash { name=a }\nls\n```\n", PATH)

    assert (step.effect, step.within, step.is_secret) == (
        Effect.DISRUPTS,
        timedelta(minutes=2),
        False,
    )


def test_the_digest_is_of_what_is_run_and_expected() -> None:
    """Neither its name nor its place is."""
    step = Step(name="a", place=Place(PATH, 1), script="ls\n")

    assert step.digest == Step(name="b", place=Place(PATH, 9), script="ls\n").digest
    assert step.digest != Step(name="a", place=Place(PATH, 1), script="ls -l\n").digest
    expecting = Step(name="a", place=Place(PATH, 1), script="ls\n", expected="")
    assert step.digest != expecting.digest


def test_steps_of_one_name_are_alternatives() -> None:
    """For targets of different kinds; so are the blocks that undo them."""
    text = "".join(
        f"```bash {{ name={name} needs={kind}{rest} }}\nls\n```\n\n"
        for kind in ("compose", "host")
        for name, rest in (("deploy", ""), ("undo", " rollback=deploy"))
    )

    assert [(step.name, step.needs) for step in read(text, PATH)] == [
        ("deploy", ("compose",)),
        ("undo", ("compose",)),
        ("deploy", ("host",)),
        ("undo", ("host",)),
    ]


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("bash { }", "this step has no name; write { name=what-it-does }"),
        (
            "bash { name=a colour=red }",
            (
                "'colour=red' is no attribute of a step; known are name, rollback, needs, effect, "
                "output, within"
            ),
        ),
        (
            "bash { name=a loud }",
            (
                "'loud' is no attribute of a step; known are name, rollback, needs, effect, output, "
                "within"
            ),
        ),
        ("bash { name=a name=b }", "name is given twice; keep one"),
        (
            "bash { name=A }",
            "name=A is no name: it is a letter, then letters, digits and hyphens, all small",
        ),
        (
            "bash { name=a needs=b,b }",
            "needs=b,b is no name: it is a letter, then letters, digits and hyphens, all small",
        ),
        (
            "bash { name=a effect=breaks }",
            "effect=breaks is none of observes, exercises, loads, disrupts",
        ),
        ("bash { name=a output=loud }", "output=loud is not known; it may be secret"),
        ("bash { name=a within=2 }", "within=2 is no time; write 90s, 5min or 1h"),
        ("python { name=a }", "a step is bash or sh, not 'python'; take its name away"),
        (
            "bash { name=a } more",
            "'bash { name=a } more' is no heading of a step; write bash { name=what-it-does }",
        ),
    ],
)
def test_a_wrong_heading_is_told(info: str, message: str) -> None:
    """With its line, and what to write instead."""
    assert problems(f"```{info}\nls\n```\n") == [f"1: {message}"]


@pytest.mark.parametrize("info", ["python {", "text } x", "mermaid { theme=dark }", "expectation"])
def test_other_fences_are_prose(info: str) -> None:
    """Whatever stands behind their marks."""
    assert read(f"```{info}\nls\n```\n", PATH) == ()


def test_all_that_is_wrong_is_told_at_once() -> None:
    """In the order of the page."""
    text = """\
```expect
nothing before
```

```bash { name=a }
```

```bash { name=b }
ls
```

prose between

```expect
too late
```

```bash { name=b }
ls
```

```bash { name=undo-b rollback=b }
ls
```

```bash { name=undo-b-too rollback=b }
ls
```

```bash { name=undo-c rollback=undo-b }
ls
```

```bash { name=Wrong }
ls
```

```expect
of a step that is wrong
```

```bash { name=open }
ls
"""
    assert problems(text) == [
        "1: this expects the output of no step; put it right after a step's fence",
        "5: this step holds no command; write one, or take its name away",
        "14: this expects the output of no step; put it right after a step's fence",
        (
            f"18: a step b stands already at {PATH}:8; give one of them another name, or say in needs=… "
            "which targets each is for"
        ),
        f"26: b is undone already by undo-b at {PATH}:22; keep one",
        "30: undo-c undoes undo-b, which is no step here; there are: b",
        "34: name=Wrong is no name: it is a letter, then letters, digits and hyphens, all small",
        "42: this fence never closes; close it",
    ]


def test_undoing_what_is_not_there_names_what_is() -> None:
    """Also where there is nothing."""
    assert problems("```bash { name=undo rollback=a }\nls\n```\n") == [
        "1: undo undoes a, which is no step here; there are: none"
    ]
