"""A letter that is older than any signature of it may be."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_callbacks import COMPLETE, completed
from checks.jobsources.adapter_worker import task
from checks.jobsources.letters import HASTE, Letters, beside
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from pathlib import Path

    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle

REFUSED = 401


@pytest.mark.waits(40)
@pytest.mark.claim("jobsources.replay-signs-afresh")
def test_a_replay_is_signed_anew(
    claim: ClaimHandle, deployment: Deployment, tmp_path: Path
) -> None:
    """What was signed in vain long ago is applied."""
    letters = Letters(beside(deployment, tmp_path / "letters"))
    age, tolerance = (claim[name].total_seconds() for name in ("age", "tolerance"))
    api = deployment.api({"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": f"{tolerance:.0f}"})
    worker, way = deployment.worker({**letters.env, **HASTE}), deployment.api_proxy(api)
    run, other = api.begin(), api.begin()
    way.drop()
    url = f"http://{way.host}:{way.port}{api.access.path(COMPLETE)}"
    worker.accept(task(None, run, callbackUrl=url))
    kept = letters.of(run)
    written = time.monotonic()
    way.forward()
    pause_until(written + age)
    old = api.deliver(completed(other), at=time.time() - age)
    reply = worker.replay()

    claim.require(len(kept) == 1, f"{len(kept)} letters were kept")
    claim.require(old.status == REFUSED, f"a signature as old as the letter is answered {old!r}")
    assert api.status(run) == "COMPLETED", f"the replay says {reply!r}"
