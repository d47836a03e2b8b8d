"""Runs of which nothing is heard come to an end, though nobody asks for it."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter_callbacks import beat
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle

FULL = 429
RUNNING = "RUNNING"


@pytest.mark.waits(80)
@pytest.mark.claim("jobsources.silent-runs-fail")
def test_silent_runs_come_to_an_end(claim: ClaimHandle, deployment: Deployment) -> None:
    """One that no worker took, and one whose worker says nothing; one that is heard of goes on."""
    minutes = f"{claim['silence'].total_seconds() / 60:.0f}"
    within = claim.bound("within").upper.total_seconds()
    api = deployment.api(
        {
            "SCRAPE_STALE_PENDING_MINUTES": minutes,
            "SCRAPE_STALE_RUNNING_MINUTES": minutes,
            "SCRAPE_STALE_SWEEP_SEC": f"{claim['sweep'].total_seconds():.0f}",
            # The least that the contract allows: a run may not be silent for less than its task may take.
            "WORKER_TASK_TIMEOUT_MS": "10000",
            "WORKER_TASK_DISPATCH_DEADLINE_MS": "20000",
        }
    )
    silent, heard = api.begin(), api.begin()
    deployment.sink.answer(FULL)
    waiting = api.begin()
    began = time.monotonic()
    before = {run: api.status(run) for run in (silent, heard, waiting)}
    beats = []
    for share in (1 / 3, 2 / 3):
        pause_until(began + within * share)
        beats.append(api.deliver(beat(heard)))
    pause_until(began + within)
    after = {run: api.run(run) for run in (silent, heard, waiting)}

    claim.require(before == {silent: RUNNING, heard: RUNNING, waiting: "PENDING"}, f"{before}")
    claim.require(all(reply.is_applied for reply in beats), f"heartbeats are answered {beats}")
    for run in (silent, waiting):
        claim.expect(end=after[run]["status"], failure=str(after[run].get("failureType")))
        claim.expect(within=_seconds(after[run]))
    went_on = after[heard]["status"]
    assert went_on == RUNNING, f"a run that is heard of is {went_on}: {after[heard].get('error')}"


def _seconds(run: dict[str, Any]) -> float:
    """How long a run lasted."""
    begun, ended = (datetime.fromisoformat(run[name]) for name in ("createdAt", "finalizedAt"))
    return (ended - begun).total_seconds()
