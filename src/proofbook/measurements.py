"""
A measured value against a stated one: whether it holds, and both as a person reads them.

A measurement is of the kind that the claim gives: a `timedelta` for a duration, bytes for a size, a
fraction of 1 for a percentage (0.032 for 3.2 %), a plain number for the rest. A plain number is
taken for a duration too, in the unit of the sentence: 412 beside `p95 <= 600 ms` is 412 ms.
"""

from __future__ import annotations

import math
import operator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from proofbook.errors import ClaimError, NoVerdict
from proofbook.evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import TypeIs

    from proofbook.claims.model import Literal, Value

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

#: Unit → how many of seconds, bytes or ones it is.
_UNITS: Mapping[str, float] = {
    "%": 0.01,
    "ms": 0.001,
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86400,
    "w": 604800,
    "B": 1,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}

#: Enough for reading; more are shown only where fewer would contradict the verdict.
_DIGITS = (4, 6, 9, 17)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A measurement that chance has a part in, and between what the truth lies; seconds for durations."""

    value: float
    low: float
    high: float
    #: How surely, of 1.
    confidence: float


def judged(value: Value, measured: object, where: str) -> Measurement:
    """
    A measurement beside the value that it is held against.

    An `Estimate` is held against it by its value; its interval is written behind it.

    `where` opens the messages: `runbooks/coreos/queue.md:3: coreos.claimed-once`. Raises `NoVerdict`
    if nothing was measured (`None`, not a number, infinite) and `ClaimError` if the measurement is
    of another kind than the value.
    """
    if isinstance(measured, Estimate):
        return _estimated(value, measured, where)
    found = _as_stated(value, measured, where)
    holds = bool(_COMPARE[value.op](found, value.literal))
    written = _written(value, found, holds=holds)
    return Measurement(name=value.name, promised=value.text, measured=written, holds=holds)


def _estimated(value: Value, measured: Estimate, where: str) -> Measurement:
    """An estimate's value judged, and its interval behind it: `412 ms (99 %: 401 to 433 ms)`."""
    if not math.isfinite(measured.value):
        return judged(value, measured.value, where)
    is_time = isinstance(value.literal, timedelta)
    made = judged(value, timedelta(seconds=measured.value) if is_time else measured.value, where)
    ends = " to ".join(
        _shortest(_of_kind(end, is_time), value.unit) for end in (measured.low, measured.high)
    )
    unit = f" {value.unit}" if value.unit else ""
    return replace(made, measured=f"{made.measured} ({measured.confidence:.0%}: {ends}{unit})")


def _of_kind(seconds: float, is_time: bool) -> float | timedelta:  # noqa: FBT001 - which of two kinds
    return timedelta(seconds=seconds) if is_time else seconds


def is_amount(thing: object) -> TypeIs[float | timedelta]:
    """Whether it is a number or a duration: something that has more and less."""
    return isinstance(thing, int | float | timedelta) and not isinstance(thing, bool)


def plain(amount: float | timedelta, unit: str | None) -> float:
    """An amount as a number of its unit: 600 of `600 ms`."""
    seconds_or_so = amount.total_seconds() if isinstance(amount, timedelta) else amount
    return seconds_or_so / _UNITS.get(unit or "", 1)


def amount(number: float, like: float | timedelta, unit: str | None) -> float | timedelta:
    """So many of a unit, as the type of `like`: the inverse of `plain`."""
    many = number * _UNITS.get(unit or "", 1)
    if isinstance(like, timedelta):
        return timedelta(seconds=many)
    return int(many) if isinstance(like, int) else many


def _as_stated(value: Value, measured: object, where: str) -> Literal:
    """The measurement as the type of the value's literal."""
    if measured is None or (isinstance(measured, float) and not math.isfinite(measured)):
        raise NoVerdict(
            f"{where} states `{value.text}`, and its check measured nothing: {measured}"
        )
    match value.literal, measured:
        case timedelta() as literal, int() | float() if is_amount(measured):
            return amount(measured, literal, value.unit)
        case timedelta(), timedelta():
            return measured
        case str(), str():
            return measured
        case tuple(), list() | tuple():
            return tuple(measured)
        case int() | float() as literal, int() | float() if is_amount(measured):
            _refuse_percent(value, literal, measured, where)
            return measured
    raise ClaimError(
        f"{where} states `{value.text}`, and its check measured {measured!r}; "
        f"give {_kind(value.literal)}"
    )


def _refuse_percent(value: Value, literal: float, measured: float, where: str) -> None:
    """`99.5` held against `>= 99 %` would always hold: it is a fraction of 1 that is meant."""
    if value.unit == "%" and value.op in (">", ">=") and literal <= 1 < measured:
        raise ClaimError(
            f"{where} states `{value.text}`, and its check measured {measured!r}; "
            "give a fraction of 1, as the claim does: 0.995 for 99.5 %"
        )


def _kind(literal: Literal) -> str:
    """What a measurement has to be, in words."""
    match literal:
        case timedelta():
            return "a timedelta, or a number of the sentence's unit"
        case str():
            return "a string"
        case tuple():
            return "a list"
        case _:
            return "a number"


def _written(value: Value, measured: Literal, *, holds: bool) -> str:
    """The measurement in the unit of the promise, in as few digits as tell the truth."""
    if isinstance(measured, tuple):
        text = ", ".join(_shortest(item, value.unit) for item in measured)
    elif is_amount(measured) and is_amount(value.literal):
        text = _honest(value, plain(measured, value.unit), plain(value.literal, value.unit), holds)
    else:
        text = str(measured)
    return f"{text} {value.unit}" if value.unit else text


def _honest(value: Value, number: float, bound: float, holds: bool) -> str:  # noqa: FBT001 - the last of four that belong together
    tries = (f"{number:.{digits}g}" for digits in _DIGITS)
    honest = (text for text in tries if _COMPARE[value.op](float(text), bound) == holds)
    return _without_exponent(next(honest, repr(number)))


def _shortest(item: object, unit: str | None) -> str:
    return _without_exponent(f"{plain(item, unit):.4g}") if is_amount(item) else str(item)


def _without_exponent(text: str) -> str:
    """A number as people write it, where that is not long."""
    smallest, largest = 1e-4, 1e15
    if "e" in text and smallest <= abs(float(text)) < largest:
        return f"{float(text):.10f}".rstrip("0").rstrip(".")
    return text
