"""
The worker's loop: poll, verify, run, post; one job at a time, at most one a tick.

The ticks are steady: one that falls into a job is left out.
"""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from nacl.signing import VerifyKey

from systems.coreos import claimed, execution
from systems.coreos.api_client import ApiClient, ApiError
from systems.coreos.claimed import Failure
from systems.coreos.execution import Lost
from systems.coreos.signatures import result_signature

if TYPE_CHECKING:
    from systems.coreos.claimed import Claimed, Outcome
    from systems.coreos.worker_settings import WorkerSettings

log = logging.getLogger("Worker")


class Worker:
    """One process, one job at a time."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._api = ApiClient(settings.api, settings.secret, settings.timeout_seconds)
        self._key = VerifyKey(settings.ticket_key)
        self._instance = str(uuid4())
        self.ending = threading.Event()

    def run(self) -> None:
        """Poll at a steady pace until told to end."""
        pace = self._settings.poll_seconds
        log.info("Polling every %g s as %s", pace, self._settings.worker_id)
        due = time.monotonic() + pace
        while not self.ending.wait(max(0, due - time.monotonic())):
            self._tick()
            due += pace
            late = time.monotonic() - due
            due += max(0, -(-late // pace)) * pace

    def _tick(self) -> None:
        body = {"workerId": self._settings.worker_id, "instanceId": self._instance}
        try:
            job = claimed.read(self._api.post("/api/jobs/claim", dict(body)))
        except (ApiError, ValueError) as error:
            log.error("Claim error: %s", error)  # noqa: TRY400 - no bug, no traceback
            return
        if job is not None:
            self._work(job)

    def _work(self, job: Claimed) -> None:
        attempt = f"{job.attempt}/{job.max_attempts}"
        name = (
            f"job={job.job_id} type={job.type} worker={self._settings.worker_id} attempt={attempt}"
        )
        log.info("Claimed %s", name)
        started_at = _now_ms()
        outcome = claimed.verify(job, self._key, now_ms=started_at) or self._run(job)
        if isinstance(outcome, Lost):
            log.warning("%s status=LOST_LEASE err=%s", name, outcome.reason)
            return
        try:
            self._post(job, outcome, started_at)
        except ApiError as error:
            log.error("%s status=POST_FAIL err=%s", name, error)  # noqa: TRY400 - no bug, no traceback
        else:
            _log_outcome(name, outcome)

    def _run(self, job: Claimed) -> Outcome | Lost:
        body = {
            "jobId": job.job_id,
            "workerId": self._settings.worker_id,
            "instanceId": self._instance,
            "attempt": job.attempt,
        }

        def beat() -> None:
            self._api.post("/api/jobs/heartbeat", dict(body))
            log.info("job=%s heartbeat sent", job.job_id)

        def missed(error: ApiError) -> None:
            log.warning("job=%s heartbeat failed err=%s", job.job_id, error)

        every = self._settings.heartbeat_seconds
        return execution.run(job, beat=beat, missed=missed, every=every)

    def _post(self, job: Claimed, outcome: Outcome, started_at: int) -> None:
        body = claimed.result(
            job,
            outcome,
            worker_id=self._settings.worker_id,
            started_at=started_at,
            finished_at=_now_ms(),
        )
        body["signature"] = result_signature(self._settings.secret, body)
        self._api.post("/api/jobs/result", body)


def _log_outcome(name: str, outcome: Outcome) -> None:
    if isinstance(outcome, Failure):
        log.error("%s status=%s err=%s", name, outcome.word, outcome.message)
    else:
        log.info("%s status=COMPLETED", name)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
