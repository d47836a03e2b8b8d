"""Runs: who may begin and retry one, what the worker is told, and what becomes of it if the worker is not there."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from systems.jobsources import intents
from systems.jobsources.sessions import Sessions
from tests.systems.jobsources.apis import RUNS, TASKS, VECTORS, answering, offer
from tests.systems.jobsources.forks import until

if TYPE_CHECKING:
    import httpx

    from tests.systems.jobsources.apis import Api, Apis


def data(answer: httpx.Response) -> dict[str, Any]:
    """What a user was told of a run that was begun."""
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def test_a_scrape_is_dispatched(api: Api) -> None:
    """The worker gets the run's id, where to answer, and its token."""
    url = "https://IT.pracuj.pl/praca?wm=home-office&its=frontend&utm_source=x#f"

    told = data(api.scrape(listingUrl=url, limit=5))

    (asked,) = api.apis.sink.asked
    task, run_id = asked.body["payload"], told["sourceRunId"]
    assert (told["status"], told["provider"], "warning" in told) == ("accepted", "http", False)
    assert told["intentFingerprint"] == VECTORS["intent_fingerprint"][1]["fingerprint"]
    assert (asked.path, asked.body["name"]) == ("/tasks", "scrape:source")
    assert asked.headers["authorization"] == f"Bearer {TASKS}"
    assert (task["sourceRunId"], task["taskId"]) == (run_id, run_id)
    assert (task["listingUrl"], task["limit"], task["source"]) == (url, 5, "pracuj-pl-it")
    assert task["heartbeatUrl"].endswith(f"{RUNS}/{run_id}/heartbeat")
    assert task["ingestUrl"].endswith(f"{RUNS}/{run_id}/offers")
    assert (task["traceId"], task["dedupeKey"]) == (told["traceId"], told["dedupeKey"])
    run = api.run(run_id)
    assert (run["status"], run["source"], run["traceId"]) == (
        "RUNNING",
        "PRACUJ_PL",
        told["traceId"],
    )


def test_a_request_id_that_cannot_be_signed_is_replaced(api: Api) -> None:
    """The worker sends it back, and a dot in it would be refused."""
    for told in ("a.b", "req-7"):
        headers = api.as_("a") | {"x-request-id": told}
        body = {"listingUrl": "https://it.pracuj.pl/praca"}
        answer = api.client.post("/api/job-sources/scrape", json=body, headers=headers)
        assert (answer.status_code, answer.headers["x-request-id"]) == (201, told)

    first, second = (asked.body["payload"]["requestId"] for asked in api.apis.sink.asked)
    assert ("." in first, second) == (False, "req-7")


@pytest.mark.parametrize(
    "body",
    [
        {"listingUrl": "https://evil.example/praca"},
        {"listingUrl": "https://pracuj.pl.evil.example/"},
        {"listingUrl": "https://[pracuj.pl"},
        {"source": "other"},
        {"limit": 101},
        {"unknown": 1},
        {"careerProfileId": "x"},
    ],
)
def test_a_scrape_that_makes_no_sense_is_refused(api: Api, body: dict[str, Any]) -> None:
    """And no run is begun."""
    assert api.scrape(**body).status_code == 400
    assert api.scrape(careerProfileId=str(uuid4())).status_code == 404
    assert api.get(RUNS).json()["data"] == {"items": [], "total": 0}


def test_filters_make_a_listing() -> None:
    """What the source's page takes becomes its query; the rest is told to be dropped."""
    found = intents.intent("pracuj-pl", "", {"its": "frontend", "wm": ["a", "b"], "x": {"y": 1}})

    assert found.listing_url == "https://www.pracuj.pl/praca?its=frontend&wm=a&wm=b"
    assert (found.filters, found.dropped) == (
        {"its": "frontend", "wm": ["a", "b"]},
        {"x": {"y": 1}},
    )


def test_a_worker_that_is_full_is_asked_again(around: Apis) -> None:
    """The run waits, its user is told, and in the end it runs."""
    around.sink.respond = answering(429)
    api = around.start(WORKER_DISPATCH_RETRY_INTERVAL_MS="200")

    told = data(api.scrape())

    assert told["warning"] == "Worker queue is full; dispatch will be retried"
    run_id = told["sourceRunId"]
    until(lambda: len(around.sink.asked) > 3)
    assert api.status(run_id) == "PENDING"
    around.sink.respond = answering(202)
    until(lambda: api.status(run_id) == "RUNNING")
    assert {asked.body["payload"]["taskId"] for asked in around.sink.asked} == {run_id}
    leases = [asked.body["payload"]["leaseExpiresAt"] for asked in around.sink.asked]
    assert leases == sorted(set(leases))
    assert around.sql("SELECT 1 FROM job_source_dispatches") == []


def test_a_run_that_goes_on_is_not_offered_again(around: Apis) -> None:
    """A worker that beats has the task, whatever it answered."""
    around.sink.respond = answering(429)
    api = around.start(WORKER_DISPATCH_RETRY_INTERVAL_MS="60000")
    run_id = data(api.scrape())["sourceRunId"]
    assert api.beat(run_id).status_code == 201
    around.sql("UPDATE job_source_dispatches SET due_at = now()")

    around.start()

    until(lambda: around.sql("SELECT 1 FROM job_source_dispatches") == [])

    assert len(around.sink.asked) == 1


def test_another_api_asks_again(around: Apis) -> None:
    """What one left behind the next delivers."""
    around.sink.respond = answering(429)
    first = around.start(WORKER_DISPATCH_RETRY_INTERVAL_MS="60000")
    run_id = data(first.scrape())["sourceRunId"]
    first.end()
    around.sql("UPDATE job_source_dispatches SET due_at = now()")
    around.sink.respond = answering(202)

    second = around.start(WORKER_DISPATCH_RETRY_INTERVAL_MS="60000")

    until(lambda: second.status(run_id) == "RUNNING")


def test_a_worker_that_refuses_fails_the_run(api: Api) -> None:
    """503, and the run says why."""
    api.apis.sink.respond = answering(500)

    assert api.scrape().status_code == 503

    (run,) = api.get(RUNS).json()["data"]["items"]
    assert (run["status"], run["error"]) == ("FAILED", "Worker rejected request: status 500")


def test_a_worker_that_is_silent_is_taken_for_busy(around: Apis) -> None:
    """The run is started, with a warning."""
    api = around.start(WORKER_REQUEST_TIMEOUT_MS="1000")
    around.sink.is_open.clear()

    told = data(api.scrape())

    assert told["warning"] == "Worker did not answer in time; the run is taken for started"
    assert api.status(told["sourceRunId"]) == "RUNNING"


def test_limits_hold(around: Apis) -> None:
    """The same intent, too many at once, too many a day: 429, each by default or as told."""
    default = around.start(
        SCRAPE_ENQUEUE_IDEMPOTENCY_TTL_SEC="", SCRAPE_MAX_ACTIVE_RUNS_PER_USER=""
    )
    url = "https://it.pracuj.pl/praca/same"
    assert default.scrape(listingUrl=url).status_code == 201
    assert default.scrape(listingUrl=url).status_code == 429
    assert default.scrape("b", listingUrl=url).status_code == 201
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(lambda _: default.scrape().status_code, range(4)))
    assert statuses == [201, 429, 429, 429]
    around.clear()
    daily = around.start(SCRAPE_DAILY_ENQUEUE_LIMIT_PER_USER="2")
    for _ in range(2):
        daily.failed()
    assert daily.scrape().status_code == 429


def test_a_failed_run_is_retried_once(around: Apis, shared_api: Api) -> None:
    """By its user only, whichever process is asked, and however many ask at once."""
    first, second = shared_api, around.start()
    run_id = first.failed()
    before = first.run(run_id)

    assert [first.retry(run_id, who).status_code for who in ("b", "admin", "")] == [404, 404, 401]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: (first, second)[n % 2].retry(run_id), range(8)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201, *[409] * 7]
    (told,) = [data(answer) for answer in answers if answer.status_code == 201]
    child = first.run(told["sourceRunId"])
    assert (child["retryOfRunId"], child["retryCount"], child["status"]) == (run_id, 1, "RUNNING")
    assert (told["retriedFromRunId"], told["retryCount"]) == (run_id, 1)
    assert child["traceId"] != before["traceId"]
    assert first.complete(child["id"]).status_code == 201
    assert first.run(run_id) == before
    assert second.retry(run_id).status_code == 409


def test_only_what_failed_is_retried(around: Apis) -> None:
    """And not for ever."""
    api = around.start(SCRAPE_MAX_RETRY_CHAIN_DEPTH="1")
    running, done = api.begin(), api.begin()
    assert api.complete(done, jobs=[offer()]).status_code == 201
    around.sink.respond = answering(429)
    pending = data(api.scrape())["sourceRunId"]
    around.sink.respond = answering(202)
    for run_id in (running, done, pending):
        answer = api.retry(run_id)
        assert answer.status_code == 400
        assert answer.json()["message"] == "Only failed runs can be retried"
    child = data(api.retry(api.failed()))["sourceRunId"]
    assert api.complete(child, status="FAILED", error="x").status_code == 201

    answer = api.retry(child)

    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "Retry chain depth exceeded (1)",
    )
    assert [api.retry(run_id).status_code for run_id in ("x", str(uuid4()))] == [400, 404]


def test_a_retry_that_no_worker_takes_is_linked(api: Api) -> None:
    """It failed; it is there."""
    run_id = api.failed()
    api.apis.sink.respond = answering(500)

    assert api.retry(run_id).status_code == 503

    newest = api.get(RUNS).json()["data"]["items"][0]
    assert (newest["status"], newest["retryOfRunId"]) == ("FAILED", run_id)


def test_what_says_nothing_is_ended(around: Apis) -> None:
    """A run that no worker took, one that was taken and is silent; one that beats goes on."""
    limits = {
        "SCRAPE_STALE_PENDING_MINUTES": "1",
        "SCRAPE_STALE_RUNNING_MINUTES": "1",
        "WORKER_TASK_TIMEOUT_MS": "10000",
        "WORKER_TASK_DISPATCH_DEADLINE_MS": "20000",
        "SCRAPE_STALE_SWEEP_SEC": "1",
    }
    api = around.start(**limits)
    silent, beating = api.begin(), api.begin()
    around.sink.respond = answering(429)
    pending = data(api.scrape())["sourceRunId"]
    # It beats first: what is old and does not is ended at the next second.
    assert api.beat(beating).status_code == 201
    ages = "created_at = created_at - interval '61 s', started_at = started_at - interval '61 s'"
    around.sql(f"UPDATE job_source_runs SET {ages}")  # noqa: S608 - a test's own text

    until(lambda: {api.status(silent), api.status(pending)} == {"FAILED"})

    assert api.status(beating) == "RUNNING"
    run = api.run(silent)
    assert (run["failureType"], run["classifiedOutcome"]) == ("timeout", "worker_timeout")
    mark = "[timeout] run stale watchdog: "
    assert run["error"] == f"{mark}heartbeat-stopped-or-callback-missing"
    assert api.run(pending)["error"] == f"{mark}worker-not-started"
    late = api.complete(silent).json()["data"]
    assert late["reasonCode"] == "LATE_CALLBACK_AFTER_STALE_RECOVERY"
    assert api.metrics()["lifecycle"]["staleReconciledRuns"] == 2


def test_runs_come_in_pages(api: Api) -> None:
    """One's own only, newest first."""
    mine = [api.begin() for _ in range(3)]
    foreign = api.begin("b")

    page = api.get(f"{RUNS}?limit=2&offset=1&status=RUNNING&windowHours=1").json()["data"]

    assert ([run["id"] for run in page["items"]], page["total"]) == ([mine[1], mine[0]], 3)
    assert api.get(f"{RUNS}/{foreign}").status_code == 404
    for query in ("limit=0", "limit=x", "offset=-1", "status=x", "more=1"):
        assert api.get(f"{RUNS}?{query}").status_code == 400, query


def test_whoever_asks_is_known(api: Api) -> None:
    """A token of somebody who is there, signed here, and not run out."""
    told = api.login("a").json()["data"]
    assert (told["user"]["email"], told["user"]["role"]) == ("a@jobs.example", "user")
    assert [api.login("a", "password-2").status_code, api.login("x").status_code] == [401, 401]
    assert api.login("a", "short").status_code == 400
    ours = Sessions("access-secret-1", 60)
    user_id, now = told["user"]["id"], time.time()
    tokens = {
        ours.token(user_id, "user", now_seconds=now): 200,
        ours.token(user_id, "user", now_seconds=now - 61): 401,
        ours.token(str(uuid4()), "user", now_seconds=now): 401,
        Sessions("other", 60).token(user_id, "user", now_seconds=now): 401,
        "garbage": 401,
        told["refreshToken"]: 401,
    }
    for token, expected in tokens.items():
        headers = {"Authorization": f"Bearer {token}"}
        assert api.client.get(RUNS, headers=headers).status_code == expected
