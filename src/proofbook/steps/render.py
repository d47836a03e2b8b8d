"""Write a step as the fence that states it: `read` gives back what `render` was given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from proofbook.steps.header import UNITS
from proofbook.steps.model import WITHIN
from proofbook.steps.reader import EXPECT

if TYPE_CHECKING:
    from datetime import timedelta

    from proofbook.steps.model import Step

_TICKS = re.compile(r"`+")


def render(step: Step) -> str:
    """The fence of a step, and that of its expected output, as text of a page."""
    said = {
        "name": step.name,
        "rollback": step.rollback,
        "needs": ",".join(step.needs),
        "effect": str(step.effect),
        "output": "secret" if step.is_secret else "",
        "within": "" if step.within == WITHIN else _time(step.within),
    }
    attributes = " ".join(f"{key}={value}" for key, value in said.items() if value)
    whole = _fence(f"{step.language} {{ {attributes} }}", step.script)
    return whole if step.expected is None else f"{whole}\n{_fence(EXPECT, step.expected)}"


def _fence(info: str, text: str) -> str:
    """A fence longer than any run of ticks in it."""
    marks = "`" * max(3, *(len(run) + 1 for run in _TICKS.findall(text)), 3)
    return f"{marks}{info}\n{text}{marks}\n"


def _time(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    unit = max((u for u, size in UNITS.items() if seconds % size == 0), key=UNITS.__getitem__)
    return f"{seconds // UNITS[unit]}{unit}"
