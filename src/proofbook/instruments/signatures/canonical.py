"""
Canonical JSON, as an ECMAScript engine writes it: one text for one value.

Keys sorted by UTF-16 code units, integer-like ones first in numeric order (as engines keep them);
numbers as doubles, printed the shortest way that reads back; only what must be escaped is; no spaces.
It is written from the rules, not taken from any system under test.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring

#: Integers up to here are doubles exactly.
EXACT = 2**53
#: From so many digits before the point, and so many zeros after it, a number is written with an exponent.
MOST_DIGITS, MOST_ZEROS = 21, 6
#: An array index of ECMAScript is below this, and written without leading zeros.
INDEX_END = 2**32 - 1
INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def canonical_json(value: object) -> str:
    """
    The one text of a JSON value; it encodes to UTF-8.

    `ValueError` for a number outside the double range, `TypeError` for what JSON does not hold.
    """
    match value:
        case None | bool() | str():
            return _plain(value)
        case int() | float():
            return number(value)
        case Mapping():
            keys = [_text(key) for key in value]
            # Where all keys are letters of ASCII, their order as texts is the one that is wanted.
            keys.sort(key=None if all(map(_is_word, keys)) else _rank)
            return "{" + ",".join([f"{_plain(k)}:{canonical_json(value[k])}" for k in keys]) + "}"
        case Sequence() if not isinstance(value, bytes | bytearray):
            return "[" + ",".join(map(canonical_json, value)) + "]"
    raise TypeError(f"JSON holds no {type(value).__name__}")


def number(value: float) -> str:
    """A number as `String(value)` gives it in ECMAScript; `ValueError` outside the double range."""
    if isinstance(value, int) and abs(value) <= EXACT:
        return str(value)
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise ValueError("a number outside the double range has no canonical form")
    if double == 0:
        return "0"
    return ("-" if double < 0 else "") + _written(abs(double))


def _written(double: float) -> str:
    """A positive double: the shortest digits that read back, and ECMAScript's place for the point."""
    shortest = Decimal(repr(double)).normalize().as_tuple()
    digits = "".join(map(str, shortest.digits))
    assert isinstance(shortest.exponent, int), "a finite number has a number for an exponent"  # noqa: S101 - for mypy
    point = len(digits) + shortest.exponent
    if len(digits) <= point <= MOST_DIGITS:
        return digits.ljust(point, "0")
    if 0 < point <= MOST_DIGITS:
        return f"{digits[:point]}.{digits[point:]}"
    if -MOST_ZEROS < point <= 0:
        return "0." + "0" * -point + digits
    fraction = "." * (len(digits) > 1) + digits[1:]
    return f"{digits[0]}{fraction}e{point - 1:+d}"


def _plain(value: object) -> str:
    """A text or word; surrogates that belong together are one character, lone ones are escaped."""
    if isinstance(value, str) and value.isascii():
        return encode_basestring(value)
    written = json.dumps(_paired(value) if isinstance(value, str) else value, ensure_ascii=False)
    return LONE_SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", written)


def _paired(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def _text(key: object) -> str:
    if not isinstance(key, str):
        raise TypeError(f"JSON's keys are texts, and {key!r} is none")
    return key


def _is_word(key: str) -> bool:
    return key.isascii() and not key[:1].isdigit()


def _rank(key: str) -> tuple[bool, int, bytes]:
    if INDEX.fullmatch(key) and int(key) < INDEX_END:
        return False, int(key), b""
    return True, 0, key.encode("utf-16-be", "surrogatepass")
