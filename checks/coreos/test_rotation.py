"""Keys change: all at once or not at all, and nothing that was signed before is believed after."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from checks.coreos.adapter import RESULT
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.key_pair import Pair
from checks.coreos.refusals import answer_of, called
from checks.coreos.tickets import verifies
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Tap

#: A job that is going to move does so long before this.
SOON_SECONDS = 30
#: And what the API has answered has come through by then.
ANSWERED_SECONDS = 10


@pytest.mark.claim("coreos.keys-change-together")
def test_the_three_spellings_change_together(claim: ClaimHandle, drill: Deployment) -> None:
    """A half-changed key shows: at the API at once, at the worker by the job's end."""
    new = Pair(SigningKey.generate())
    private = {"ATTESTATION_PRIVATE_KEY": new.api["ATTESTATION_PRIVATE_KEY"]}
    half = answer_of(drill, private)
    api = drill.api(new.api)
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)

    lost = api.add(maxAttempts=1)
    old_worker = drill.worker(api.url, "w-old", pace.env)
    refused = until(lambda: api.job(lost), _is_terminal, SOON_SECONDS)
    old_worker.process.kill()
    kept = api.add(maxAttempts=1)
    drill.worker(api.url, "w-new", {**pace.env, **new.worker})
    done = until(lambda: api.job(kept), _is_terminal, SOON_SECONDS)

    claim.require(done["status"] == "COMPLETED", f"the new worker does not do it either: {done}")
    assert half.names(*called(drill, "ATTESTATION_PUBLIC_KEY")), half
    assert not half.takes_jobs, half
    assert refused["status"] == "DEAD"
    claim.expect(code=refused["lastError"]["code"])


@pytest.mark.claim("coreos.restart-takes-new-keys")
def test_both_use_the_new_keys_after_a_restart(claim: ClaimHandle, drill: Deployment) -> None:
    """What was told at the start before last is forgotten."""
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)
    old = drill.twin.env("api")["ATTESTATION_PUBLIC_KEY"]
    before = drill.api()
    worker = drill.worker(before.url, "w1", pace.env)
    before.process.stop()
    worker.process.stop()
    new = Pair(SigningKey.generate())

    api = drill.api(new.api)
    api.add()
    held = WireWorker(api, "w-looks").take()
    job = api.add()
    drill.worker(api.url, "w1", {**pace.env, **new.worker})
    end = until(lambda: api.job(job), _is_terminal, SOON_SECONDS)

    claim.require(new.public != old, "the key did not change")
    assert verifies(held.ticket, new.public)
    assert not verifies(held.ticket, old)
    assert end["status"] == "COMPLETED"


@pytest.mark.claim("coreos.old-key-jobs-die")
def test_a_job_of_the_old_key_dies_unexecuted(claim: ClaimHandle, drill: Deployment) -> None:
    """Refused at each attempt, counted to the last, then dead."""
    attempts = claim["attempts"]
    delay = drill.settings(RETRY_MAX_DELAY_MS=500)
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)
    before = drill.api(delay.env)
    job = before.add(maxAttempts=attempts)
    before.process.stop()
    new = Pair(SigningKey.generate())

    api = drill.api({**delay.env, **new.api})
    tap = drill.tap(api)
    drill.worker(tap.url, "w-new", {**pace.env, **new.worker})
    patience = attempts * delay["RETRY_MAX_DELAY_MS"] / 1000 + SOON_SECONDS
    end = until(lambda: api.job(job), _is_terminal, patience)

    # The job's end is seen before the tap has handed back the answer that tells it.
    told = until(lambda: _told(tap, api), lambda seen: len(seen) >= attempts, ANSWERED_SECONDS)
    assert "COMPLETED" not in told
    claim.require(len(told) >= attempts, f"the worker answered {len(told)} times: {told}")
    assert told == ["FAILED_RETRYABLE"] * (attempts - 1) + ["DEAD"]
    assert end["status"] == "DEAD"
    claim.expect(attempts=end["attempts"], code=end["lastError"]["code"])


@pytest.mark.claim("coreos.hmac-rotation-keeps-tickets")
def test_a_new_secret_leaves_tickets_as_they_are(claim: ClaimHandle, drill: Deployment) -> None:
    """A job from before runs after; a worker from before is nobody."""
    pace = drill.settings(POLL_INTERVAL_SECONDS=0.2)
    before = drill.api()
    other, job = before.add(), before.add()
    before.process.stop()
    secret = secrets.token_hex(32)
    change = {"JOB_WORKER_HMAC_SECRET": secret}

    api = drill.api(change)
    held = WireWorker(api, "w-late", secret=secret).take()
    late = WireWorker(api, "w-late")
    reply = late.post(RESULT, late.result(held))
    drill.worker(api.url, "w-new", {**pace.env, **change})
    end = until(lambda: api.job(job), _is_terminal, SOON_SECONDS)

    claim.require(held.job == other, "another job was handed out first")
    claim.require(late.secret, "the old secret is not known")
    claim.expect(status=reply.status)
    assert end["status"] == "COMPLETED"


def _told(tap: Tap, api: Api) -> list[str]:
    """What the API answered to each result that passed the tap."""
    path = api.access.path(RESULT)
    return [
        str(json.loads(seen.reply_body).get("status"))
        for seen in tap.exchanges()
        if seen.path == path and seen.status == 200
    ]


def _is_terminal(job: Mapping[str, object]) -> bool:
    return job["status"] in ("COMPLETED", "FAILED", "DEAD")
