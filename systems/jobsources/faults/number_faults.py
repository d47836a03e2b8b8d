"""How the API's numbers, logs and settings say what is not so."""

from __future__ import annotations

from typing import Any

from systems.chassis.seams import Fault, around, ids, query, together

jobsources = ids("jobsources")
SHOWN = "systems.jobsources.run_metrics:RunMetrics.shown"
GAUGES = "systems.jobsources.run_metrics:RunMetrics.gauges"
WINDOW = "make_interval(hours => %(window_hours)s)"


def _zero(rate: Any) -> Any:
    """Of nothing, nothing succeeded."""
    return lambda part, whole: rate(part, whole) or 0.0


def _of_all(shown: Any) -> Any:
    """What is still under way has not succeeded."""

    def told(metrics: Any) -> Any:
        from systems.jobsources.run_metrics import rate

        found = shown(metrics)
        found["scrape"]["successRate"] = rate(metrics.runs.completed, metrics.runs.total)
        return found

    return told


def _series_of_all(gauges: Any) -> Any:
    return lambda metrics: gauges(metrics) | {"jobsources_scrapes_finished": metrics.runs.total}


def _renamed(shown: Any) -> Any:
    def told(metrics: Any) -> Any:
        found = shown(metrics)
        found["queue"]["staleRuns"] = found["queue"].pop("runningWithoutHeartbeat")
        return found

    return told


def _one_less(gauges: Any) -> Any:
    def told(metrics: Any) -> Any:
        found = gauges(metrics)
        del found["jobsources_running_without_heartbeat"]
        return found

    return told


def _no_numbers(gauges: Any) -> Any:
    """Shares instead of counts, and of nothing no number."""

    def told(metrics: Any) -> Any:
        found = gauges(metrics)
        return {name: number or float("nan") for name, number in found.items()}

    return told


def _zeros(read: Any) -> Any:
    """What cannot be counted is none."""

    async def found(tx: Any, limits: Any, window_hours: int) -> Any:
        import psycopg

        from systems.jobsources.run_metrics import RunMetrics

        class Nothing:
            def __getattr__(self, _: str) -> int:
                return 0

        try:
            return await read(tx, limits, window_hours)
        except psycopg.Error:
            return RunMetrics(window_hours, Nothing(), Nothing())

    return found


def _for_anybody(_admin: Any) -> Any:
    async def allowed(routes: Any, tx: Any, user_id: str) -> None:
        await routes.service.user(tx, user_id)

    return allowed


def _unprefixed(entries: Any) -> Any:
    """A second path, at which nobody is asked who it is."""

    def offered(service: Any) -> Any:
        from systems.jobsources import run_metrics
        from systems.jobsources.endpoint import Offered
        from systems.jobsources.envelope import success

        async def metrics(_request: Any) -> Any:
            limits = service.settings.limits
            async with service.store.transaction() as tx:
                return success((await run_metrics.read(tx, limits, limits.window_hours)).shown())

        yield from entries(service)
        yield "GET", "/ops/metrics", Offered(handler=metrics)

    return offered


def _uncounted_apart(observe: Any) -> Any:
    def observed(metrics: Any, method: str, route: str, **more: Any) -> None:
        observe(metrics, method, route, **{**more, "is_llm": False})

    return observed


FAULTS = (
    Fault(
        name="rate-of-nothing-is-zero",
        process="api",
        breaks=jobsources("failing-retries-alert", "failing-scrapes-alert"),
        plant=around("systems.jobsources.run_metrics:rate", _zero),
    ),
    Fault(
        name="runs-under-way-count",
        process="api",
        breaks=jobsources("failing-scrapes-alert"),
        plant=together(around(SHOWN, _of_all), around(GAUGES, _series_of_all)),
    ),
    Fault(
        name="silence-uncounted",
        process="api",
        breaks=jobsources("silent-runs-alert"),
        plant=query("run_numbers", ("%(silent_seconds)s), true)", "%(silent_seconds)s), false)")),
    ),
    Fault(
        name="events-half-counted",
        process="api",
        breaks=jobsources("failed-callbacks-alert"),
        plant=query(
            "event_numbers",
            ("count(*) AS total", "count(*) FILTER (WHERE status = 'COMPLETED') AS total"),
        ),
    ),
    Fault(
        name="number-renamed",
        process="api",
        breaks=jobsources("alert-inputs-served"),
        plant=around(SHOWN, _renamed),
    ),
    Fault(
        name="series-missing",
        process="api",
        breaks=jobsources("series-equal-fields", "prometheus-sees-it"),
        plant=around(GAUGES, _one_less),
    ),
    Fault(
        name="series-no-number",
        process="api",
        breaks=jobsources("series-equal-fields"),
        plant=around(GAUGES, _no_numbers),
    ),
    Fault(
        name="window-ignored",
        process="api",
        breaks=jobsources("numbers-true"),
        plant=together(
            query("run_numbers", (WINDOW, f"{WINDOW} * 1000")),
            query("event_numbers", (WINDOW, f"{WINDOW} * 1000")),
        ),
    ),
    Fault(
        name="stale-runs-uncounted",
        process="api",
        breaks=jobsources("numbers-true"),
        plant=query("run_numbers", ("[timeout] run stale watchdog:", "[timeout] watchdog:")),
    ),
    Fault(
        name="failed-query-is-zero",
        process="api",
        breaks=jobsources("failed-query-is-not-zero"),
        plant=around("systems.jobsources.run_metrics:read", _zeros),
    ),
    Fault(
        name="numbers-for-anybody",
        process="api",
        breaks=jobsources("numbers-need-admin"),
        plant=around("systems.jobsources.ops_routes:OpsRoutes._admin", _for_anybody),
    ),
    Fault(
        name="numbers-unprefixed",
        process="api",
        breaks=jobsources("numbers-at-one-path"),
        plant=around("systems.jobsources.routes:_ops", _unprefixed),
    ),
    Fault(
        name="models-counted-in",
        process="api",
        breaks=jobsources("models-counted-apart"),
        plant=around("systems.jobsources.request_metrics:RequestMetrics.observe", _uncounted_apart),
    ),
)
