"""What operators see of the API: its health, its numbers, its limits; and what it does while its store is away."""

from __future__ import annotations

import json
import signal
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from systems.chassis.settings import Misconfigured
from systems.jobsources import settings
from tests.systems.jobsources.apis import COMPLETE, OPS, RUNS, VECTORS, answering, offer
from tests.systems.jobsources.cutter import wire
from tests.systems.jobsources.forks import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.apis import Api, Apis
    from tests.systems.jobsources.cutter import Wire

UP = {"status": "up"}
BASE = {
    "NODE_ENV": "test",
    "DATABASE_URL": "postgresql://localhost/x",
    "ACCESS_TOKEN_SECRET": "a",
    "REFRESH_TOKEN_SECRET": "r",
    "WORKER_TASK_URL": "http://127.0.0.1:4001/tasks",
    "WORKER_AUTH_TOKEN": "t",
    "WORKER_CALLBACK_URL": f"http://127.0.0.1:3000{COMPLETE}",
}
PRODUCTION = BASE | {
    "NODE_ENV": "production",
    "WORKER_TASK_PROVIDER": "cloud-tasks",
    "WORKER_TASKS_PROJECT_ID": "p",
    "WORKER_TASKS_LOCATION": "l",
    "WORKER_TASKS_QUEUE": "q",
    "WORKER_TASK_URL": "https://worker.example/tasks",
    "WORKER_CALLBACK_URL": f"https://api.example{COMPLETE}",
    "WORKER_CALLBACK_SIGNING_SECRET": "sign-secret-1",
}
MORE = [
    *VECTORS["api_env_validation"],
    {"name": "29", "ok": False, "set": {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "29"}},
    {"name": "3601", "ok": False, "set": {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "3601"}},
    {"name": "abc", "ok": False, "set": {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "abc"}},
    {"name": "token", "ok": True, "over": "production", "set": {"WORKER_CALLBACK_TOKEN": "t"}},
    {
        "name": "seeds",
        "ok": False,
        "over": "production",
        "set": {"SEED_USERS": '[{"email": "a@b", "password": "12345678", "role": "user"}]'},
    },
    {
        "name": "short password",
        "ok": False,
        "set": {"SEED_USERS": '[{"email": "a@b", "password": "1234567", "role": "user"}]'},
    },
    {"name": "no list", "ok": False, "set": {"SEED_USERS": "{}"}},
    {
        "name": "http callback",
        "ok": False,
        "over": "production",
        "set": {"WORKER_CALLBACK_URL": f"http://api.example{COMPLETE}"},
    },
    {
        "name": "http keys",
        "ok": False,
        "over": "production",
        "set": {"OIDC_JWKS_URL": "http://keys.example"},
    },
    {"name": "deadline", "ok": False, "set": {"WORKER_TASK_DISPATCH_DEADLINE_MS": "180000"}},
    {"name": "no queue", "ok": False, "over": "production", "set": {"WORKER_TASKS_QUEUE": None}},
    {"name": "disk", "ok": False, "set": {"DISK_HEALTH_THRESHOLD": "2"}},
    {"name": "size", "ok": False, "set": {"API_BODY_LIMIT": "big"}},
    {"name": "lasts", "ok": False, "set": {"ACCESS_TOKEN_EXPIRATION": "soon"}},
]


@pytest.mark.parametrize("case", MORE, ids=lambda case: str(case["name"]))
def test_an_environment_is_judged(case: dict[str, Any]) -> None:
    """As in the vectors: it does, or the variable that does not is named."""
    told = dict(PRODUCTION if case.get("over") == "production" else BASE)
    for name, value in case["set"].items():
        told[name] = value or ""
    expected = case.get("expect", case)
    if expected["ok"]:
        assert settings.read(told).tolerance_seconds == case.get("tolerance", 300)
    else:
        with pytest.raises(Misconfigured) as refused:
            settings.read(told)
        named = [*refused.value.missing, *refused.value.invalid]
        assert named == [expected.get("names", next(iter(case["set"])))]


def test_a_bad_environment_is_told(around: Apis) -> None:
    """Exit 1, one line a variable, never a value; as is a store that cannot be reached or has no tables."""
    secret = "postgresql://u:geheim@127.0.0.1:1/x"
    for env, told in (
        (
            {"HOST": "", "API_BODY_LIMIT": "x", "WORKER_TASK_URL": ""},
            ('"variable": "API_BODY_LIMIT"', '"variable": "WORKER_TASK_URL"'),
        ),
        ({"DATABASE_URL": secret}, ("the store cannot be used",)),
    ):
        api = around.attempt(**env)
        assert around.warm.wait(api.fork) == 1
        assert [each for each in told if each not in api.log()] == []
        assert "geheim" not in api.log()


def test_health_says_what_is_up(api: Api) -> None:
    """Part by part, to anybody, and a path that is not offered is not."""
    health, ready = api.client.get("/health"), api.client.get("/health/test")

    assert health.json()["data"]["status"] == "ok"
    parts = {"drizzle", "required_tables", "memory_rss", "disk health"}
    assert health.json()["data"]["details"] == dict.fromkeys(parts, UP)
    assert ready.json()["data"]["info"] == {"drizzle": UP, "disk health": UP}
    for path in ("/api/health", "/ops/metrics", "/api/nothing"):
        assert api.client.get(path).status_code == 404
    answer = api.client.delete(RUNS)
    assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert api.client.head("/health").status_code == 200


def test_a_full_disk_is_not_ready(around: Apis) -> None:
    """503, naming it."""
    api = around.start(DISK_HEALTH_THRESHOLD="0.0001")

    for path in ("/health", "/health/test"):
        answer = api.client.get(path)
        assert answer.status_code == 503
        assert answer.json()["details"]["disk health"] == {"status": "down"}
        assert answer.json()["details"]["drizzle"] == UP
        assert (answer.json()["code"], answer.json()["retryable"]) == ("INTERNAL_ERROR", True)


def test_routes_are_throttled_one_by_one(around: Apis) -> None:
    """Probes, workers and other routes go on, while one is asked too often; the throttle comes first."""
    names = [name for name in around.env if "THROTTLE" in name]
    api = around.start(**dict.fromkeys(names, ""))
    statuses = [api.login("x").status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
    assert int(api.login("x").headers["retry-after"]) in range(1, 61)
    statuses = [api.scrape("").status_code for _ in range(9)]
    assert statuses == [401] * 8 + [429]
    for path in ("/health", "/health/test", "/metrics", "/"):
        assert 429 not in {api.client.get(path).status_code for _ in range(130)}
    body = {"sourceRunId": str(uuid4()), "eventId": "e"}
    assert {api.client.post(COMPLETE, json=body).status_code for _ in range(130)} == {401}
    assert api.client.get(RUNS).status_code == 401


def test_the_numbers_are_those_of_the_store(api: Api) -> None:
    """By name, for the window, nothing made of nothing; the series are the same numbers."""
    empty = api.metrics()
    rates = (empty["scrape"]["successRate"], empty["lifecycle"]["retrySuccessRate"])
    assert (*rates, empty["callback"]["failedRate"]) == (None, None, None)

    for _ in range(2):
        assert api.complete(api.begin()).status_code == 201
    child = api.retry(api.failed()).json()["data"]["sourceRunId"]
    assert api.complete(child, status="FAILED", error="x").status_code == 201
    assert api.complete(api.retry(child).json()["data"]["sourceRunId"]).status_code == 201
    old = api.begin()
    assert api.complete(old).status_code == 201
    ages = "created_at = created_at - interval '100 hours'"
    api.apis.sql(f"UPDATE job_source_runs SET {ages} WHERE id = %s", old)  # noqa: S608 - a test's own text
    beating = api.begin()
    assert api.beat(beating).status_code == 201
    api.begin()

    told, series = api.metrics(), api.series()

    assert told["queue"] == {
        "activeRuns": 2,
        "pendingRuns": 0,
        "runningRuns": 2,
        "runningWithoutHeartbeat": 1,
    }
    assert told["scrape"] == {
        "totalRuns": 7,
        "completedRuns": 3,
        "failedRuns": 2,
        "successRate": 0.6,
    }
    assert told["lifecycle"] == {
        "retriesTriggered": 2,
        "retrySuccessRate": 0.5,
        "staleReconciledRuns": 0,
    }
    assert told["callback"] == {
        "totalEvents": 6,
        "failedEvents": 2,
        "completedEvents": 4,
        "failedRate": 0.3333,
    }
    gauges = {name.removeprefix("jobsources_"): n for name, n in series.items() if "{" not in name}
    assert gauges == {
        "metrics_query_ok": 1,
        "running_runs": 2,
        "running_without_heartbeat": 1,
        "scrapes_completed": 3,
        "scrapes_finished": 5,
        "retries_completed": 1,
        "retries_finished": 2,
        "callback_total_events": 6,
        "callback_failed_events": 2,
    }
    wide = api.get("/api/ops/metrics?windowHours=999", "admin").json()["data"]
    assert (wide["windowHours"], wide["scrape"]["totalRuns"]) == (168, 8)


def test_numbers_are_for_admins(api: Api) -> None:
    """And for whoever has the token of operations."""
    for path in ("/api/ops/metrics",):
        assert [api.get(path, who).status_code for who in ("", "a", "admin")] == [401, 403, 200]
    assert api.client.get("/metrics").status_code == 401
    reconcile = "/api/ops/reconcile-stale-runs"
    assert api.post(reconcile, who="admin").status_code == 403
    answer = api.client.post(reconcile, headers={"Authorization": f"Bearer {OPS}"})
    told = answer.json()["data"]
    assert (answer.status_code, told["failed"], told["windowHours"]) == (201, 0, 72)
    replay = "/api/ops/scrape/callbacks/replay"
    assert [api.post(replay, who=who).status_code for who in ("", "a")] == [401, 403]
    api.apis.sink.respond = lambda _: (200, '{"ok":true,"total":2,"sent":2,"failed":0}')
    assert api.post(replay, who="admin").json()["data"]["sent"] == 2
    assert api.apis.sink.asked[-1].path == "/callbacks/replay"
    api.apis.sink.respond = answering(500)
    assert api.post(replay, who="admin").status_code == 503


def test_a_query_that_fails_is_no_zero(api: Api) -> None:
    """503 as JSON; as series nothing but that it failed."""
    rename = "ALTER TABLE {} RENAME TO {}"
    names = ("job_source_callback_events", "elsewhere")
    api.apis.sql(rename.format(*names))
    try:
        assert api.get("/api/ops/metrics", "admin").status_code == 503
        gauges = {name: value for name, value in api.series().items() if "{" not in name}
    finally:
        api.apis.sql(rename.format(*reversed(names)))

    assert gauges == {"jobsources_metrics_query_ok": 0}
    assert api.metrics()["callback"]["totalEvents"] == 0


def test_models_are_counted_apart(api: Api) -> None:
    """They are none here, which takes time, too."""
    paths = ("/api/career-profiles", "/api/job-offers/1/score", "/api/job-offers/1/generate-prep")
    before = _counts(api)
    for path in paths:
        assert api.post(path, {}, who="").status_code == 401
        assert api.post(path, {}).status_code == 503
    after = _counts(api)

    assert after["true"] - before["true"] == 6
    # The log-in may be the first, the scrape of the series is one.
    assert after["false"] - before["false"] <= 2


def _counts(api: Api) -> dict[str, float]:
    """How many requests there were, to models and else."""
    counts = {"true": 0.0, "false": 0.0}
    for name, value in api.series().items():
        if "_duration_seconds_count" in name:
            counts["true" if 'llm="true"' in name else "false"] += value
    return counts


def test_bodies_have_a_limit(around: Apis) -> None:
    """413; what is no JSON is 400; both say so in the one form of errors."""
    api = around.start(API_BODY_LIMIT="1kb")
    for content, expected in ((b" " * 1025, 413), (b"{", 400), (b"null", 400), (b"[]", 400)):
        answer = api.client.post(COMPLETE, content=content, headers={"x-request-id": "r-1"})
        assert answer.status_code == expected
        told = answer.json()
        assert (told["requestId"], told["meta"]["traceId"]) == ("r-1", "r-1")
        assert answer.headers["x-request-id"] == "r-1"


@pytest.fixture
def wired(around: Apis) -> Iterator[tuple[Api, Wire]]:
    """An API, and the wire to its store."""
    told = conninfo_to_dict(around.dsn)
    with wire(int(str(told["port"]))) as found:
        dsn = make_conninfo(around.dsn, host="127.0.0.1", port=found.port)
        limits = {"SCRAPE_STALE_SWEEP_SEC": "3600", "WORKER_DISPATCH_RETRY_INTERVAL_MS": "60000"}
        limits["HEALTH_CHECK_TIMEOUT_MS"] = "2000"
        yield around.start(DATABASE_URL=dsn, **limits), found


def test_a_callback_is_applied_whole_or_not_at_all(wired: tuple[Api, Wire]) -> None:
    """Wherever its connection breaks: delivered again, the run ends, and there is one event."""
    api, wire = wired
    lost = 0
    for statement in range(15):
        run_id, event, job = api.begin(), str(uuid4()), offer()
        wire.cut_after = statement
        first = api.complete(run_id, eventId=event, jobs=[job])
        wire.cut_after = None
        lost += first.status_code == 503

        again = api.complete(run_id, eventId=event, jobs=[job])

        assert again.status_code == 201, again.text
        assert api.status(run_id) == "COMPLETED"
        query = "SELECT 1 FROM job_source_callback_events WHERE event_id = %s"
        assert len(api.apis.sql(query, event)) == 1
        assert len(api.apis.sql("SELECT 1 FROM job_offers WHERE url = %s", job["url"])) == 1
        if first.status_code == 201:
            break
    assert lost >= 8


def test_a_store_that_says_nothing_is_told_in_time(wired: tuple[Api, Wire]) -> None:
    """503 by whoever is asked; and well again, without a restart."""
    api, wire = wired
    token = api.as_("a")
    wire.is_frozen = True
    began = time.monotonic()
    for path in ("/health", "/health/test", RUNS):
        answer = api.client.get(path, headers=token)
        assert answer.status_code == 503, answer.text
        if path != RUNS:
            assert answer.json()["details"]["drizzle"] == {"status": "down"}
    assert time.monotonic() - began < 25
    wire.is_frozen = False

    until(lambda: api.client.get("/health").status_code == 200)

    assert api.client.get(RUNS, headers=token).status_code == 200


def test_an_api_ends_when_it_is_told_to(around: Apis) -> None:
    """With 0."""
    api = around.start()
    with httpx.Client(timeout=60) as client:
        assert client.get(str(api.client.base_url.join("/health"))).status_code == 200
    assert api.end(signal.SIGTERM) == 0
    assert json.loads(api.log().splitlines()[-1])["message"].startswith("Finished")
