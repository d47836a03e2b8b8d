"""JSON for other programs: text that every reader takes, whatever a check printed."""

from __future__ import annotations

import json
import re

_SURROGATE = re.compile("[\ud800-\udfff]")


def line(value: object) -> str:
    """JSON on one line, keys in their order."""
    return _whole(json.dumps(value, ensure_ascii=False, allow_nan=False))


def compact(value: object) -> bytes:
    """JSON without a needless character, keys sorted: the same value is always the same bytes."""
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")
    )
    return _whole(text).encode()


def _whole(text: str) -> str:
    """`text` with a sign in the place of every half of a character, which no file can hold."""
    return _SURROGATE.sub("\ufffd", text)
