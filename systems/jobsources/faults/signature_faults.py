"""How a callback's signature is judged wrongly."""

from __future__ import annotations

import base64
import hmac
import os
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids
from systems.jobsources.faults.gate import is_signed, leniently, timestamp

jobsources = ids("jobsources")
STATUSES = ("COMPLETED", "FAILED")


def _unenforced(_check: Any, _gate: Any, _given: Any, now: float, _parts: Any) -> Any:
    return int(now)


def _status_unsigned(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    """A signature over one end of a run is one over the other."""
    for status in STATUSES if parts.status in STATUSES else ():
        if is_signed(gate, given, replace(parts, status=status)):
            parts = replace(parts, status=status)
    return check(gate, given, parts, now_seconds=now)


def _with_dots(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    dotted = any("." in part for part in (parts.run_id, parts.request_id, parts.event_id))
    if dotted and is_signed(gate, given, parts):
        return int(timestamp(given))
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


def _half_compared(_is_equal: Any) -> Any:
    """A tag of 128 bits is thought to be enough."""
    return lambda given, expected: given[: len(expected) // 2] == expected[: len(expected) // 2]


def _in_ascii(_is_equal: Any) -> Any:
    """Compared as texts, which Python does for letters of ASCII alone."""
    return hmac.compare_digest


def _without_event(check: Any, gate: Any, given: Any, now: float, parts: Any) -> Any:
    if not parts.event_id.strip() and is_signed(gate, given, parts):
        return int(now)
    return check(gate, given, parts, now_seconds=now)


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
        plant=leniently(_unenforced),
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
        plant=leniently(_status_unsigned),
    ),
    Fault(
        name="dots-joined",
        process="api",
        breaks=jobsources("no-dot-in-signed-parts"),
        plant=leniently(_with_dots),
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
        plant=leniently(_when_present),
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
        plant=leniently(_any_case),
    ),
    Fault(
        name="signature-half-compared",
        process="api",
        breaks=jobsources("unsound-callbacks-refused"),
        plant=around("systems.jobsources.signatures:_is_equal", _half_compared),
        reason="signature: bit 0 of byte 16 flipped: 201",
    ),
    Fault(
        name="signature-ascii-crash",
        process="api",
        breaks=jobsources("no-callback-breaks-api"),
        plant=around("systems.jobsources.signatures:_is_equal", _in_ascii),
        reason="signature: a byte of Latin-1 after: 500",
    ),
    Fault(
        name="event-id-optional",
        process="api",
        breaks=jobsources("event-id-required"),
        plant=leniently(_without_event),
    ),
)
