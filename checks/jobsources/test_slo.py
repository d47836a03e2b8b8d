"""What users and workers may count on, under load that comes as it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter import RUNS, TERMINAL
from checks.jobsources.adapter_callbacks import beat
from proofbook import NotAsked
from proofbook.instruments.load import Plan
from proofbook.instruments.waiting import until
from proofbook.latency import Percentile, Share

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.load import Load

#: What is asked is part of these checks.
READS = ("loadtests/jobsources.py",)
PROFILE = "loadtests/jobsources.py"
HISTOGRAM = "jobsources_http_request_duration_seconds_count"
#: An endpoint with a language model.
MODEL = "/api/career-profiles"
#: So many tasks a worker may run at once.
AT_ONCE = "5"
#: So many runs of one user may be under way.
ACTIVE = 20
PATIENCE_SECONDS = 120
#: How many requests of an address to a route that reads are let pass, and in how many milliseconds.
THROTTLE = ("API_READ_THROTTLE_LIMIT", "API_READ_THROTTLE_TTL_MS")
#: Limits of a user, raised; throttles are as the contract has them.
THROTTLED = {"SCRAPE_ENQUEUE_IDEMPOTENCY_TTL_SEC": "0", "SCRAPE_MAX_ACTIVE_RUNS_PER_USER": "20"}


@pytest.mark.claim("jobsources.api-available")
@pytest.mark.waits(60)
def test_the_api_is_there(claim: ClaimHandle, deployment: Deployment, traffic: Load) -> None:
    """Whatever it answers, as long as it is no failure of its own."""
    api = _with_a_run(deployment, claim["rate"])

    found = traffic(
        f"{PROFILE}:Availability",
        api.url,
        Share(claim.bound("availability").lower, is_good=_is_served),
        rate=claim["rate"],
        requests=claim["requests"],
        env={"JOBSOURCES_TOKEN": api.token("a")},
    )

    claim.expect(availability=found.estimate)


@pytest.mark.claim("jobsources.callbacks-accepted")
@pytest.mark.waits(60)
def test_callbacks_are_taken(claim: ClaimHandle, deployment: Deployment, traffic: Load) -> None:
    """Many workers behind one address are not throttled as one user is."""
    api = deployment.api(THROTTLED, raised=False)
    runs = [api.begin() for _ in range(claim["runs"])]
    first = [api.deliver(beat(run)) for run in runs]
    before = [api.run(run) for run in runs]
    claim.require(all(reply.is_applied for reply in first), f"no heartbeat is taken: {first}")

    found = traffic(
        f"{PROFILE}:Callbacks",
        api.url,
        Share(claim.bound("accepted").lower, is_good=lambda status: status == claim["status"]),
        rate=claim["rate"],
        requests=claim["callbacks"],
        env=_worker(api, runs, claim),
    )
    after = [api.run(run) for run in runs]

    claim.expect(accepted=found.estimate)
    assert [run["status"] for run in after] == ["COMPLETED"] * len(runs)
    stood_still = [
        new["id"]
        for old, new in zip(before, after, strict=True)
        if new["lastHeartbeatAt"] <= old["lastHeartbeatAt"]
    ]
    assert stood_still == []


@pytest.mark.claim("jobsources.runs-complete-unaided")
def test_runs_complete_by_themselves(claim: ClaimHandle, deployment: Deployment) -> None:
    """Through API, worker and source site; nobody replays anything."""
    worker = deployment.worker({"WORKER_MAX_CONCURRENT_TASKS": AT_ONCE})
    api = deployment.api(worker=worker)
    users = ["a"] * min(ACTIVE, claim["runs"]) + ["b"] * max(0, claim["runs"] - ACTIVE)
    claim.require(len(users) <= 2 * ACTIVE, "two users may not have so many runs")

    runs = [(api.begin(user), user) for user in users]
    ends = until(lambda: _ends(api, runs), lambda found: {*found} <= TERMINAL, PATIENCE_SECONDS)
    letters = worker.replay()

    claim.require(letters.is_done, f"the worker does not say how many letters it has: {letters!r}")
    claim.expect(completion=ends.count("COMPLETED") / len(ends))
    assert letters.body.get("total") == 0


@pytest.mark.claim("jobsources.reads-stay-fast")
def test_reads_are_fast(claim: ClaimHandle, deployment: Deployment, load: Load) -> None:
    """From the moment at which each was meant to start; a refusal is no quick answer."""
    api = _with_a_run(deployment, claim["rate"])

    found = load(
        f"{PROFILE}:Reads",
        api.url,
        Percentile(0.95, most_seconds=claim.bound("p95").upper.total_seconds()),
        rate=claim["rate"],
        requests=claim["requests"],
        env={"JOBSOURCES_TOKEN": api.token("a")},
    )

    claim.expect(p95=found.estimate)


@pytest.mark.claim("jobsources.models-counted-apart")
def test_language_models_are_counted_apart(claim: ClaimHandle, deployment: Deployment) -> None:
    """They are slow for reasons of their own."""
    api = deployment.api()
    api.token("a")
    before = _counted(api)

    for _ in range(claim["requests"]):
        api.send("POST", MODEL, user="a", json={}, timeout=20)
    asked = _counted(api)
    listed = api.send("GET", RUNS, user="a")
    after = _counted(api)

    claim.require(before, "no histogram of requests is served")
    claim.require(listed.is_done, f"the runs are not listed: {listed!r}")
    scrapes = after["false"] - asked["false"] - 1
    apart, among = (asked[llm] - before[llm] for llm in ("true", "false"))
    assert apart == claim["requests"], f"with llm true there are {apart:g} more"
    assert scrapes in (0, 1), "a scrape of the numbers may count itself, and nothing else does"
    assert among == scrapes, f"with llm false there are {among - scrapes:g} more, too"
    assert after["true"] == asked["true"], "the list of runs is counted with llm true"


def _with_a_run(deployment: Deployment, rate: float = 0.0) -> Api:
    """
    An API with one run to look at, which lets `rate` requests a second of each read pass.

    Raises `NotAsked` for an address of which that is not known.
    """
    if rate and not deployment.is_ours("api"):
        told = deployment.system.processes["api"].env
        limit, ttl_ms = (float(str(told.get(name, 0))) for name in THROTTLE)
        if not ttl_ms or limit * 1000 / ttl_ms < rate:
            raise NotAsked(
                "the API is an address: nothing says that it does not throttle whoever asks so much",
                remedy=f"raise {' and '.join(THROTTLE)} there, and say in its `env` what they are",
            )
    api = deployment.api()
    api.begin()
    return api


def _is_served(status: int) -> bool:
    """Whether an answer is neither a failure of the server's nor a refusal to listen."""
    return 0 < status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS


def _worker(api: Api, runs: list[str], claim: ClaimHandle) -> dict[str, str]:
    """What the profile signs with, and on which runs it reports."""
    warm_up = Plan(rate=claim["rate"], seconds=0).warm_up * claim["rate"]
    return {
        "JOBSOURCES_RUNS": ",".join(runs),
        "JOBSOURCES_CALLBACKS": str(round(warm_up) + claim["callbacks"]),
        "WORKER_CALLBACK_SIGNING_SECRET": api.secret,
        "WORKER_CALLBACK_TOKEN": api.access.credentials.get("callback", ""),
    }


def _ends(api: Api, runs: list[tuple[str, str]]) -> list[str]:
    """What has become of each run."""
    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(lambda run: api.status(*run), runs))


def _counted(api: Api) -> dict[str, float]:
    """Requests by whether a language model took part; empty where there is no such histogram."""
    found: dict[str, float] = {}
    for sample in api.samples().of(HISTOGRAM):
        llm = str(sample.labels.get("llm") == "true").lower()
        found[llm] = found.get(llm, 0) + sample.value
    return {"true": 0.0, "false": 0.0, **found} if found else {}
