"""
Durations and other quantities as a target writes them: `20 s`, `0.5 min`, `5 %`, `200 req/s`.

The units are those of claims. Text goes in; a `timedelta`, or a number in the base unit (seconds,
bytes, fractions, requests a second), comes out.
"""

from __future__ import annotations

import re
from datetime import timedelta

#: Unit → seconds.
DURATIONS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}

_OTHERS = {"%": 0.01, "B": 1.0, "KiB": 1024.0, "MiB": 1024.0**2, "GiB": 1024.0**3, "req/s": 1.0}
_QUANTITY = re.compile(r"(-?[0-9]{1,15}(?:\.[0-9]{1,15})?) *([A-Za-z%/]*)")


def duration(text: str) -> timedelta | None:
    """`20 s` as a `timedelta`; `None` if `text` is no duration above zero and below a century."""
    found = _QUANTITY.fullmatch(text)
    if not found or found[2] not in DURATIONS:
        return None
    seconds = float(found[1]) * DURATIONS[found[2]]
    return timedelta(seconds=seconds) if 0 < seconds < 100 * 366 * DURATIONS["d"] else None


def quantity(text: str) -> float | None:
    """`5 %` as 0.05, `2 s` as 2.0, `7` as 7.0; `None` if the number or the unit is none."""
    found = _QUANTITY.fullmatch(text)
    factor = {**DURATIONS, **_OTHERS, "": 1.0}.get(found[2]) if found else None
    return float(found[1]) * factor if found and factor is not None else None
