"""The summary and the latency buckets say what happened: all of it, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import OK, RESULT, TIMESERIES
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.known_answers import vectors
from checks.coreos.rates import rate
from proofbook import NoVerdict
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_worker import Claimed
    from proofbook import ClaimHandle

TOTALS = ("total", "completed", "dead", "retryable")
#: A rate's name → the total that it is of all jobs.
RATES = {"successRate": "completed", "deadRate": "dead", "retryRate": "retryable"}
#: Who fills the timeseries.
WORKERS = 4
#: Of jobs that nobody is handed twice, however slow the machine is.
LEASE_MS = 600_000
#: What no other result took.
NEWEST_MS = 86_620


@pytest.mark.claim("coreos.summary-counts-exactly")
def test_the_summary_counts_each_thing_once(claim: ClaimHandle, drill: Deployment) -> None:
    """Whatever is posted however often, and whoever is killed after it."""
    api = drill.api()
    before = _aggregated(api.summary())
    completed, retried, dead = (claim[name] for name in ("completed", "retried", "dead"))
    worker = WireWorker(api, "w1")
    add = partial(api.add, leaseDurationMs=LEASE_MS)
    jobs = [add(maxAttempts=1) for _ in range(dead)]
    jobs += at_once(*[add] * (claim["enqueued"] - dead))
    held = [worker.take() for _ in range(dead + retried + completed)]

    failing = [partial(worker.fail, job) for job in held[: dead + retried]]
    replies = at_once(*failing, *[partial(worker.succeed, job) for job in held[len(failing) : -1]])
    live = _aggregated(api.summary())
    body = worker.result(held[-1])
    replies += at_once(*[lambda: worker.post(RESULT, body) for _ in range(claim["copies"])])
    api.process.kill()
    api.process.start()
    after = api.summary()

    claim.require(len(jobs) == claim["enqueued"], "not as many jobs as were to be enqueued")
    refused = [reply for reply in replies if reply.status != OK]
    claim.require(refused == [], f"not every result was taken: {refused}")
    counted = _aggregated(after)
    asked = {"total": claim["enqueued"], "retryable": retried, "dead": dead}
    early, late = _grown(live, before), _grown(counted, before)
    assert early == {**asked, "completed": completed - 1}, f"before the last result: {early}"
    assert late == {**asked, "completed": completed}, f"after the last one, and a kill: {late}"
    assert _told_rates(after) == _rates(counted)


@pytest.mark.waits(14)
@pytest.mark.claim("coreos.latency-buckets-exact")
def test_the_latency_buckets_hold_each_result(claim: ClaimHandle, api: Api) -> None:
    """Count, sum, average, least and most; and the newest when there are many."""
    latencies = [int(claim[name].total_seconds() * 1000) for name in ("first", "second", "third")]
    before = _totals(api)
    claim.require(before == (0, 0), f"the timeseries held {before[0]} points already")

    first = _minute(api)
    replies = [_complete(api, latency) for latency in latencies]
    last_minute = _minute(api)
    after, buckets = _totals(api), _buckets(api)
    rest = claim["points"] - len(latencies) - 1
    with ThreadPoolExecutor(WORKERS) as pool:
        replies += pool.map(lambda number: _complete(api, 10, f"w{number % WORKERS}"), range(rest))
    replies.append(_complete(api, NEWEST_MS))
    last = _buckets(api)

    claim.require(set(replies) == {200}, f"not every result was taken: {set(replies)}")
    assert after == (len(latencies), sum(latencies))
    minutes = [bucket["bucket"] for bucket in buckets]
    odd = [minute for minute in minutes if not first <= minute <= last_minute]
    assert odd == [], f"the results came from {first} to {last_minute}, and are in {odd}"
    assert [b for b in buckets + last if b["avg"] != int(b["sum"] / b["count"] + 0.5)] == []
    assert min(b["min"] for b in buckets) == min(latencies)
    assert max(b["max"] for b in buckets) == max(latencies)
    assert sum(b["count"] for b in last) == claim["points"]
    assert max(b["max"] for b in last) == NEWEST_MS


@pytest.mark.claim("coreos.alert-thresholds-exact")
def test_the_summary_raises_its_alarms_at_the_thresholds(claim: ClaimHandle, api: Api) -> None:
    """Not at the threshold, but right above it; and the rates are the vectors'."""
    worker = WireWorker(api, "w1")
    dead, retry = (round(claim[name] * 100) for name in ("dead", "retry"))
    claim.require(api.counted("jobs_total") == 0, "the target has counted jobs before")
    rates = {(0, 0): _success_rate(api)}
    held = _taken(api, worker, 1)
    worker.succeed(held[0])
    rates[1, 1] = _success_rate(api)
    held += _taken(api, worker, 2)
    rates[3, 1] = _success_rate(api)
    worker.succeed(held[1])
    rates[3, 2] = _success_rate(api)
    held += _taken(api, worker, 4)
    rates[7, 2] = _success_rate(api)

    _fail(worker, _taken(api, worker, 1, maxAttempts=1) + _taken(api, worker, 2))
    at = api.summary()
    _fail(worker, _taken(api, worker, 1, maxAttempts=1) + _taken(api, worker, 2))
    _taken(api, worker, 6)
    above = api.summary()

    expected = {(case["total"], case["n"]): case["rate"] for case in vectors("rates")}
    assert rates == {pair: expected[pair] for pair in rates}
    assert (at["rates"]["deadRate"], at["rates"]["retryRate"]) == (dead, retry)
    assert (at["systemStatus"], at["violations"]) == ("HEALTHY", [])
    assert above["systemStatus"] == "DEGRADED"
    wanted = [
        _violation("WORKER_DEAD_RATE_HIGH", "Dead", rate(2, 19), dead),
        _violation("WORKER_RETRY_SPIKE", "Retry", rate(4, 19), retry),
    ]
    told = sorted(above["violations"], key=lambda found: str(found["type"]))
    assert [{name: found.get(name) for name in wanted[0]} for found in told] == wanted


def _success_rate(api: Api) -> object:
    return api.summary()["rates"]["successRate"]


def _taken(api: Api, worker: WireWorker, count: int, **fields: Any) -> list[Claimed]:
    """So many new jobs, in the worker's hands."""
    for _ in range(count):
        api.add(leaseDurationMs=LEASE_MS, **fields)
    return [worker.take() for _ in range(count)]


def _fail(worker: WireWorker, held: list[Claimed]) -> None:
    for job in held:
        if (reply := worker.fail(job)).status != 200:
            raise NoVerdict(f"a failure was not taken: {reply!r}")


def _violation(kind: str, word: str, value: float, threshold: int) -> dict[str, object]:
    """What the summary says of a rate above its threshold."""
    message = f"{word} rate {value:g}% exceeds threshold {threshold}%"
    return {"type": kind, "value": value, "threshold": threshold, "message": message}


def _minute(api: Api) -> str:
    """The minute that it is by the store's clock, as a bucket is called: that of a claim."""
    api.add()
    held = WireWorker(api, "w-clock").take()
    claimed_ms = int(api.job(held.job)["claimedAt"])
    return datetime.fromtimestamp(claimed_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M")


def _complete(api: Api, latency: int, worker_id: str = "w1") -> int:
    """Put a job in, take one out, and report this latency; the last status."""
    worker = WireWorker(api, worker_id)
    api.add()
    return worker.succeed(worker.take(), latencyMs=latency).status


def _buckets(api: Api) -> list[dict[str, Any]]:
    """The latency buckets of the last hour."""
    reply = api.send("GET", TIMESERIES, query={"metric": "job_latency", "window": "60m"})
    assert reply.status == 200, f"the page is not served: {reply!r}"
    return list(reply.body["buckets"])


def _totals(api: Api) -> tuple[int, int]:
    """Count and sum over all buckets."""
    buckets = _buckets(api)
    return sum(bucket["count"] for bucket in buckets), sum(bucket["sum"] for bucket in buckets)


def _aggregated(summary: Mapping[str, Any]) -> dict[str, int]:
    """The summary's four totals; whatever else it counts is its own affair."""
    told = summary.get("aggregated", {})
    odd = {name: told.get(name) for name in TOTALS if not isinstance(told.get(name), int)}
    assert odd == {}, f"the summary's totals are no whole numbers: {odd}"
    return {name: told[name] for name in TOTALS}


def _grown(after: Mapping[str, int], before: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in TOTALS}


def _told_rates(summary: Mapping[str, Any]) -> dict[str, object]:
    """The summary's three rates, as it tells them."""
    told = summary.get("rates", {})
    return {name: told.get(name) for name in RATES}


def _rates(totals: Mapping[str, int]) -> dict[str, float]:
    """What the formula gives for these totals."""
    return {name: rate(totals[counted], totals["total"]) for name, counted in RATES.items()}
