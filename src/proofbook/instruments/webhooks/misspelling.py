"""
Header values that a receiver must not take: generators of `(name, text)`.

None of them can be cut into two header lines, and none is a sound value with white space around it, which HTTP
takes away. A lone surrogate stands for a byte that is no UTF-8.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING

from proofbook.instruments.signatures import flipped, forged, number_spellings, resized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.instruments.webhooks.signing import Message, Scheme

#: Longer than most servers' header lines are, and shorter than what they cut off unread.
LONG = 8192
#: What is no signature in any scheme.
JUNK = {
    "empty": "",
    "a comma": ",",
    "commas": ",,,",
    "a blank between commas": ", ,",
    "a word": "undefined",
    "no base64": "!!!",
    "padding alone": "====",
    "one character": "A",
    "a percent sign": "%zz%",
    "quotes": "\"'`",
    "a letter of UTF-8": "é" * 64,
    "a byte of Latin-1": "\udce9" * 64,
    "8 kB": "a" * LONG,
}


def signatures(
    scheme: Scheme, message: Message, stamp: str, key: bytes
) -> Iterator[tuple[str, str]]:
    """Values of the signature's header that are close to the right one, or to none."""
    tag = scheme.tag(message, stamp, key)
    sound = scheme.spelled(tag)
    bare = sound.removeprefix(scheme.prefix)
    near = chain(flipped(tag, every_bit=False), resized(tag), forged(tag))
    found = {name: scheme.spelled(changed) for name, changed in near}
    found |= dict(scheme.respelled(tag))
    found |= {
        "first half": sound[: len(sound) // 2],
        "of the body alone, without a key": scheme.spelled(sha256(message.body).digest()),
        "a word after": f"{sound}x",
        "in quotes": f'"{sound}"',
        "a byte of Latin-1 after": f"{sound}\udce9",
    }
    if scheme.prefix:
        found |= {
            "no prefix": bare,
            "prefix alone": scheme.prefix,
            "prefix in capitals": scheme.prefix.upper() + bare,
            "prefix twice": scheme.prefix + sound,
        }
        found |= {f"junk after the prefix, {n}": scheme.prefix + text for n, text in JUNK.items()}
    found |= {f"as {other}": other + bare for other in scheme.other_prefixes}
    yield from _headers(found, sound)
    yield from _headers(JUNK, sound)


def timestamps(at: int) -> Iterator[tuple[str, str]]:
    """An instant in all spellings but the one that counts, and texts that are no instant."""
    spelled = dict(number_spellings(at))
    spelled |= {
        "in milliseconds": str(at * 1000),
        "as a date": "2026-01-01T00:00:00Z",
        "with a point alone": f"{at}.",
        "with a comma": f"{at},0",
        "twice": f"{at},{at}",
        "below zero": f"-{at}",
        "a byte of Latin-1": "\udce9",
        "8 kB": "1" * LONG,
    }
    yield from _headers(spelled, str(at))


def _headers(found: dict[str, str], sound: str) -> Iterator[tuple[str, str]]:
    """Those that fit into one line and are not the sound one."""
    return (
        (name, text) for name, text in found.items() if "\n" not in text and text.strip() != sound
    )
