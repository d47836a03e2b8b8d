"""How tickets and payloads are signed and verified wrongly."""

from __future__ import annotations

import base64
import json
from typing import Any

from systems.coreos.faults.seams import Fault, around, ids, nothing, value


def _escaped(canonical: Any) -> Any:
    """As Go's JSON writer does by default."""
    escapes: dict[str, str | int | None] = {
        char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"
    }

    def written(value: object) -> str:
        return str(canonical(value)).translate(str.maketrans(escapes))

    return written


def _sorted_by_python(_: Any) -> Any:
    def written(value: object) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    return written


def _unpadded(sign: Any) -> Any:
    def signed(key: Any, ticket: Any) -> Any:
        whole = sign(key, ticket)
        return whole | {"signature": whole["signature"].rstrip("=")}

    return signed


def _lenient(_: Any) -> Any:
    def signature(text: object) -> bytes:
        return base64.urlsafe_b64decode(
            str(text).strip().translate(str.maketrans("+/", "-_")) + "=="
        )

    return signature


class _Anything(str):
    """A text that is equal to every other."""

    __slots__ = ()

    def __eq__(self, _: object) -> bool:
        return True

    def __ne__(self, _: object) -> bool:
        return False

    __hash__ = str.__hash__


def _anything(payload: str) -> str:
    return _Anything(payload)


FAULTS = (
    Fault(
        name="payload-sorted-by-code-points",
        process="api",
        breaks=ids("payload-signed-canonically"),
        plant=around("systems.chassis.canonical:canonical", _sorted_by_python),
    ),
    Fault(
        name="ticket-signature-unpadded",
        process="api",
        breaks=ids("ticket-signed-exactly"),
        plant=around("systems.coreos.tickets:sign", _unpadded),
    ),
    Fault(
        name="ticket-signed-escaped",
        process="api",
        breaks=ids("ticket-signed-exactly"),
        plant=around("systems.coreos.tickets:canonical", _escaped),
    ),
    Fault(
        name="worker-signs-escaped",
        process="worker",
        breaks=ids("worker-executes-and-reports"),
        plant=around("systems.coreos.tickets:canonical", _escaped),
    ),
    Fault(
        name="worker-takes-any-base64",
        process="worker",
        breaks=ids("worker-verifies-tickets"),
        plant=around("systems.coreos.tickets:_signature", _lenient),
    ),
    Fault(
        name="worker-skips-verification",
        process="worker",
        breaks=ids(
            "worker-verifies-tickets",
            "tampered-ticket-refused",
            "keys-change-together",
            "old-key-jobs-die",
        ),
        plant=value("systems.coreos.claimed:verify", lambda _job, _key, **_: None),
    ),
    Fault(
        name="worker-skips-payload-hash",
        process="worker",
        breaks=ids("worker-verifies-tickets"),
        plant=value("systems.coreos.claimed:_hash", _anything),
    ),
    Fault(
        name="worker-ignores-expiry",
        process="worker",
        breaks=ids("worker-verifies-tickets"),
        plant=around(
            "systems.coreos.claimed:verify",
            lambda verify: lambda job, key, **_: verify(job, key, now_ms=0),
        ),
    ),
    Fault(
        name="worker-holds-signing-key",
        process="worker",
        breaks=ids("worker-holds-no-signing-key"),
        plant=nothing,
        environ={
            "ATTESTATION_PRIVATE_KEY": "ab" * 32,
            "DATABASE_URL": "postgresql://nobody@127.0.0.1/none",
        },
    ),
)
