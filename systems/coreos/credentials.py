"""Whether a request is a worker's: signed with the shared secret, and fresh."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.coreos.signatures import is_equal, request_signature

if TYPE_CHECKING:
    from collections.abc import Mapping

TIMESTAMP = re.compile(r"[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class WorkerAuth:
    """Checks that requests are signed with the shared secret, and fresh."""

    secret: str
    tolerance_ms: int

    def check(self, headers: Mapping[str, str], *, path: str, body: bytes, now_ms: int) -> None:
        """Raise Refusal unless a POST to this path carries a worker's signature and a timestamp near now."""
        timestamp, signature = headers.get("x-worker-timestamp"), headers.get("x-worker-signature")
        if not timestamp or not signature:
            raise Refusal(401, "Worker authentication required", "WORKER_AUTH_REQUIRED")
        if not is_equal(signature, request_signature(self.secret, timestamp, path, body)):
            raise Refusal(403, "Invalid worker signature", "INVALID_SIGNATURE")
        if not TIMESTAMP.fullmatch(timestamp) or abs(now_ms - int(timestamp)) > self.tolerance_ms:
            raise Refusal(403, "Stale worker timestamp", "STALE_TIMESTAMP")
