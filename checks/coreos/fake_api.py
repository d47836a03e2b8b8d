"""An API of the suite's own that hands a worker one job after the other and keeps its answers."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from checks.coreos.adapter import CLAIM, RESULT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.coreos.adapter_access import Access
    from proofbook.instruments.tap import Received

LEASE_MS = 60_000


class FakeApi:
    """
    A handler for `FakeServer`: job by job, the next one at the claim after.

    `jobs` are pairs of ticket and payload.
    """

    def __init__(
        self, access: Access, jobs: Sequence[tuple[Mapping[str, Any], str]], attempt: int = 1
    ) -> None:
        self._claim, self._result = access.path(CLAIM), access.path(RESULT)
        self._jobs = jobs
        self._attempt = attempt
        self._held = threading.Lock()
        self._answers: dict[int, Mapping[str, Any]] = {}
        self.claims = 0

    def __call__(self, request: Received) -> tuple[int, Mapping[str, Any]]:
        """Answer one request of the worker's."""
        with self._held:
            if request.path == self._claim:
                self.claims += 1
                return 200, {"job": self._job(self.claims - 1)}
            if request.path == self._result:
                body = json.loads(request.body)
                self._answers.setdefault(min(self.claims, len(self._jobs)) - 1, body)
                return 200, {"jobId": body.get("jobId"), "status": "COMPLETED"}
        return 200, {"leaseUntil": _now() + LEASE_MS}

    @property
    def is_through(self) -> bool:
        """Whether the worker came back after the last job."""
        return self.claims > len(self._jobs)

    def outcomes(self) -> list[str]:
        """For each job what the worker posted: `OK`, an error code, or `nothing`."""
        with self._held:
            return [_outcome(self._answers.get(number)) for number in range(len(self._jobs))]

    def _job(self, number: int) -> Mapping[str, Any] | None:
        if number >= len(self._jobs):
            return None
        ticket, payload = self._jobs[number]
        return {
            "ticket": ticket,
            "payload": payload,
            "version": "1.0",
            "attempts": self._attempt,
            "maxAttempts": 3,
            "leaseUntil": _now() + LEASE_MS,
        }


def _outcome(result: Mapping[str, Any] | None) -> str:
    if result is None:
        return "nothing"
    return "OK" if result.get("status") == "SUCCEEDED" else str(result.get("errorCode"))


def _now() -> int:
    return int(time.time() * 1000)
