"""
Read a value out of a code span: `p95 <= 600 ms`.

A value is a lower-case name, an operator and a literal with one space between them:

    jobs = 500              a number, plain
    p95 <= 600 ms           a number and a unit
    mode != bypass          a word, after = and != only
    by = "release engineer" a string, after = and != only
    codes = 401, 403        a list of one kind, after = and != only

Every other span is prose, with one exception: a span that *nearly* matches is an error, because its
author believes that a check reads it. A span nearly matches if it opens with a lower-case name and
a comparison sign (ours, or one such as `≤`, `==`, `=>`), and

* a digit or a double quote follows, with or without spaces (`p95<=600ms`, `jobs = 1,000`), or
* the sign is `=` or `!=` between spaces, and nothing but words, numbers, strings and commas follow
  (`by = release engineer`), or
* its name is one that the engine itself reads (`valid_for`, `by`).

So `GET /health`, `REQUIRE_KMS=true`, `status=ok`, `lease_until < now()` and `rate = done / total`
are prose.
"""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from proofbook.claims.model import RESERVED, Value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.claims.model import Literal

OPERATORS = ("=", "!=", "<", "<=", ">", ">=")
#: What people write for an operator → the operator.
_MEANT: Mapping[str, str] = {
    "==": "=",
    "≤": "<=",
    "=<": "<=",
    "≥": ">=",
    "=>": ">=",
    "≠": "!=",
    "<>": "!=",
}

#: Unit → (what it measures, how many of the smallest: microseconds, bytes, hundredths).
UNITS: Mapping[str, tuple[str, int]] = {
    "%": ("share", 1),
    "ms": ("duration", 1_000),
    "s": ("duration", 1_000_000),
    "min": ("duration", 60_000_000),
    "h": ("duration", 3_600_000_000),
    "d": ("duration", 86_400_000_000),
    "w": ("duration", 604_800_000_000),
    "B": ("size", 1),
    "KiB": ("size", 2**10),
    "MiB": ("size", 2**20),
    "GiB": ("size", 2**30),
    "req/s": ("rate", 1),
}
#: A float keeps 15 decimal digits; what is longer would be read as something else.
_DIGITS = 15

_LOOSE = re.compile(r"([a-z][a-z0-9_]*)( ?)([=<>!≤≥≠]+)( ?)(.+)", re.DOTALL)
_NUMBERISH = re.compile(r"[-+]?\.?[0-9]")
_ITEM = r'(?:[A-Za-z_][\w.:/-]*|[-+]?\.?[0-9][^\s,]*|"[^"]*")'
_ITEMS = re.compile(rf"{_ITEM}(?:(?: ?, ?| ){_ITEM})* ?,?")
_QUOTED = re.compile(r'"([^"`]*)"')
_WORD = re.compile(r"[A-Za-z_][\w.:/-]*")
_NUMBER = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)(?: (\S+))?")
_GLUED = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)([^\s0-9.,][^\s0-9]*)")
_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')


class BadValue(Exception):
    """A span that nearly states a value; the message says what is wrong and what to write."""


class _Scalar(NamedTuple):
    """One literal of a value, and what kind of thing it is."""

    kind: str
    literal: int | float | timedelta | str
    unit: str | None = None


def value(span: str) -> Value | None:
    """
    The value that a code span states; `None` where the span is prose.

    Raises `BadValue` for a span that nearly states one.
    """
    text = " ".join(span.split())
    match = _LOOSE.fullmatch(text)
    if match is None:
        return None
    name, before, sign, after, rest = match.groups()
    if not _is_meant(name, sign, rest, spaced=bool(before and after)):
        return None
    if sign not in OPERATORS:
        raise BadValue(f"`{text}`: '{sign}' is no operator; {_instead_of(sign)}")
    if not (before and after):
        raise BadValue(f"`{text}`: no space on both sides of '{sign}'; write `{name} {sign} …`")
    literal, unit = _literal(text, sign, rest)
    return Value(name=name, op=sign, literal=literal, unit=unit, text=text)


def states(span: str) -> bool:
    """Whether a code span states a value, or nearly does."""
    try:
        return value(span) is not None
    except BadValue:
        return True


def _is_meant(name: str, sign: str, rest: str, *, spaced: bool) -> bool:
    """Whether the author of `name sign rest` believes it to be a value."""
    if name in RESERVED or rest.startswith(('"', "“")) or _NUMBERISH.match(rest):
        return True
    return spaced and sign in ("=", "!=") and _ITEMS.fullmatch(rest) is not None


def _instead_of(sign: str) -> str:
    """What to write in place of a sign that is no operator."""
    return f"write {_MEANT[sign]}" if sign in _MEANT else f"use one of {' '.join(OPERATORS)}"


def _literal(text: str, sign: str, rest: str) -> tuple[Literal, str | None]:
    """The literal and unit of `rest`, the part of `text` after the operator `sign`."""
    parts = _COMMA.split(rest)
    for part in parts[1:]:
        _refuse_unspaced(text, parts[0], part)
    scalars = [_scalar(text, part.strip()) for part in parts]
    first = scalars[0]
    for scalar in scalars:
        if scalar.kind != first.kind:
            raise BadValue(f"`{text}`: a list of {first.kind} and {scalar.kind}; keep to one kind")
    if sign in ("=", "!="):
        listed = tuple(scalar.literal for scalar in scalars)
        return (listed if len(listed) > 1 else first.literal), first.unit
    if len(scalars) > 1:
        raise BadValue(f"`{text}`: a list after '{sign}'; a list stands after = or !=")
    if first.kind == "text":
        raise BadValue(f"`{text}`: text after '{sign}'; words and strings stand after = or !=")
    return first.literal, first.unit


def _refuse_unspaced(text: str, before: str, part: str) -> None:
    """Refuse a comma that no single item follows after a space."""
    if not part.strip():
        raise BadValue(f"`{text}`: nothing after a comma; take the comma away")
    if part.startswith(" "):
        return
    if before[-1:].isdigit() and part[0].isdigit():
        raise BadValue(
            f"`{text}`: ',{part}' is a thousands separator or a list without spaces; "
            "write the digits together, or a space after the comma"
        )
    raise BadValue(f"`{text}`: no space after a comma; write one")


def _scalar(text: str, item: str) -> _Scalar:
    """One item of `text`: a number with or without unit, a word or a string."""
    if match := _QUOTED.fullmatch(item):
        return _Scalar("text", match[1])
    if match := _NUMBER.fullmatch(item):
        return _measure(text, match[1], match[2])
    if _WORD.fullmatch(item):
        return _Scalar("text", item)
    if (match := _GLUED.fullmatch(item)) and match[2] in UNITS:
        raise BadValue(
            f"`{text}`: '{item}' has no space before its unit; write {match[1]} {match[2]}"
        )
    if _NUMBERISH.match(item):
        raise BadValue(
            f"`{text}`: '{item}' is no number; write digits, with a point and more digits if need be"
        )
    raise BadValue(f"`{text}`: '{item}' is neither a word nor a number; put it in double quotes")


def _measure(text: str, digits: str, unit: str | None) -> _Scalar:
    """The number `digits` in `unit`, as the type that stands for it."""
    if len(digits) > _DIGITS:
        raise BadValue(f"`{text}`: '{digits}' is longer than {_DIGITS} characters; round it")
    plain = float(digits) if "." in digits else int(digits)
    if unit is None:
        return _Scalar("plain numbers", plain)
    if unit not in UNITS:
        raise BadValue(f"`{text}`: '{unit}' is no unit; use one of {' '.join(UNITS)}")
    kind, factor = UNITS[unit]
    smallest = Decimal(digits) * factor
    if kind == "share":
        return _Scalar("shares", float(smallest / 100), unit)
    if kind == "rate":
        return _Scalar("rates", plain, unit)
    if smallest != smallest.to_integral_value():
        finest = "a microsecond" if kind == "duration" else "a byte"
        raise BadValue(f"`{text}`: '{digits} {unit}' is finer than {finest}; round it")
    if kind == "size":
        return _Scalar("sizes", int(smallest), unit)
    return _Scalar("durations", _duration(text, int(smallest)), unit)


def _duration(text: str, microseconds: int) -> timedelta:
    """A duration of so many microseconds."""
    try:
        return timedelta(microseconds=microseconds)
    except OverflowError:
        raise BadValue(f"`{text}`: the duration is longer than the calendar; lower it") from None
