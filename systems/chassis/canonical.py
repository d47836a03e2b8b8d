"""
Canonical JSON: one text for one value, whoever writes it.

`parse` reads what `JSON.parse` reads; `canonical` writes what ECMAScript's `JSON.stringify` writes of the
same value with its keys in order, so that two programs in two languages sign the same bytes.

Text goes in, values come out, and the other way round; nothing here opens a file or knows HTTP.
"""

from __future__ import annotations

import json
import math
import re
from hashlib import sha256
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, NoReturn, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Deeper documents are refused: RFC 8259, section 9, allows a limit, and Python's stack has one anyway.
MAX_DEPTH = 200
#: A key that is an index of a JavaScript array comes first, in the order of numbers.
ARRAY_INDEX = re.compile(r"0|[1-9][0-9]{0,9}")
LAST_INDEX = 2**32 - 2
EXACT_INTEGERS = 2**53
SURROGATES = re.compile("[\ud800-\udfff]")


def parse(raw: bytes) -> object:
    """
    Read one JSON document in UTF-8.

    Numbers become int where a double holds them exactly, else float; of a key that stands twice the last one
    counts. Raises ValueError for anything that `JSON.parse` refuses, and beyond `MAX_DEPTH`.
    """
    text = raw.decode("utf-8")
    if text.count("[") + text.count("{") > MAX_DEPTH:
        _refuse_depth(text)
    try:
        return json.loads(text, parse_int=_integer, parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def canonical(value: object) -> str:
    """The canonical text of a value made of dict, list, str, int, float, bool and None."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, dict):
        # Letters of ASCII have one order everywhere; a chain of events holds hardly any other keys.
        keys = sorted(value, key=None if all(map(_is_plain, value)) else _key_order)
        return "{" + ",".join([f"{_string(key)}:{canonical(value[key])}" for key in keys]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and -EXACT_INTEGERS <= value <= EXACT_INTEGERS:
        return str(value)
    if isinstance(value, int | float):
        return number(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def digest(text: str) -> str:
    """SHA-256 of a canonical text's UTF-8, in lower-case hex."""
    return sha256(text.encode("utf-8")).hexdigest()


def number(value: float) -> str:
    """A number as JavaScript prints it: `1`, `1e+21`, `0` for -0, `null` where a double has no room."""
    try:
        double = float(value)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        return "null"
    if double == 0:
        return "0"
    sign = "-" if double < 0 else ""
    digits, exponent = _shortest(abs(double))
    return sign + _layout(digits, exponent)


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a JSON number; bool is an int to Python only."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def holds_only_finite_numbers(value: object) -> bool:
    """Whether each number of a value lies in the range of doubles: `1e400` does not."""
    return all(math.isfinite(number) for number in _floats(value))


def _floats(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _floats(item)
    elif isinstance(value, float):
        yield value


def _integer(digits: str) -> int | float:
    """An int where it is exact in a double; the nearest double, as in JavaScript, where it is not."""
    if len(digits) > 17 or abs(int(digits)) > EXACT_INTEGERS:  # noqa: PLR2004 - 2^53 has 16 digits and a sign
        return float(digits)
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _refuse_depth(text: str) -> None:
    depth, inside_string, escaped = 0, False, False
    for char in text:
        if inside_string:
            inside_string = escaped or char != '"'
            escaped = char == "\\" and not escaped
        elif char == '"':
            inside_string = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError("nested too deeply")
        elif char in "]}":
            depth -= 1


def _is_plain(key: str) -> bool:
    """Whether a key is no index, and of characters that are one code unit each."""
    return key.isascii() and not key[:1].isdigit()


def _key_order(key: str) -> tuple[int, int, bytes]:
    """Indices by number, then all other keys by UTF-16 code units."""
    if ARRAY_INDEX.fullmatch(key) and int(key) <= LAST_INDEX:
        return (0, int(key), b"")
    return (1, 0, key.encode("utf-16-be", "surrogatepass"))


def _string(text: str) -> str:
    if not text.isascii() and SURROGATES.search(text):
        # Two halves that stand side by side are one character; a half alone is written as an escape.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
        return SURROGATES.sub(lambda half: f"\\u{ord(half[0]):04x}", encode_basestring(text))
    return encode_basestring(text)


def _shortest(double: float) -> tuple[str, int]:
    """The shortest digits that read back as this double, and n with value = 0.digits × 10^n."""
    mantissa, _, power = repr(double).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = whole + fraction
    stripped = digits.lstrip("0")
    exponent = int(power or 0) + len(whole) - (len(digits) - len(stripped))
    return stripped.rstrip("0"), exponent


def _layout(digits: str, n: int) -> str:
    """ECMA-262, Number::toString for radix 10, steps 5 to 10."""
    k = len(digits)
    if k <= n <= 21:  # noqa: PLR2004 - from here on JavaScript writes an exponent
        return digits + "0" * (n - k)
    if 0 < n <= 21:  # noqa: PLR2004 - as above
        return f"{digits[:n]}.{digits[n:]}"
    if -6 < n <= 0:  # noqa: PLR2004 - 0.000001 is the last without an exponent
        return "0." + "0" * -n + digits
    mantissa = digits if k == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{n - 1:+d}"
