"""Where the API is an address, all checks meet in one queue: they take turns, and tidy up after."""

from __future__ import annotations

import fcntl
import hashlib
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from checks.coreos.adapter import CLAIM, OK, TERMINAL
from checks.coreos.adapter_worker import Claimed, WireWorker, claimed_of
from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment


@contextmanager
def turn(deployment: Deployment) -> Iterator[None]:
    """
    Have the queue to oneself among the checks of this machine; leave no job of one's own that waits.

    Raises `NoVerdict` where jobs wait that are none of ours: what is claimed then tells nothing.
    """
    api = deployment.api()
    name = hashlib.sha256(api.url.encode()).hexdigest()[:16]
    with Path(tempfile.gettempdir(), f"proofbook-coreos-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiting = api.send("GET", CLAIM).body.get("claimable", 0)
        if waiting:
            said = f"jobs of others wait at {api.url}, and the check needs an empty queue"
            raise NoVerdict(said, remedy="let them be done, or set them aside (suspend)")
        try:
            yield
        finally:
            with suppress(NoVerdict):
                _tidy(api, [job for one in deployment.apis for job in one.added])


def _tidy(api: Api, jobs: list[str]) -> None:
    """Bring each of these jobs to an end, or set it aside."""
    moving = [job for job in jobs if not _set_aside(api, job)]
    worker = WireWorker(api, "tidies")
    while moving and (held := claimed_of(worker.claim())) is not None:
        worker.succeed(held)
        moving = [job for job in moving if job != held.job]


def _set_aside(api: Api, job: str) -> bool:
    """Whether the job will not be handed out again."""
    seen = api.job(job)
    if seen["status"] == "PROCESSING":
        ticket = {"jobId": job, "traceId": seen["traceId"]}
        held = Claimed(ticket, "", seen["attempts"], seen["maxAttempts"], 0)
        return WireWorker(api, str(seen["workerId"])).succeed(held).status == OK
    return seen["status"] in {*TERMINAL, "SUSPENDED"} or api.change(job, "suspend").status == OK
