"""How a callback's time is read or weighed wrongly."""

from __future__ import annotations

import math
import re
from typing import Any

from systems.chassis.seams import Fault, around, ids
from systems.jobsources.faults.gate import is_signed, leniently, timestamp

jobsources = ids("jobsources")


#: What JavaScript takes for a number, besides plain digits.
HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")


SECONDS = 10


def _past_only(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = timestamp(given)
    later = int(told) if told.isdigit() and len(told) == SECONDS else 0
    return check(gate, given, parts, now_seconds=max(now, later))


def _ageless(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = timestamp(given)
    is_plain = told.isdigit() and len(told) == SECONDS
    return check(gate, given, parts, now_seconds=int(told) if is_plain else now)


def _in_milliseconds(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = timestamp(given)
    if told.isdigit() and len(told) > SECONDS and is_signed(gate, given, parts):
        return int(told) // 1000
    return check(gate, given, parts, now_seconds=now)


def _as_in_javascript(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """A time in any spelling of a number, signed as it is spelled or as what it means."""
    from systems.jobsources import signatures

    told = timestamp(given)
    try:
        seconds = int(told, 16) if HEXADECIMAL.fullmatch(told) else float(told)
    except ValueError:
        return check(gate, given, parts, now_seconds=now)
    if not math.isfinite(seconds) or abs(now - seconds) > gate.tolerance_seconds:
        return check(gate, given, parts, now_seconds=now)
    meant = given | {signatures.TIMESTAMP_HEADER: str(int(seconds))}
    if is_signed(gate, given, parts) or is_signed(gate, meant, parts):
        return int(seconds)
    return check(gate, given, parts, now_seconds=now)


def _not_a_number(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """On heartbeats, what is no number is never too far from now."""
    is_beat, told = parts.status == "HEARTBEAT", timestamp(given)
    if is_beat and told == "NaN" and is_signed(gate, given, parts):
        return int(now)
    return check(gate, given, parts, now_seconds=now)


def _fixed_tolerance(gate: Any) -> Any:
    return lambda secret, **_: gate(secret=secret, tolerance_seconds=300)


FAULTS = (
    Fault(
        name="tolerance-fixed",
        process="api",
        breaks=jobsources("tolerance-from-environment"),
        plant=around("systems.jobsources.access:Gate", _fixed_tolerance),
    ),
    Fault(
        name="future-taken",
        process="api",
        breaks=jobsources("tolerance-both-ways"),
        plant=leniently(_past_only),
    ),
    Fault(
        name="milliseconds-taken",
        process="api",
        breaks=jobsources("timestamp-in-seconds"),
        plant=leniently(_in_milliseconds),
    ),
    Fault(
        name="numbers-as-in-javascript",
        process="api",
        breaks=jobsources("timestamp-plain-digits"),
        plant=leniently(_as_in_javascript),
    ),
    Fault(
        name="no-number-never-expires",
        process="api",
        breaks=jobsources("timestamp-plain-digits"),
        plant=leniently(_not_a_number),
    ),
    Fault(
        name="timestamp-unchecked",
        process="api",
        breaks=jobsources("old-capture-refused"),
        plant=leniently(_ageless),
    ),
)
