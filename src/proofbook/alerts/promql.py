"""Numbers of a claim as PromQL writes them, and expressions filled with them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.errors import Problem, RunbookError

if TYPE_CHECKING:
    from proofbook.claims import Claim, Value
    from proofbook.errors import Place

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)(\.value)?\}")
_SIGNS = {"=": "=="}
#: Unit → milliseconds, the largest first.
_UNITS = (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1))
_DIGITS = 12


def filled(expr: str, claim: Claim, place: Place) -> str:
    """The expression with the claim's values in it; `RunbookError` for one that is not stated."""

    def stated(match: re.Match[str]) -> str:
        found = value(claim, match[1], place)
        literal = number(found.literal)
        return literal if match[2] else f"{_SIGNS.get(found.op, found.op)} {literal}"

    return _PLACEHOLDER.sub(stated, expr)


def value(claim: Claim, name: str, place: Place) -> Value:
    """The one value of that name which a claim states."""
    found = [each for each in claim.values if each.name == name]
    if len(found) != 1:
        there = ", ".join(each.text for each in claim.values) or "nothing"
        message = f"{claim.id} states no one '{name}' (it states: {there})"
        raise RunbookError([Problem(place, message)])
    return found[0]


def length(claim: Claim, name: str, place: Place) -> timedelta:
    """A value that is a duration."""
    found = value(claim, name, place)
    if not isinstance(found.literal, timedelta):
        raise RunbookError([Problem(place, f"`{found.text}` of {claim.id} is no duration")])
    return found.literal


def share(claim: Claim, name: str, place: Place) -> float:
    """A value that is a number, as a fraction of 1."""
    found = value(claim, name, place)
    if isinstance(found.literal, int | float):
        return float(found.literal)
    raise RunbookError([Problem(place, f"`{found.text}` of {claim.id} is no share")])


def number(literal: object) -> str:
    """A literal: `0.25` of 25 %, `5m` of 5 minutes; words as they are."""
    match literal:
        case timedelta():
            return duration(literal)
        case float():
            return f"{literal:.{_DIGITS}g}"
        case _:
            return str(literal)


def duration(span: timedelta) -> str:
    """A span in the largest unit that needs no fraction: `5m`."""
    milliseconds = span // timedelta(milliseconds=1)
    unit, size = next(each for each in _UNITS if milliseconds % each[1] == 0)
    return f"{milliseconds // size}{unit}" if milliseconds else "0s"
