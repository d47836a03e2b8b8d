"""A worker with the wrong secret gets nothing, does nothing, and does not go unnoticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.coreos.adapter import CLAIM
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment, WorkerProcess
    from proofbook import ClaimHandle
    from proofbook.instruments.tap import Exchange

#: A secret that is nobody's.
OTHER = "c3" * 32
SOON_SECONDS = 30
#: Where a stranger may claim, its lease is soon over, and there are attempts left for who may.
LEASE_MS = 1000
MANY = 20


class Stranger:
    """A worker with another secret, a job that waits for it, and what passes between it and the API."""

    def __init__(self, deployment: Deployment, api: Api, polls: int, attempts: int = 3) -> None:
        self.job = api.add(maxAttempts=attempts, leaseDurationMs=LEASE_MS)
        self._deployment, self._api = deployment, api
        self._tap = deployment.tap(api)
        self._pace = deployment.settings(POLL_INTERVAL_SECONDS=0.3)
        wrong = {**self._pace.env, "JOB_WORKER_HMAC_SECRET": OTHER}
        self.worker: WorkerProcess = deployment.worker(self._tap.url, "w-stranger", wrong)
        patience = polls * self._pace["POLL_INTERVAL_SECONDS"] + SOON_SECONDS
        until(lambda: self.polls, lambda seen: seen >= polls, patience)

    @property
    def polls(self) -> int:
        """How many claims were answered."""
        return len(self._claims())

    @property
    def refusals(self) -> int:
        """How many requests were answered with 403."""
        return len([seen for seen in self._tap.exchanges() if seen.status == 403])

    def succeeds(self) -> bool:
        """Whether the same worker with the right secret completes the job."""
        self.worker.process.kill()
        self._deployment.worker(self._api.url, "w-known", self._pace.env)
        end = until(
            lambda: self._api.status(self.job), lambda seen: seen == "COMPLETED", SOON_SECONDS
        )
        return end == "COMPLETED"

    def _claims(self) -> list[Exchange]:
        path = self._api.access.path(CLAIM)
        return [seen for seen in self._tap.exchanges() if seen.path == path and seen.status]


@pytest.mark.claim("coreos.hmac-secret-shared")
def test_no_job_completes_under_another_secret(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """The secret is one value in two places, or no job completes."""
    stranger = Stranger(deployment, api, claim["claims"], MANY)

    assert api.status(stranger.job) != "COMPLETED"
    claim.require(stranger.polls >= claim["claims"], f"only {stranger.polls} claims passed")
    claim.require(stranger.refusals, "no request was answered with 403")
    claim.require(stranger.succeeds(), "the right secret did not complete it either")


@pytest.mark.claim("coreos.wrong-secret-picks-up-nothing")
def test_the_wrong_secret_picks_nothing_up(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """The job waits as if nobody had asked, and goes to whoever asks rightly."""
    stranger = Stranger(deployment, api, claim["claims"])

    job = api.job(stranger.job)

    assert (job["status"], job["attempts"]) == ("PENDING", 0)
    claim.require(stranger.polls >= claim["claims"], f"only {stranger.polls} claims passed")
    claim.require(stranger.succeeds(), "the right secret did not pick it up either")


@pytest.mark.claim("coreos.refusal-logged")
def test_a_refused_worker_logs_the_refusal(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Whoever reads the worker's log sees which status it gets."""
    stranger = Stranger(deployment, api, 2)
    code = claim["refusal"]

    lines = until(
        lambda: [line for line in stranger.worker.process.lines() if str(code) in line],
        bool,
        SOON_SECONDS,
    )

    claim.require(stranger.refusals, "no request was answered with 403")
    assert lines, stranger.worker.process.output()[-400:]


@pytest.mark.claim("coreos.hmac-mismatch-noticed")
def test_a_mismatch_is_counted_and_runs_nothing_endlessly(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """A worker that nobody believes shows in the summary, and does not burn the job."""
    attempts = claim["attempts"]
    before = api.counted("worker_auth_failed")
    stranger = Stranger(deployment, api, claim["polls"], attempts)

    counted = api.counted("worker_auth_failed") - before

    ran = len(stranger.worker.lines("claimed", stranger.job))
    assert ran <= attempts, f"its handler ran {ran} times"
    claim.require(stranger.refusals, "no request was answered with 403")
    assert counted > 0
