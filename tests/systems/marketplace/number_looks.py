"""What one sees of numbers that are not counted, not told, or told wrongly, and of what Sentry hears."""

from __future__ import annotations

import gc
import json
import time
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import value
from systems.marketplace import ledger
from systems.marketplace.ledger import Entry
from tests.systems.jobsources.servers import serving
from tests.systems.marketplace.looks import LIVE, NOBODY, STAGING, opened

if TYPE_CHECKING:
    from tests.systems.marketplace.forks import Told
    from tests.systems.marketplace.markets import Market

PAGE, JSON = "/api/admin/metrics.prom", "/api/admin/metrics"
AWAY = {"DATABASE_URL": f"postgresql://u@{NOBODY}/none", "DB_TIMEOUT_MS": "500"}
COMMIT = "c" * 40


def metrics(market: Market) -> Any:
    """The numbers, as people read them."""
    return market.get(JSON, "root").json()["metrics"]


def timed(told: Told) -> str:
    """A list is not timed, or takes ever as long."""
    with opened(told) as market:
        for number in range(3):
            market.get(f"/api/jobs?minBudget={number}{time.time_ns()}")
        shown = [each for each in metrics(market)["histograms"] if "jobs.list" in each["name"]]
    if not shown or shown[0]["count"] != 3:
        return "not timed"
    return "constant" if shown[0]["min"] == shown[0]["max"] else ""


def server_errors(told: Told) -> str:
    """A failure is not counted."""
    with opened(told, **AWAY) as market:
        market.get("/api/jobs?search=new")
        page = market.get(PAGE, "root").text
    return "" if 'route="/api/jobs",status="500"} 1\n' in page else "uncounted"


def buckets(told: Told) -> str:
    """Buckets are counted each alone."""
    with opened(told) as market:
        for milliseconds in (1, 20, 9000):
            market.service.metrics.took("api.jobs.list", milliseconds)
        counts = [each["count"] for each in metrics(market)["histograms"][0]["buckets"]]
    return "" if counts == sorted(counts) and counts[-1] == 3 else str(counts)


def page(told: Told) -> str:
    """The page is no valid text, or told to anybody."""
    with opened(told) as market:
        bare, text = market.get(PAGE).status_code, market.get(PAGE, "root").text
    types = [line for line in text.splitlines() if line.startswith("# TYPE")]
    is_valid = text.endswith("\n") and len(types) == len({*types})
    return "" if is_valid and bare == 401 else f"{bare} {len(types)} {text[-9:]!r}"


def recent(told: Told) -> str:
    """All events are told."""
    with opened(told) as market:
        for _ in range(210):
            market.service.events.tell("x")
        count = len(metrics(market)["recentEvents"])
    return "" if count == 200 else str(count)


def windows(told: Told) -> str:
    """A window does not end with its time, or its status does not follow its figures."""
    with opened(told, SLO_WINDOW_SHORT_SEC="0.2", SLO_WINDOW_LONG_SEC="3000") as market:
        market.service.metrics.took("api.jobs.list", 9000)
        deadline = time.monotonic() + 2
        is_last = False
        while (found := metrics(market)["slo"]["endpoints"][0])["short"]:
            if is_last:
                return "never ends"
            time.sleep(0.02)
            # Judged before it is asked: an answer may be as late as it likes.
            is_last = time.monotonic() > deadline
    return "" if found["status"] == "CRITICAL" and found["long"] else str(found)


def operations(told: Told) -> str:
    """A backup or a rotation is not told."""
    file = told.folder / "ledger.jsonl"
    for action, details in (("backup", {}), ("rotation", {"secret": "JWT_SECRET"})):
        entry = Entry(
            environment="dev",
            action=action,
            outcome="ok",
            operator="somebody",
            release="r",
            details=details,
            ts="2026-01-01T00:00:00.000Z",
        )
        ledger.append(file, entry)
    with opened(told, OPS_LEDGER=str(file)) as market:
        text = market.get(PAGE, "root").text
    wanted = (
        "backup_last_success_timestamp_seconds 1767225600",
        'secret_rotation_timestamp_seconds{secret="JWT_SECRET"} 1767225600',
    )
    return "" if all(each in text for each in wanted) else "untold"


def costs(told: Told) -> str:
    """What the process costs is not told, or stays as it is."""
    with opened(told) as market:
        gc.collect()
        text = market.get(PAGE, "root").text
    values = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[0] != "#")
    wanted = ("process_cpu_seconds_total", "runtime_gc_seconds_total")
    return "" if all(float(values.get(name, 0)) > 0 for name in wanted) else "untold"


def reported(told: Told) -> str:
    """An error does not reach Sentry, as this release's."""
    found = _sent(told, LIVE | AWAY, ["/api/jobs"])
    events = [item["release"] for item in found if "exception" in item]
    return "" if events == [COMMIT] else str(events)


def traced(told: Told) -> str:
    """Every request is traced."""
    environ = STAGING | {"SENTRY_TRACES_SAMPLE_RATE": "0.0001"}
    found = _sent(told, environ, ["/"] * 5)
    return "" if len(found) < 5 else f"{len(found)} of 5"


def moved(told: Told) -> str:
    """Events go on being sent to the former address."""
    environ = LIVE | AWAY
    _sent(told, environ, ["/api/jobs"])
    return "" if _sent(told, environ, ["/api/jobs"]) else "none came"


def _sent(told: Told, environ: dict[str, str], paths: list[str]) -> list[Any]:
    """What a new collector gets of these requests; the process is the look's own, and has time."""
    value("systems.marketplace.sentry:FLUSH_SECONDS", 60.0)()
    with serving(lambda _: (200, "{}")) as collector:
        more = {
            "SENTRY_DSN": f"http://public@{collector.url.removeprefix('http://')}/1",
            "GIT_COMMIT": COMMIT,
            "SENTRY_TRACES_SAMPLE_RATE": "0",
        }
        with opened(told, **more | environ | {"SENTRY_DSN": more["SENTRY_DSN"]}) as market:
            for path in paths:
                market.get(path)
        asked = list(collector.asked)
    return [json.loads(line) for each in asked for line in each.content.splitlines()[2::2]]
