"""
Everything that is close to a signed message and must not pass for it, each with a name.

Generators of `(name, changed)`: of bytes, of how bytes are spelled in text, of a JSON body, of fields,
of instants. Each changes one thing; none yields what it was given. The caller puts them into its own
protocol, where the signature may be a header, a field or a part of a path.
"""

from __future__ import annotations

import base64
import json
import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

from proofbook.instruments.signatures.keys import HALF, SIGNATURE_BYTES, raised

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BITS = 8
#: The last character of a base64 text holds bits that no byte needs: these may be set without changing any.
BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def flipped(data: bytes, *, every_bit: bool = True) -> Iterator[tuple[str, bytes]]:
    """One bit the other way: each bit, or one in each byte (a different one in each of eight)."""
    for byte in range(len(data)):
        for bit in range(BITS) if every_bit else (byte % BITS,):
            changed = bytearray(data)
            changed[byte] ^= 1 << bit
            yield f"bit {bit} of byte {byte} flipped", bytes(changed)


def resized(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut short, or grown: nothing, a byte, a half, all but a byte; a byte more at either end, twice."""
    lengths = sorted({0, 1, len(data) // 2, len(data) - 1} & set(range(len(data))))
    yield from ((f"cut to {length} bytes", data[:length]) for length in lengths)
    yield "a zero byte longer", data + b"\0"
    yield "a zero byte before", b"\0" + data
    if data:
        yield "doubled", data + data


def forged(signature: bytes) -> Iterator[tuple[str, bytes]]:
    """Signatures of the right length that were made of a right one, or of nothing."""
    found = {
        "all zeros": bytes(len(signature)),
        "all ones": b"\xff" * len(signature),
        "reversed": signature[::-1],
    }
    if len(signature) == SIGNATURE_BYTES:
        found["halves swapped"] = signature[HALF:] + signature[:HALF]
        found["S + L"] = raised(signature)
        found["R of the identity, S zero"] = b"\1" + bytes(SIGNATURE_BYTES - 1)
    yield from ((name, changed) for name, changed in found.items() if changed != signature)


def base64_spellings(data: bytes) -> Iterator[tuple[str, str]]:
    """
    The same bytes in base64 as a lax reader takes it: other alphabet, no padding, white space, spare bits.

    Only for a receiver that is to take standard base64 alone, padded.
    """
    sound = base64.b64encode(data).decode()
    bare = sound.rstrip("=")
    spellings = {
        "url-safe alphabet": base64.urlsafe_b64encode(data).decode(),
        "no padding": bare,
        "more padding": sound + "=",
        "a newline after": sound + "\n",
        "a newline inside": sound[:4] + "\n" + sound[4:],
        "a space before": " " + sound,
        "junk inside": sound[:4] + "!" + sound[4:],
        "in hex": data.hex(),
        "encoded twice": base64.b64encode(sound.encode()).decode(),
    }
    if bare != sound:
        spare = BASE64[BASE64.index(bare[-1]) | 1]
        spellings["spare bits set"] = bare[:-1] + spare + sound[len(bare) :]
    yield from ((name, text) for name, text in spellings.items() if text != sound)


def hex_spellings(data: bytes) -> Iterator[tuple[str, str]]:
    """The same bytes in hex as a lax reader takes it; for a receiver of lower-case hex alone."""
    sound = data.hex()
    spellings = {
        "upper case": sound.upper(),
        "one capital": next(
            (sound[:n] + c.upper() + sound[n + 1 :] for n, c in enumerate(sound) if c.isalpha()),
            sound,
        ),
        "0x before": "0x" + sound,
        "spaces between bytes": data.hex(" "),
        "a newline after": sound + "\n",
        "a digit fewer": sound[:-1],
        "a digit more": sound + "0",
        "a letter that is no digit": sound[:-1] + "g",
        "in base64": base64.b64encode(data).decode(),
    }
    yield from ((name, text) for name, text in spellings.items() if text != sound)


def number_spellings(number: int) -> Iterator[tuple[str, str]]:
    """A number from 0, such as a time stamp: as a lax reader takes it, or as only a broken one could."""
    sound = str(number)
    spellings = {
        "with a fraction": f"{sound}.9",
        "with an exponent": f"{sound[0]}.{sound[1:] or 0}e{len(sound) - 1}",
        "with separators": f"{number:_}" if number >= 1000 else f"0_{sound}",  # noqa: PLR2004 - where `_` groups
        "with a sign": f"+{sound}",
        "with a zero before": f"0{sound}",
        "with spaces around": f" {sound} ",
        "in hex": hex(number),
        "in other digits": sound.translate(
            {ord("0") + digit: 0x0660 + digit for digit in range(10)}
        ),
        "empty": "",
        "a word": "now",
        "not a number": "NaN",
        "endless": "Infinity",
        "too long": sound * 40,
    }
    yield from spellings.items()


def respelled(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The same JSON in other bytes: a receiver that signs anew what it parsed takes these for the first."""
    value = json.loads(body)
    spellings = {
        "compact": json.dumps(value, separators=(",", ":"), ensure_ascii=False),
        "indented": json.dumps(value, indent=2, ensure_ascii=False),
        "keys sorted": json.dumps(value, sort_keys=True),
        "keys reversed": json.dumps(_reversed(value), ensure_ascii=False),
        # A letter after a quote is the first of a text: what closes one is followed by punctuation.
        "escaped": re.sub(
            '"([A-Za-z])', lambda found: f'"\\u{ord(found[1]):04x}', json.dumps(value)
        ),
    }
    yield from (
        (f"re-serialised, {n}", t.encode()) for n, t in spellings.items() if t.encode() != body
    )
    yield "a space after", body + b" "
    yield "a newline before", b"\n" + body
    yield "a byte-order mark before", b"\xef\xbb\xbf" + body


def _reversed(value: Any) -> Any:
    return dict(reversed(value.items())) if isinstance(value, dict) else value


def altered_fields(fields: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each signed field with another value, each left out, and each two of one type exchanged."""
    for name, held in fields.items():
        yield f"{name} changed", {**fields, name: _other(held)}
        yield f"{name} left out", {key: value for key, value in fields.items() if key != name}
    for one, two in combinations(fields, 2):
        if type(fields[one]) is type(fields[two]) and fields[one] != fields[two]:
            yield f"{one} and {two} exchanged", {**fields, one: fields[two], two: fields[one]}


def _other(value: Any) -> Any:
    """Another value of the same type, as close as can be."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
        case list() | tuple():
            return [*value, *(value[-1:] or [0])]
        case dict():
            return {**value, "": 0}
    return 0


def strayed(now: float, tolerance: float, *, room: float = 0.0) -> Iterator[tuple[str, float]]:
    """
    Instants outside of a tolerance around `now`, in its unit: by a little, by a lot, and without sense.

    `room` is added on the side of the future, for a request that is long on its way.
    """
    yield "just too old", now - tolerance - 1
    yield "just too far ahead", now + tolerance + 1 + room
    yield "an age old", now - 1000 * max(tolerance, 1)
    yield "an age ahead", now + 1000 * max(tolerance, 1)
    yield "at the epoch", 0
    yield "before the epoch", -now
