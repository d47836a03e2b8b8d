"""How a callback's signature, or its time, is judged wrongly."""

from __future__ import annotations

import base64
import math
import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import Fault, around, ids, value

if TYPE_CHECKING:
    from collections.abc import Callable

    from systems.chassis.seams import Plant

jobsources = ids("jobsources")
CHECK = "systems.jobsources.signatures:Gate.check"
STATUSES = ("COMPLETED", "FAILED")
#: What JavaScript takes for a number, besides plain digits.
HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")
SECONDS = 10


def _leniently(wrap: Callable[[Any, Any, Any, float, Any], Any]) -> Plant:
    """`Gate.check` with something before it: `wrap(check, gate, headers, parts, now)` gives its answer."""

    def planted(check: Any) -> Any:
        def checked(gate: Any, given: Any, parts: Any, *, now_seconds: float) -> Any:
            return wrap(check, gate, dict(given), now_seconds, parts)

        return checked

    return around(CHECK, planted)


def _is_signed(gate: Any, given: Any, parts: Any) -> bool:
    """Whether the signature is that of what the header says, whatever it says."""
    from systems.jobsources import signatures

    text = signatures.text(given.get(signatures.TIMESTAMP_HEADER, ""), parts)
    return bool(given.get(signatures.SIGNATURE_HEADER) == signatures.signature(gate.secret, text))


def _now(given: Any) -> str:
    from systems.jobsources import signatures

    return str(given.get(signatures.TIMESTAMP_HEADER, ""))


def _unenforced(_check: Any, _gate: Any, _given: Any, now: float, _parts: Any) -> Any:
    return int(now)


def _status_unsigned(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """A signature over one end of a run is one over the other."""
    for status in STATUSES if parts.status in STATUSES else ():
        if _is_signed(gate, given, replace(parts, status=status)):
            parts = replace(parts, status=status)
    return check(gate, given, parts, now_seconds=now)


def _with_dots(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    dotted = any("." in part for part in (parts.run_id, parts.request_id, parts.event_id))
    if dotted and _is_signed(gate, given, parts):
        return int(_now(given))
    return check(gate, given, parts, now_seconds=now)


def _when_present(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """A callback that does not say that it is signed need not be."""
    from systems.jobsources import signatures

    if signatures.SIGNATURE_HEADER not in given:
        return int(now)
    return check(gate, given, parts, now_seconds=now)


def _any_case(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    from systems.jobsources import signatures

    told = given.get(signatures.SIGNATURE_HEADER, "")
    lower = told.lower().removeprefix("sha256=")
    return check(gate, given | {signatures.SIGNATURE_HEADER: lower}, parts, now_seconds=now)


def _by_length(_is_equal: Any) -> Any:
    """Texts of another length cannot be compared."""

    def compared(given: str, expected: str) -> bool:
        return all(given[n] == digit for n, digit in enumerate(expected)) and given == expected

    return compared


def _past_only(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = _now(given)
    later = int(told) if told.isdigit() and len(told) == SECONDS else 0
    return check(gate, given, parts, now_seconds=max(now, later))


def _ageless(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = _now(given)
    is_plain = told.isdigit() and len(told) == SECONDS
    return check(gate, given, parts, now_seconds=int(told) if is_plain else now)


def _in_milliseconds(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    told = _now(given)
    if told.isdigit() and len(told) > SECONDS and _is_signed(gate, given, parts):
        return int(told) // 1000
    return check(gate, given, parts, now_seconds=now)


def _as_in_javascript(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """A time in any spelling of a number, signed as it is spelled or as what it means."""
    from systems.jobsources import signatures

    told = _now(given)
    try:
        seconds = int(told, 16) if HEXADECIMAL.fullmatch(told) else float(told)
    except ValueError:
        return check(gate, given, parts, now_seconds=now)
    if not math.isfinite(seconds) or abs(now - seconds) > gate.tolerance_seconds:
        return check(gate, given, parts, now_seconds=now)
    meant = given | {signatures.TIMESTAMP_HEADER: str(int(seconds))}
    if _is_signed(gate, given, parts) or _is_signed(gate, meant, parts):
        return int(seconds)
    return check(gate, given, parts, now_seconds=now)


def _not_a_number(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """On heartbeats, what is no number is never too far from now."""
    is_beat, told = parts.status == "HEARTBEAT", _now(given)
    if is_beat and told == "NaN" and _is_signed(gate, given, parts):
        return int(now)
    return check(gate, given, parts, now_seconds=now)


def _without_event(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    if not parts.event_id.strip() and _is_signed(gate, given, parts):
        return int(now)
    return check(gate, given, parts, now_seconds=now)


def _fixed_tolerance(gate: Any) -> Any:
    return lambda secret, **_: gate(secret=secret, tolerance_seconds=300)


def _kept_secrets(gate: Any) -> Any:
    """Every secret that was ever used is written down, and counts."""

    def made(secret: str, tolerance_seconds: int) -> Any:
        import psycopg

        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as store:
            store.execute("CREATE TABLE IF NOT EXISTS callback_secrets (secret text UNIQUE)")
            store.execute(
                "INSERT INTO callback_secrets VALUES (%s) ON CONFLICT DO NOTHING", [secret]
            )
            known = [row[0] for row in store.execute("SELECT secret FROM callback_secrets")]
        gates = [gate(secret=each, tolerance_seconds=tolerance_seconds) for each in known]
        return _Gates(gates)

    return made


class _Gates:
    """Lets in whoever one of several gates lets in."""

    def __init__(self, gates: list[Any]) -> None:
        self._gates = gates

    def check(self, given: Any, parts: Any, *, now_seconds: float) -> Any:
        """The second at which a callback was signed."""
        from systems.jobsources.signatures import SignatureRefused

        refused = SignatureRefused("bad-signature")
        for gate in self._gates:
            try:
                return gate.check(given, parts, now_seconds=now_seconds)
            except SignatureRefused as error:
                refused = error
        raise refused


def _body_unhashed(check: Any) -> Any:
    """The hash that a body says it has is taken for true."""

    def checked(told: Any) -> None:
        body = {name: each for name, each in told.body.items() if name != "payloadHash"}
        check(replace(told, body=body))

    return checked


def _in_base64(signature: Any) -> Any:
    return lambda secret, text: base64.b64encode(bytes.fromhex(signature(secret, text))).decode()


def _reordered(text: Any) -> Any:
    """The run before its status."""

    def joined(timestamp: str, parts: Any) -> Any:
        return text(timestamp, replace(parts, status=parts.run_id, run_id=parts.status))

    return joined


FAULTS = (
    Fault(
        name="signature-unenforced",
        process="api",
        breaks=jobsources("signing-on-by-secret"),
        plant=_leniently(_unenforced),
    ),
    Fault(
        name="signature-in-base64",
        process="api",
        breaks=jobsources("callback-signature-exact"),
        plant=around("systems.jobsources.signatures:signature", _in_base64),
    ),
    Fault(
        name="signed-in-another-order",
        process="api",
        breaks=jobsources("callback-signature-exact"),
        plant=around("systems.jobsources.signatures:text", _reordered),
    ),
    Fault(
        name="status-unsigned",
        process="api",
        breaks=jobsources("each-signed-field-counts"),
        plant=_leniently(_status_unsigned),
    ),
    Fault(
        name="dots-joined",
        process="api",
        breaks=jobsources("no-dot-in-signed-parts"),
        plant=_leniently(_with_dots),
    ),
    Fault(
        name="body-hash-unchecked",
        process="api",
        breaks=jobsources("body-hash-checked"),
        plant=around("systems.jobsources.callbacks:Ended.check", _body_unhashed),
    ),
    Fault(
        name="signature-checked-when-present",
        process="api",
        breaks=jobsources("both-signature-headers"),
        plant=_leniently(_when_present),
    ),
    Fault(
        name="rotated-secret-counts",
        process="api",
        breaks=jobsources("only-present-secret-counts"),
        plant=around("systems.jobsources.access:Gate", _kept_secrets),
    ),
    Fault(
        name="signature-length-crash",
        process="api",
        breaks=jobsources("malformed-signature-refused"),
        plant=around("systems.jobsources.signatures:_is_equal", _by_length),
    ),
    Fault(
        name="signature-in-any-form",
        process="api",
        breaks=jobsources("malformed-signature-refused"),
        plant=_leniently(_any_case),
    ),
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
        plant=_leniently(_past_only),
    ),
    Fault(
        name="milliseconds-taken",
        process="api",
        breaks=jobsources("timestamp-in-seconds"),
        plant=_leniently(_in_milliseconds),
    ),
    Fault(
        name="numbers-as-in-javascript",
        process="api",
        breaks=jobsources("timestamp-plain-digits"),
        plant=_leniently(_as_in_javascript),
    ),
    Fault(
        name="no-number-never-expires",
        process="api",
        breaks=jobsources("timestamp-plain-digits"),
        plant=_leniently(_not_a_number),
    ),
    Fault(
        name="event-id-optional",
        process="api",
        breaks=jobsources("event-id-required"),
        plant=_leniently(_without_event),
    ),
    Fault(
        name="timestamp-unchecked",
        process="api",
        breaks=jobsources("old-capture-refused"),
        plant=_leniently(_ageless),
    ),
    Fault(
        name="tolerance-clamped",
        process="api",
        breaks=jobsources("cfg-tolerance-range"),
        plant=value(
            "systems.jobsources.settings:integer",
            lambda least, most: lambda text: max(least, min(most, int(text))),
        ),
    ),
)
