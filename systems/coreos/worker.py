"""
The CORE OS worker: `python -m systems.coreos.worker`.

Polls the API of COREOS_API_URL, runs one job at a time, and posts what came of it. It listens nowhere and knows no
store. SIGTERM and SIGINT end it: at once when idle, else when its job is posted or the grace is over.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING
from uuid import uuid4

from nacl.signing import VerifyKey

from systems.chassis import logs
from systems.chassis.settings import Misconfigured
from systems.coreos import claimed, execution, worker_settings
from systems.coreos.api_client import ApiClient, ApiError
from systems.coreos.claimed import Failure
from systems.coreos.execution import Lost
from systems.coreos.signatures import result_signature

if TYPE_CHECKING:
    from systems.coreos.claimed import Claimed, Outcome
    from systems.coreos.worker_settings import WorkerSettings

ENDINGS = (signal.SIGTERM, signal.SIGINT)
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
        """Poll at a steady pace until told to end; a tick that falls into a job is left out."""
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


def _end_on_signal(worker: Worker, grace_seconds: float) -> None:
    """In a thread of its own: pass the signal on, and end the process when its grace is over."""
    number = signal.sigwait(ENDINGS)
    log.info("%s: no new claim", signal.Signals(number).name)
    worker.ending.set()
    time.sleep(grace_seconds)
    log.warning("the grace is over: leaving without a result")
    os._exit(0)


def main() -> None:
    """Run until told to end: exit 0; 1 if the environment is wrong."""
    logs.start_plain([os.environ.get("JOB_WORKER_HMAC_SECRET", "")])
    try:
        settings = worker_settings.read(os.environ)
    except Misconfigured as problem:
        for name in problem.missing:
            sys.stderr.write(f"[FATAL] Configuration error: {name} is required\n")
        for name in problem.invalid:
            sys.stderr.write(f"[FATAL] Configuration error: {name} is invalid\n")
        sys.exit(1)
    # Blocked before any thread starts, so that only the thread that waits for them gets them.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)
    worker = Worker(settings)
    ender = threading.Thread(
        target=_end_on_signal, args=(worker, settings.grace_seconds), daemon=True
    )
    ender.start()
    worker.run()


if __name__ == "__main__":
    main()
