"""
Read the steps out of a page.

A step is a fenced block with a name; an `expect` fence right after it holds what it must print:

    ```bash { name=health effect=observes }
    curl -fsS "$COREOS_API_URL/api/worker/health"
    ```

    ```expect
    {"status":"ok",…}
    ```

Two steps of one name are alternatives, for targets of different kinds: each needs other commands.
Text goes in; steps come out, or everything that is wrong with them. This module opens no file.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.claims import blocks
from proofbook.errors import Place, Problem, RunbookError
from proofbook.steps.header import header
from proofbook.steps.model import WITHIN, Step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.claims.blocks import Block
    from proofbook.steps.header import Header

_END = re.compile(r"[ \t>]*(?:`{3,}|~{3,})[ \t]*")
#: The language of a fence that holds expected output.
EXPECT = "expect"


def read(text: str, path: str) -> tuple[Step, ...]:
    """The steps of the page at `path`, in reading order; `RunbookError` with all that is wrong."""
    page = blocks.page(text)
    steps: list[Step] = []
    problems: list[Problem] = []
    #: What the block before is to an `expect` fence: a step, one that is wrong, or nothing.
    follows = ""
    for block in page.blocks:
        place = Place(path, block.first)
        found = header(block.info) if block.kind == "fence" else None
        wrong: list[str] = []
        if found is not None:
            wrong = [*found.problems, *_unfinished(block, page.lines)]
            problems += [Problem(place, message) for message in wrong]
            if not wrong:
                steps.append(_step(found, block, place))
        elif block.kind == "fence" and block.info == EXPECT:
            if follows == "step":
                steps[-1] = replace(steps[-1], expected=block.text)
            elif not follows:
                message = "this expects the output of no step; put it right after a step's fence"
                problems.append(Problem(place, message))
        follows = "" if found is None else "wrong" if wrong else "step"
    problems += _misnamed(steps)
    if problems:
        raise RunbookError(problems)
    return tuple(steps)


def _step(found: Header, block: Block, place: Place) -> Step:
    return Step(
        name=found.values["name"],
        place=place,
        language=found.language,
        script=block.text,
        rollback=found.values.get("rollback"),
        needs=found.needs,
        effect=found.effect,
        is_secret="output" in found.values,
        within=found.within or WITHIN,
    )


def _unfinished(block: Block, lines: tuple[str, ...]) -> Iterator[str]:
    """What is wrong with the block itself."""
    if block.last == block.first or not _END.fullmatch(lines[block.last - 1]):
        yield "this fence never closes; close it"
    elif not block.text.strip():
        yield "this step holds no command; write one, or take its name away"


def _misnamed(steps: list[Step]) -> Iterator[Problem]:
    """Names that stand twice, and names of steps that are not there."""
    for at, step in enumerate(steps):
        for other in steps[:at]:
            if other.name == step.name and other.needs == step.needs:
                message = (
                    f"a step {step.name} stands already at {other.place}; give one of them another "
                    "name, or say in needs=… which targets each is for"
                )
                yield Problem(step.place, message)
            if step.rollback and (other.rollback, other.needs) == (step.rollback, step.needs):
                message = (
                    f"{step.rollback} is undone already by {other.name} at {other.place}; keep one"
                )
                yield Problem(step.place, message)
        if step.rollback is not None:
            yield from _misled(step, steps)


def _misled(step: Step, steps: list[Step]) -> Iterator[Problem]:
    """A block that undoes what is no step, or is one that undoes, too."""
    forward = list(dict.fromkeys(each.name for each in steps if each.rollback is None))
    if step.rollback not in forward:
        known = ", ".join(forward) or "none"
        message = f"{step.name} undoes {step.rollback}, which is no step here; there are: {known}"
        yield Problem(step.place, message)
