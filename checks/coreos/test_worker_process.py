"""A worker as its machine sees it: what it says, to whom, and what it was given."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.coreos.adapter import CLAIM, HEARTBEAT, RESULT
from proofbook.instruments.facts import facts_of
from proofbook.instruments.proc import sockets
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.proc import Address
    from proofbook.instruments.tap import Tap

#: What a worker has no business with, and what it would show if it had it.
FORBIDDEN = (
    "ATTESTATION_PRIVATE_KEY",
    "FIREBASE_PRIVATE_KEY",
    "DATABASE_URL",
    "COREOS_LOGIN_TOKENS",
)
#: A job that is going to be done is done long before this.
SOON_SECONDS = 30
#: Each request takes so long that a look at the sockets cannot miss it.
SLOWED_SECONDS = 0.1
#: Markup, and the two line ends that JSON leaves raw and many writers escape.
ODD_TRACE = "trace-<b>&amp;</b>-\u2028-\u2029-é"


@pytest.mark.claim("coreos.worker-only-polls-out")
def test_a_worker_only_polls_out(claim: ClaimHandle, deployment: Deployment, api: Api) -> None:
    """Claim, heartbeat and result are all that leaves a worker, and nothing comes in."""
    tap = deployment.tap(api)
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2, HEARTBEAT_INTERVAL_SECONDS=2)
    seconds = claim["intervals"] * pace["HEARTBEAT_INTERVAL_SECONDS"]
    job = api.add(jobType="__test.hang", payload={"hangSec": seconds})
    worker = deployment.worker(tap.url, "w1", pace.env)
    listening: set[Address] = set()

    def look() -> str:
        listening.update(facts_of(worker.process).sockets.listening)
        return api.status(job)

    patience = seconds + pace["POLL_INTERVAL_SECONDS"] + SOON_SECONDS
    until(look, lambda status: status == "COMPLETED", patience)
    polls = _polls(tap, api)
    until(lambda: _polls(tap, api), lambda now: now >= polls + 2, patience)

    allowed = {("POST", api.access.path(name)) for name in (CLAIM, HEARTBEAT, RESULT)}
    said = {(exchange.method, exchange.path) for exchange in tap.exchanges()}
    assert said - allowed == set()
    assert listening == set()
    claim.require(said == allowed, f"not each of the three calls was made: {said}")


@pytest.mark.claim("coreos.only-api-touches-store")
def test_a_worker_is_connected_to_the_api_alone(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """The store is out of a worker's sight."""
    tap = deployment.tap(api)
    tap.delay(SLOWED_SECONDS)
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    worker = deployment.worker(tap.url, "w1", pace.env)
    jobs = [api.add() for _ in range(3)]
    peers: set[Address] = set()

    def look() -> bool:
        """Whether all is done and something was seen: on a busy machine only the worker's later polls are."""
        peers.update(sockets(worker.process.pid).peers)
        return bool(peers) and all(_is_done(tap, api.access.path(RESULT), job) for job in jobs)

    done = until(look, bool, 3 * pace["POLL_INTERVAL_SECONDS"] + SOON_SECONDS, every_seconds=0.01)

    assert peers - {_address(tap.url), _address(api.url)} == set()
    claim.require(peers, "no connection of the worker's was seen")
    claim.require(done, "the worker did not finish its jobs")


@pytest.mark.claim("coreos.worker-executes-and-reports")
def test_a_worker_executes_and_reports(claim: ClaimHandle, deployment: Deployment) -> None:
    """What a job is called, and how often it fails first, does not keep it from its end."""
    delay = deployment.settings(RETRY_MAX_DELAY_MS=500)
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    api = deployment.api(delay.env)
    worker = deployment.worker(api.url, "w<1>&2", pace.env)
    failures = claim["failures"]

    odd = api.add(traceId=ODD_TRACE)
    failing = api.add(jobType="__test.fail_n_times", payload={"failCount": failures})
    patience = SOON_SECONDS + failures * delay["RETRY_MAX_DELAY_MS"] / 1000
    ends = [api.wait_for(job, "COMPLETED", patience) for job in (odd, failing)]

    assert [(end["status"], end.get("attempts")) for end in ends] == [
        ("COMPLETED", 1),
        ("COMPLETED", failures + 1),
    ]
    assert ends[0]["traceId"] == ODD_TRACE
    assert [end.get("workerId") for end in ends] == [worker.id, worker.id]


@pytest.mark.claim("coreos.worker-holds-no-signing-key")
def test_a_worker_holds_nothing_to_sign_tickets_with(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Neither the name nor the value of what only the API may have."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.2)
    worker = deployment.worker(api.url, "w1", pace.env)
    job = api.add()
    own = deployment.system.names.env

    held = facts_of(worker.process).environment
    end = api.wait_for(job, "COMPLETED", SOON_SECONDS)["status"]

    secret = {own.get(name, name) for name in FORBIDDEN}
    assert {name for name in held if name in secret or name.startswith("FIREBASE_")} == set()
    given = deployment.twin.env("api")
    values = [given[name] for name in FORBIDDEN if given.get(name)]
    assert {name for name, value in held.items() for taboo in values if taboo in value} == set()
    needed = own.get("JOB_TICKET_PUBLIC_KEY", "JOB_TICKET_PUBLIC_KEY")
    claim.require(needed in held, f"the worker's environment could not be read: {sorted(held)}")
    claim.require(end == "COMPLETED", f"the worker completed no job: it is {end}")


def _polls(tap: Tap, api: Api) -> int:
    """How many claims passed the tap."""
    return len([seen for seen in tap.exchanges() if seen.path == api.access.path(CLAIM)])


def _is_done(tap: Tap, path: str, job: str) -> bool:
    """Whether a result for the job passed the tap."""
    return any(job.encode() in seen.request_body for seen in tap.exchanges() if seen.path == path)


def _address(url: str) -> Address:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 0
