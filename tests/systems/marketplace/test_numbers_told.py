"""What admins are told, what Prometheus reads, and what Sentry hears of."""

from __future__ import annotations

import gc
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from systems.marketplace import ledger
from systems.marketplace.ledger import Entry
from tests.systems.jobsources.servers import serving

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.jobsources.servers import Asked
    from tests.systems.marketplace.markets import Market

ADMIN = ("/api/admin/metrics", "/api/admin/metrics.prom", "/api/admin/flags")
#: Nobody listens there.
AWAY = {"DATABASE_URL": "postgresql://u@127.0.0.1:1/none", "DB_TIMEOUT_MS": "500"}


def scraped(market: Market) -> dict[tuple[str, ...], float]:
    """Each sample's name and labels' values, and its value."""
    text = market.get("/api/admin/metrics.prom", "root").text
    names = {re.split("[ {]", line)[0] for line in text.splitlines()}
    samples = [each for one in text_string_to_metric_families(text) for each in one.samples]
    # The parser gives every counter an ending.
    return {
        (
            each.name if each.name in names else each.name.removesuffix("_total"),
            *map(str, each.labels.values()),
        ): each.value
        for each in samples
    }


def reported(asked: list[Asked]) -> list[dict[str, Any]]:
    """The items that a collector was sent."""
    found = []
    for each in asked:
        found += [json.loads(line) for line in each.content.splitlines()[2::2]]
    return found


@pytest.mark.parametrize("path", [*ADMIN, "/api/admin/ping"])
def test_admins_alone_are_told(market: Market, path: str) -> None:
    """Bare 401, with another's token 403; a cookie's token opens the ping alone."""
    user = market.user()

    def told(answer: httpx.Response) -> tuple[int, object]:
        return answer.status_code, answer.json()["error"]

    assert told(market.get(path)) == (401, "Unauthorized")
    assert told(market.get(path, user)) == (403, "Forbidden")
    bad = {"Authorization": f"Bearer {market.token('root', secret='x' * 32)}"}
    assert told(market.get(path, headers=bad)) == (403, "Forbidden")
    assert market.get(path, "root").status_code == 200
    by_cookie = market.get(path, cookies={"session_token": market.token("root")})
    assert by_cookie.status_code == (200 if path.endswith("ping") else 401)


def test_the_two_pages_tell_the_same(market: Market) -> None:
    """Counters and histograms; the scrape is what its parser takes."""
    for path in ("/api/jobs", "/api/jobs", "/api/freelancers"):
        market.get(path)
    told = market.get("/api/admin/metrics", "root").json()["metrics"]
    page = market.get("/api/admin/metrics.prom", "root")
    found = scraped(market)

    assert page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for name, value in told["counters"].items():
        if name != "events.error_rate":
            assert found[name.replace(".", "_"),] == value, name
    listed = next(each for each in told["histograms"] if each["name"] == "latency.api.jobs.list")
    for bucket in listed["buckets"]:
        assert found["latency_api_jobs_list_bucket", str(bucket["le"])] == bucket["count"]
    assert found["latency_api_jobs_list_count",] == listed["count"] == 2
    assert found["http_requests_total", "GET", "/api/jobs", "200"] == 2


def test_what_a_process_costs_is_told(market: Market) -> None:
    """CPU, memory and collections of garbage."""
    before = scraped(market)
    for _ in range(3):
        gc.collect()
    after = scraped(market)

    for name in ("process_cpu_seconds_total", "runtime_gc_seconds_total"):
        assert after[name,] > before[name,]
    status = Path("/proc/self/status").read_text(encoding="ascii")
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    assert after["process_resident_memory_bytes",] == pytest.approx(
        int(resident.split()[1]) * 1024, rel=0.2
    )
    assert after["process_memory_limit_bytes",] == 512 * 1024**2
    assert after["process_cpu_cores",] >= 1


def test_operations_are_told_by_their_ledger(market: Market) -> None:
    """The newest of each that was done; 0 where none was."""
    file = Path(market.environ["OPS_LEDGER"])
    rows = [
        ("backup", "ok", "2026-01-01T00:00:00.000Z", {"artifact": "a"}),
        ("backup", "failed", "2026-01-02T00:00:00.000Z", {}),
        ("rotation", "ok", "2026-01-03T00:00:00.000Z", {"secret": "JWT_SECRET"}),
        ("rotation", "ok", "2026-01-02T00:00:00.000Z", {"secret": "JWT_SECRET"}),
    ]
    for action, outcome, ts, details in rows:
        ledger.append(
            file,
            Entry(
                environment="dev",
                action=action,
                outcome=outcome,
                operator="somebody",
                release="r",
                details=details,
                ts=ts,
            ),
        )
    found = scraped(market)

    assert found["backup_last_success_timestamp_seconds",] == 1767225600
    assert found["secret_rotation_timestamp_seconds", "JWT_SECRET"] == 1767225600 + 2 * 86400
    assert found["secret_rotation_timestamp_seconds", "DATABASE_URL"] == 0


def test_each_server_error_is_counted(opens: Callable[..., Market]) -> None:
    """And is an error of the list; nothing else is."""
    market = opens()
    market.get("/api/jobs?search=sound")
    away = opens(**AWAY, REDIS_URL="")
    for number in range(3):
        answer = away.get(f"/api/jobs?search={number}")
        assert (answer.status_code, answer.json()["error"]) == (500, "Internal server error")

    assert away.service.metrics.requests["GET", "/api/jobs", 500] == 3
    assert away.counter("event.jobs.list.error") == 3
    assert market.counter("event.jobs.list") == 1
    assert market.service.metrics.requests["GET", "/api/jobs", 500] == 0


def test_errors_and_samples_reach_sentry(
    opens: Callable[..., Market], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With environment and release, and nothing of the request but its route."""
    # A busy machine may take longer to send than anybody would wait.
    monkeypatch.setattr("systems.marketplace.sentry.FLUSH_SECONDS", 60.0)
    with serving(lambda _: (200, "{}")) as collector:
        port = collector.url.rpartition(":")[2]
        told = {
            "NODE_ENV": "production",
            "SENTRY_DSN": f"http://public@127.0.0.1:{port}/1",
            "GIT_COMMIT": "a" * 40,
            "REFRESH_TOKEN_PEPPER": "pepper-pepper",
        }
        market = opens(**told, **AWAY, SENTRY_TRACES_SAMPLE_RATE="1")
        for path in ("/api/jobs?search=private", "/api/admin/health", "/"):
            market.get(path)
        market.service.reporter.close()  # type: ignore[union-attr]  # there is one
        items = reported(collector.asked)
        paths = {each.path for each in collector.asked}

    assert paths == {"/api/1/envelope/"}
    events = [item for item in items if "exception" in item]
    traced = [item["transaction"] for item in items if item.get("type") == "transaction"]
    assert [(event["environment"], event["release"]) for event in events] == [
        ("production", "a" * 40)
    ]
    assert events[0]["transaction"] == "GET /api/jobs"
    assert sorted(traced) == ["GET /", "GET /api/jobs"]
    assert "private" not in json.dumps(items)
    assert market.environ["JWT_SECRET"] not in json.dumps(items)
