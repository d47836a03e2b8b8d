"""How numbers are not counted, not told, told to anybody, or told wrongly; how Sentry hears of nothing."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

market = ids("marketplace")
METRICS = "systems.marketplace.metrics"
REPORTER = "systems.marketplace.service:Reporter"
FIRST_SERVER_ERROR = 500


def _constant(took: Any) -> Any:
    return lambda metrics, name, _milliseconds: took(metrics, name, 1.0)


def _but_server_errors(answered: Any) -> Any:
    def heard(metrics: Any, method: str, route: str, status: int) -> None:
        if status < FIRST_SERVER_ERROR:
            answered(metrics, method, route, status)

    return heard


def _each_alone(histogram: Any) -> Any:
    from systems.marketplace.latency import BOUNDS, INFINITY

    return zip((*BOUNDS, INFINITY), histogram.counts, strict=True)


def _typed_again(lines: Any) -> Any:
    def told(family: Any) -> Any:
        head, *samples = lines(family)
        for sample in samples:
            yield head
            yield sample

    return told


def _open(_scrape: Any) -> Any:
    async def told(routes: Any, _request: Any) -> Any:
        from starlette.responses import PlainTextResponse

        return PlainTextResponse(routes.service.scrape.text())

    return told


def _all(_within: Any) -> Any:
    return lambda slots, _seconds, _now: iter(slots._slots.values())


def _without(*names: str) -> Any:
    """These families are not told."""

    def wrap(families: Any) -> Any:
        return lambda *told: (each for each in families(*told) if each.name not in names)

    return wrap


def _silent(_reporter: Any) -> Any:
    return lambda _settings: None


def _everything(init: Any) -> Any:
    def made(reporter: Any, settings: Any) -> None:
        init(reporter, settings)
        reporter._rate = 1.0

    return made


def _first(reporter: Any) -> Any:
    """The address that was told first is kept, whatever is told later."""

    def made(settings: Any) -> Any:
        file = Path(os.environ["OPS_LEDGER"]).parent / "dsn"
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            file.write_text(settings.sentry.dsn, encoding="utf-8")
        dsn = file.read_text(encoding="utf-8")
        return reporter(replace(settings, sentry=replace(settings.sentry, dsn=dsn)))

    return made


def _of_no_release(reporter: Any) -> Any:
    return lambda settings: reporter(
        replace(settings, release=replace(settings.release, commit="unknown"))
    )


FAULTS = (
    Fault(
        name="lists-untimed",
        process="web",
        breaks=market("dep-mon-p95", "scale-p95-3x5m"),
        plant=value(f"{METRICS}:TIMED", {}),
    ),
    Fault(
        name="times-constant",
        process="web",
        breaks=market("dep-mon-p95"),
        plant=around(f"{METRICS}:Metrics.took", _constant),
    ),
    Fault(
        name="server-errors-uncounted",
        process="web",
        breaks=market("dep-mon-error-rate"),
        plant=around(f"{METRICS}:Metrics.answered", _but_server_errors),
    ),
    Fault(
        name="buckets-not-cumulative",
        process="web",
        breaks=market("r-6"),
        plant=value("systems.marketplace.latency:Histogram.buckets", _each_alone),
    ),
    Fault(
        name="types-repeated",
        process="web",
        breaks=market("r-4"),
        plant=around("systems.marketplace.exposition:Family.lines", _typed_again),
    ),
    Fault(
        name="last-line-unended",
        process="web",
        breaks=market("r-4"),
        plant=around(
            "systems.marketplace.exposition:text", lambda text: lambda told: text(told).rstrip("\n")
        ),
    ),
    Fault(
        name="scrape-open",
        process="web",
        breaks=market("r-4"),
        plant=around("systems.marketplace.metric_routes:MetricRoutes.scrape", _open),
    ),
    Fault(
        name="events-unbounded",
        process="web",
        breaks=market("r-5"),
        plant=value(f"{METRICS}:MOST_RECENT", 100_000),
    ),
    Fault(
        name="windows-never-end",
        process="web",
        breaks=market("r-7"),
        plant=around("systems.marketplace.windows:Slots.within", _all),
    ),
    Fault(
        name="targets-always-met",
        process="web",
        breaks=market("r-7"),
        plant=value("systems.marketplace.slo:_status", lambda *_: "OK"),
    ),
    Fault(
        name="operations-untold",
        process="web",
        breaks=market("d-bk-10", "d-sec-4"),
        plant=value("systems.marketplace.scrape:operations", lambda _: iter(())),
    ),
    Fault(
        name="cpu-untold",
        process="web",
        breaks=market("scale-cpu"),
        plant=around("systems.marketplace.process:families", _without("process_cpu_seconds_total")),
    ),
    Fault(
        name="garbage-unmeasured",
        process="web",
        breaks=market("scale-gc"),
        plant=value("systems.marketplace.process:GarbageClock._heard", lambda *_: None),
    ),
    Fault(
        name="sentry-never-started",
        process="web",
        breaks=market("env-sentry-prod"),
        plant=around(REPORTER, _silent),
    ),
    Fault(
        name="reports-of-no-release",
        process="web",
        breaks=market("env-sentry-prod"),
        plant=around(REPORTER, _of_no_release),
    ),
    Fault(
        name="every-request-traced",
        process="web",
        breaks=market("env-sentry-staging-low"),
        plant=around("systems.marketplace.sentry:Reporter.__init__", _everything),
    ),
    Fault(
        name="dsn-remembered",
        process="web",
        breaks=market("rot-list-sentry"),
        plant=around(REPORTER, _first),
    ),
)
