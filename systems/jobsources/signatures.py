"""
The HMAC of a callback, and the rules by which one is taken.

The signed text is six parts joined by dots: timestamp, sourceRunId, status, runId, x-request-id, eventId. A part that
is absent is empty; a part that holds a dot could be two, so the three free ones may hold none.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMESTAMP_HEADER, SIGNATURE_HEADER = "x-worker-timestamp", "x-worker-signature"
REQUEST_ID_HEADER = "x-request-id"
HEARTBEAT, INGEST = "HEARTBEAT", "INGEST"
HEARTBEAT_EVENT = "heartbeat"
#: Unix seconds in plain decimal digits: what other spellings of a number mean depends on who reads them.
TIMESTAMP = re.compile(r"[1-9][0-9]{0,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a signature covers beside its time, each as it stands on the wire; an absent part is empty."""

    source_run_id: str
    status: str
    run_id: str = ""
    request_id: str = ""
    event_id: str = ""


class SignatureRefused(Exception):
    """A callback that is not taken; `reason` is one of the words that the log tells."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def heartbeat(source_run_id: str, run_id: str = "", request_id: str = "") -> Parts:
    """The parts of a heartbeat: its status and its event are always the same two words."""
    return Parts(
        source_run_id=source_run_id,
        status=HEARTBEAT,
        run_id=run_id,
        request_id=request_id,
        event_id=HEARTBEAT_EVENT,
    )


def text(timestamp: str, parts: Parts) -> str:
    """The text that is signed."""
    told = (parts.source_run_id, parts.status, parts.run_id, parts.request_id, parts.event_id)
    return ".".join((timestamp, *told))


def signature(secret: str, signed: str) -> str:
    """HMAC-SHA256 of a text, 64 lower-case hexadecimal digits."""
    return hmac.new(secret.encode(), signed.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def headers(secret: str, parts: Parts, *, now_seconds: float) -> dict[str, str]:
    """The two headers of a callback that is sent now."""
    timestamp = str(int(now_seconds))
    return {
        TIMESTAMP_HEADER: timestamp,
        SIGNATURE_HEADER: signature(secret, text(timestamp, parts)),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Takes callbacks that were signed with the secret, lately."""

    secret: str
    tolerance_seconds: int

    def check(self, given: Mapping[str, str], parts: Parts, *, now_seconds: float) -> int:
        """The second at which a callback was signed. Raises SignatureRefused."""
        timestamp, signed = given.get(TIMESTAMP_HEADER), given.get(SIGNATURE_HEADER)
        if not timestamp or not signed:
            raise SignatureRefused("missing-signature")
        if not parts.event_id.strip():
            raise SignatureRefused("missing-event-id")
        if not TIMESTAMP.fullmatch(timestamp):
            raise SignatureRefused("bad-timestamp")
        if abs(int(now_seconds) - int(timestamp)) > self.tolerance_seconds:
            raise SignatureRefused("expired-timestamp")
        if any("." in part for part in (parts.run_id, parts.request_id, parts.event_id)):
            raise SignatureRefused("bad-signature")
        if not _is_equal(signed, signature(self.secret, text(timestamp, parts))):
            raise SignatureRefused("bad-signature")
        return int(timestamp)


def _is_equal(given: str, expected: str) -> bool:
    """Whether two signatures are the same text, in a time that tells nothing."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
