"""A task on its way through the worker: who may hand it in, what comes of it, what the API is told."""

from __future__ import annotations

import re
import signal
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from systems.jobsources.payloads import payload_hash
from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import detail, listing, site
from tests.systems.jobsources.workers import AUTH, BEATS, LISTING, is_signed

if TYPE_CHECKING:
    from tests.systems.jobsources.servers import Asked
    from tests.systems.jobsources.workers import Bench


def test_strangers_are_told_nothing(bench: Bench) -> None:
    """Health is for everybody; tasks and replays are for who holds the token; nothing else is there."""
    client = bench.worker().client

    assert client.get("/health").json() == {
        "ok": True,
        "database": "unset",
        "queue": {
            "queued": 0,
            "active": 0,
            "maxConcurrent": 1,
            "maxQueueSize": 100,
            "taskTimeoutMs": 180_000,
        },
    }
    for path in ("/tasks", "/scrape", "/callbacks/replay"):
        for given in ({}, {"Authorization": "Bearer x"}, {"Authorization": "bearer task-token-1"}):
            answer = client.post(path, json={}, headers=given)
            assert (answer.status_code, answer.json()) == (401, {"error": "Unauthorized"})
        answer = client.get(path, headers=AUTH)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not Found"})
    assert client.options("/tasks").status_code == 204
    assert bench.sink.asked == []


def test_without_a_token_nobody_may(bench: Bench) -> None:
    """An empty token is none."""
    client = bench.worker(TASKS_AUTH_TOKEN="").client

    for given in ("", "Bearer", "Bearer x"):
        assert client.post("/tasks", json={}, headers={"Authorization": given}).status_code == 401


def test_pages_of_other_origins_are_let_in_by_name(bench: Bench) -> None:
    """The header is for those that are named."""
    client = bench.worker(WORKER_ALLOWED_ORIGINS="https://a.example, https://b.example").client

    def allowed(origin: str) -> str:
        headers = client.get("/health", headers={"Origin": origin}).headers
        return str(headers.get("access-control-allow-origin"))

    assert [allowed("https://b.example"), allowed("https://c.example")] == [
        "https://b.example",
        "None",
    ]


def test_a_bad_body_is_answered(bench: Bench) -> None:
    """What is no JSON or no task with 400, what is too long with 413, whatever is still on its way."""
    client = bench.worker(WORKER_MAX_BODY_BYTES="1000").client

    given = AUTH | {"x-request-id": "mine"}
    broken = client.post("/tasks", content=b"{", headers=given)
    empty = client.post("/tasks", json={}, headers=given)
    large = client.post("/tasks", content=b"x" * 5_000_000, headers=given)

    assert broken.status_code == 400
    assert broken.json() == {
        "error": "Invalid task payload",
        "details": ["body: JSON is wanted"],
        "requestId": "mine",
    }
    assert (empty.status_code, empty.json()["details"]) == (400, ["source: it is required"])
    assert (large.status_code, large.json()["requestId"]) == (413, "mine")


def test_a_run_is_told_of_from_its_beginning_to_its_end(bench: Bench) -> None:
    """A heartbeat and a callback, both signed, under the task's own ids."""
    worker, run, trace = bench.worker(WORKER_CALLBACK_TOKEN="cb-env"), str(uuid4()), str(uuid4())

    answer = worker.post(sourceRunId=run, traceId=trace, runId="run-7", dedupeKey="dedupe-7")
    until(lambda: bench.callbacks() and bench.callbacks(BEATS))

    assert answer.status_code == 202
    assert answer.json() == {
        "ok": True,
        "status": "accepted",
        "queueProvider": "local",
        "requestId": "req-1",
        "runId": "run-7",
        "sourceRunId": run,
    }
    [beat], [end] = bench.callbacks(BEATS), bench.callbacks()
    assert is_signed(beat, "HEARTBEAT", event="heartbeat")
    assert is_signed(end, "COMPLETED")
    assert {each.headers["authorization"] for each in (beat, end)} == {"Bearer cb-env"}
    assert {each.headers["x-request-id"] for each in (beat, end)} == {"req-1"}
    body = end.body
    assert beat.body | {"sourceRunId": run, "runId": "run-7", "traceId": trace} == beat.body
    assert (body["sourceRunId"], body["runId"], body["traceId"]) == (run, "run-7", trace)
    assert (body["dedupeKey"], body["callbackAttemptNo"]) == ("dedupe-7", 1)
    assert body["payloadHash"] == payload_hash(body)
    assert [job["sourceId"] for job in body["jobs"]] == ["1001", "1002"]
    asked = [each.path for each in bench.site.asked]
    assert asked[0] == "/praca/python;kw"
    assert sorted(asked[1:]) == ["/praca/job-1001,oferta,1001", "/praca/job-1002,oferta,1002"]


def test_the_task_s_token_comes_first(bench: Bench) -> None:
    """Then that of the environment; no secret, no signature."""
    worker = bench.worker(WORKER_CALLBACK_TOKEN="cb-env", WORKER_CALLBACK_SIGNING_SECRET="")

    end = worker.run(callbackToken="cb-task")

    assert end.headers["authorization"] == "Bearer cb-task"
    assert not [name for name in end.headers if name.startswith("x-worker")]


@pytest.mark.parametrize("given", ["a.b", "x" * 129, "ü", ""])
def test_an_id_that_cannot_be_signed_is_replaced(bench: Bench, given: str) -> None:
    """By a new one."""
    end = bench.worker().run(requestId=given)

    assert re.fullmatch(r"[0-9a-f-]{36}", end.headers["x-request-id"])
    assert is_signed(end, "COMPLETED")


def test_beats_go_on_while_a_run_does(bench: Bench) -> None:
    """Also while the API is slow to take its end; a task that waits does not beat."""
    worker = bench.worker(WORKER_HEARTBEAT_INTERVAL_MS="1000")
    bench.site.is_open.clear()
    assert worker.post(runId="first").status_code == 202
    assert worker.post(runId="second").status_code == 202

    until(lambda: len(bench.callbacks(BEATS)) > 1)

    assert {beat.body["runId"] for beat in bench.callbacks(BEATS)} == {"first"}
    assert not bench.callbacks()


def no_detail(asked: Asked) -> tuple[int, str]:
    """A site whose first offer is gone, and the second one has no page of use."""
    if asked.path.endswith("1001"):
        return 404, "{}"
    return (200, "<p>gone") if asked.path.endswith("1002") else site(asked)


def half(asked: Asked) -> tuple[int, str]:
    """A site whose first offer is gone."""
    return (500, "{}") if asked.path.endswith("1001") else site(asked)


def page(text: str, status: int = 200) -> Any:
    """A site that has one page."""
    return lambda _: (status, text)


#: What the site is → what the API is told.
ENDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "all": (site, {"status": "COMPLETED", "totalFound": 2, "scrapedCount": 2}),
    "half": (half, {"status": "COMPLETED", "totalFound": 2, "scrapedCount": 1}),
    "no-detail": (no_detail, {"totalFound": 2, "scrapedCount": 0, "why": "detail_parse_gap"}),
    "none": (
        page('<div data-test="zero-offers-section"></div>'),
        {"totalFound": 0, "scrapedCount": 0, "why": "filters_exhausted"},
    ),
    "empty": (page(listing()), {"status": "COMPLETED", "totalFound": 0, "scrapedCount": 0}),
    "error": (
        page("<p>", 503),
        {"failureType": "network", "failureCode": "SCRAPE_LISTING_HTTP_FAILED"},
    ),
    "blocked": (
        page("<title>Just a moment...</title>", 403),
        {
            "failureType": "network",
            "failureCode": "SCRAPE_LISTING_HTTP_BLOCKED",
            "why": "source_http_blocked",
        },
    ),
    "other": (
        page("<p>welcome"),
        {"failureType": "parse", "failureCode": "SCRAPE_UNKNOWN_FAILURE"},
    ),
}


def test_each_end_is_told_as_it_is(bench: Bench) -> None:
    """What the site says becomes counts, or a failure and its kind."""
    worker, seen = bench.worker(), {}
    for name, (respond, _) in ENDS.items():
        bench.site.respond = respond
        body = worker.run().body
        diagnostics = body.get("diagnostics", {})
        why = diagnostics.get("emptyReason") or diagnostics.get("failureReason")
        seen[name] = body | ({"why": why} if why else {})
        if body["status"] == "FAILED":
            assert body["error"].startswith(f"[{body['failureType']}] ")
            assert "jobs" not in body

    assert {name: {key: body.get(key) for key in ENDS[name][1]} for name, body in seen.items()} == {
        name: expected for name, (_, expected) in ENDS.items()
    }


def test_a_site_that_is_away_is_the_network_s_fault(bench: Bench) -> None:
    """So is one that breaks the connection off."""
    away = bench.worker(PRACUJ_SOURCE_ORIGIN="http://127.0.0.1:1").run().body

    assert (away["failureType"], away["failureCode"]) == ("network", "SCRAPE_LISTING_HTTP_FAILED")


@pytest.mark.parametrize("changes", [{"source": "other"}, {"listingUrl": None}])
def test_what_cannot_be_scraped_is_invalid(bench: Bench, changes: dict[str, Any]) -> None:
    """A source that nobody knows; neither a listing nor filters."""
    body = bench.worker().run(**changes).body

    assert (body["failureType"], body["failureCode"]) == ("validation", "SCRAPE_UNKNOWN_FAILURE")
    assert bench.site.asked == []


def test_no_more_offers_are_read_than_wanted(bench: Bench) -> None:
    """The first ones of the listing, at most so many at once."""
    bench.site.respond = lambda asked: (
        (200, detail(1)) if ",oferta," in asked.path else (200, listing(*range(1, 40)))
    )
    worker = bench.worker()

    assert worker.run().body["totalFound"] == 20
    assert worker.run(limit=3).body["totalFound"] == 3


def test_a_worker_that_is_told_to_end_says_what_it_leaves(bench: Bench) -> None:
    """What runs and what waits is reported as failed, and the site is let go."""
    worker = bench.worker()
    bench.site.is_open.clear()
    for _ in range(3):
        assert worker.post().status_code == 202
    until(lambda: bench.site.held)

    assert worker.end(signal.SIGTERM) == 0

    told = [each.body for each in bench.callbacks()]
    assert len(told) == 3
    assert {body["error"] for body in told} == {
        "[unknown] the worker was stopped before the run had ended"
    }
    until(lambda: bench.site.left == 1)


def test_a_worker_that_cannot_say_so_leaves_letters(bench: Bench) -> None:
    """The API is away, and nobody waits for it."""
    worker = bench.worker()
    bench.site.is_open.clear()
    bench.sink.respond = lambda _: (500, "{}")
    for _ in range(2):
        assert worker.post().status_code == 202
    until(lambda: bench.site.held)

    assert worker.end(signal.SIGTERM) == 0

    assert len(bench.letters) == 2


def test_a_wrong_environment_is_refused(bench: Bench) -> None:
    """A line for each variable; the database counts, too."""
    wrong = bench.attempt(WORKER_MAX_QUEUE_SIZE="0", WORKER_PORT="x")
    away = bench.attempt(DATABASE_URL="postgresql://u@127.0.0.1:1/d")

    assert (bench.warm.wait(wrong.fork), bench.warm.wait(away.fork)) == (1, 1)
    log = wrong.fork.log.read_text()
    assert '"variable": "WORKER_PORT", "reason": "wanted: 1 to 65535"' in log
    assert '"variable": "WORKER_MAX_QUEUE_SIZE", "reason": "wanted: 1 to 1000"' in log
    assert '"variable": "DATABASE_URL", "reason": "wanted: a PostgreSQL that answers"' in (
        away.fork.log.read_text()
    )


def test_the_listing_is_asked_for_as_it_stands(bench: Bench) -> None:
    """Path and query go to the other origin; the callback keeps the URL."""
    url = f"{LISTING}?its=a&x=%20"
    body = bench.worker().run(listingUrl=url).body

    assert bench.site.asked[0].path == "/praca/python;kw?its=a&x=%20"
    assert body["listingUrl"] == url
