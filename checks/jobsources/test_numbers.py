"""The numbers of all runs: where they are, who sees them, and that they are what was done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter import NUMBERS, SERIES
from checks.jobsources.adapter_callbacks import beat, completed
from checks.jobsources.driven import LEDGER
from proofbook import NoVerdict
from proofbook.alerts import prometheus
from proofbook.instruments.prometheus import Prometheus, Scrape
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.driven import Driven
    from proofbook import ClaimHandle
    from proofbook.alerts import Sheet
    from proofbook.stack import Twin

READS = ("runbooks/jobsources/alerts.toml",)
#: Field of the numbers → its series.
FIELDS = {
    ("queue", "runningRuns"): "jobsources_running_runs",
    ("queue", "runningWithoutHeartbeat"): "jobsources_running_without_heartbeat",
    ("callback", "totalEvents"): "jobsources_callback_total_events",
    ("callback", "failedEvents"): "jobsources_callback_failed_events",
    ("scrape", "completedRuns"): "jobsources_scrapes_completed",
}
#: Rate among the numbers → the series of its part and of its whole.
RATES = {
    ("lifecycle", "retrySuccessRate"): (
        "jobsources_retries_completed",
        "jobsources_retries_finished",
    ),
    ("scrape", "successRate"): ("jobsources_scrapes_completed", "jobsources_scrapes_finished"),
}
QUERY_OK = "jobsources_metrics_query_ok"
#: What the older page calls the numbers.
UNPREFIXED = "/ops/metrics"
EVENTS = "job_source_callback_events"
#: Longer ago than the longest window, and long enough for a run to count as silent; rows are made so old.
BEYOND, A_WHILE = timedelta(hours=200), timedelta(hours=2)
AGED_EVENT = (
    "update job_source_callback_events set received_at = now() - %s, created_at = now() - %s "
    "where source_run_id = %s"
)
AGED_RUN = (
    "update job_source_runs set created_at = now() - %s, started_at = now() - %s, "
    "last_heartbeat_at = now() - %s where id = %s"
)
#: What is told of a run beyond the window, a silent and a failed one.
SILENCE_AND_AGE = {
    "scrape.totalRuns": 2,
    "scrape.completedRuns": 0,
    "scrape.failedRuns": 2,
    "callback.totalEvents": 1,
    "callback.failedEvents": 1,
    "lifecycle.staleReconciledRuns": 1,
}
AGED_FIELDS = [tuple(name.split(".")) for name in SILENCE_AND_AGE]
#: Rates have four decimals.
ROUNDED = 0.5e-4
#: Longer than anything here takes to be scraped.
SOON_SECONDS = timedelta(seconds=30).total_seconds()


@pytest.mark.claim("jobsources.numbers-at-one-path")
def test_the_numbers_have_one_path(claim: ClaimHandle, driven: Driven) -> None:
    """The short form of the older page is no second door."""
    api = driven.api
    admin = {"Authorization": f"Bearer {api.token('admin')}"}

    found = api.send("GET", NUMBERS, headers=admin).status
    other = api.attempt("GET", UNPREFIXED, headers=admin, unanswered=False).status

    claim.expect(code=found, other=other)


@pytest.mark.claim("jobsources.numbers-need-admin")
def test_only_administrators_see_the_numbers(claim: ClaimHandle, driven: Driven) -> None:
    """And Prometheus, with its token."""
    api = driven.api

    anonymous, user, admin = (api.send("GET", NUMBERS, user=who) for who in (None, "a", "admin"))
    stranger, forger = (api.send("GET", SERIES, bearer=token) for token in (None, "not-the-token"))

    claim.require(admin.is_done, f"an administrator is answered {admin!r}")
    claim.require(api.samples().all, "nothing is served to whom has the token")
    claim.expect(anonymous=anonymous.status, user=user.status)
    for who, reply in (("without a token", stranger), ("with another token", forger)):
        refused = reply.status == claim["anonymous"]
        assert refused, f"{who} {SERIES} is answered with {reply.status}"


@pytest.mark.claim("jobsources.alert-inputs-served")
def test_the_inputs_of_the_alerts_are_among_the_numbers(driven: Driven) -> None:
    """Before anything ran, and after."""
    for seen in (driven.idle, driven.after):
        wrong = {
            ".".join(path): _at(seen.numbers, path)
            for path in [*list(FIELDS)[:4], *RATES]
            if not _is_number(_at(seen.numbers, path), may_lack=path in RATES)
        }
        assert not wrong, f"missing, or no numbers: {', '.join(wrong)}"


@pytest.mark.claim("jobsources.series-equal-fields")
def test_each_series_is_its_field(
    driven: Driven, described: Deployment, alerts: Callable[[Twin], Sheet]
) -> None:
    """Also while there is nothing to count; a rate is that of its two series."""
    read = {name for alert in alerts(described.twin).table.alerts for name in alert.series}

    for seen in (driven.idle, driven.scraped, driven.after):
        lacking = sorted(read - set(seen.series))
        assert not lacking, f"rules read what is not served: {', '.join(lacking)}"
        assert {name: seen.series.get(name) for path, name in FIELDS.items()} == {
            name: _at(seen.numbers, path) for path, name in FIELDS.items()
        }
        for path, (part, whole) in RATES.items():
            rate = seen.series[part] / seen.series[whole] if seen.series[whole] else None
            assert _at(seen.numbers, path) == (rate and pytest.approx(rate, abs=ROUNDED))


@pytest.mark.claim("jobsources.numbers-true")
def test_the_numbers_are_what_was_done(driven: Driven, drill: Deployment) -> None:
    """Run by run, callback by callback; what is older than the window is over."""
    idle = {name: driven.idle.series.get(name) for name in LEDGER}

    assert idle == dict.fromkeys(LEDGER, 0)
    assert {name: driven.after.series.get(name) for name in LEDGER} == LEDGER
    assert {name: _at(driven.after.numbers, path) for path, name in FIELDS.items()} == {
        name: LEDGER[name] for name in FIELDS.values()
    }
    if drill.system.sql is not None:
        assert _of_silence_and_age(drill) == SILENCE_AND_AGE


def _of_silence_and_age(drill: Deployment) -> dict[str, Any]:
    """Of one run that ended well long ago, one that nobody heard of, and one that failed: the numbers."""
    api = drill.api({"SCRAPE_STALE_SWEEP_SEC": "1"})
    old, silent = api.begin(), api.begin()
    api.deliver(completed(old))
    api.failed_run()
    drill.writer.rows(AGED_EVENT, BEYOND, BEYOND, old)
    drill.writer.rows(AGED_RUN, BEYOND, BEYOND, BEYOND, old)
    drill.writer.rows(AGED_RUN, A_WHILE, A_WHILE, A_WHILE, silent)
    if (
        until(lambda: api.status(silent), lambda status: status == "FAILED", SOON_SECONDS)
        != "FAILED"
    ):
        raise NoVerdict("a run that nobody hears of does not end")
    numbers = api.numbers()
    return {".".join(path): _at(numbers, path) for path in AGED_FIELDS}


@pytest.mark.claim("jobsources.failed-query-is-not-zero")
def test_what_cannot_be_counted_is_not_zero(claim: ClaimHandle, drill: Deployment) -> None:
    """A table that is gone, and is back."""
    store, api = drill.writer, drill.api()
    before, admin = api.series(), api.token("admin")

    store.rows(f"alter table {EVENTS} rename to {EVENTS}_away")
    try:
        refused = api.send("GET", NUMBERS, bearer=admin).status
        blind = api.series()
    finally:
        store.rows(f"alter table {EVENTS}_away rename to {EVENTS}")
    after = api.series()

    claim.require(set(LEDGER) <= set(before), "the gauges were not there before")
    claim.expect(code=refused, query_ok=blind.get(QUERY_OK))
    assert sorted(set(LEDGER) & set(blind)) == []
    assert set(LEDGER) <= set(after)


@pytest.mark.claim("jobsources.prometheus-sees-it")
def test_a_prometheus_sees_what_is_served(
    claim: ClaimHandle, drill: Deployment, alerts: Callable[[Twin], Sheet]
) -> None:
    """With the rules loaded; and that the API is gone."""
    sheet, api = alerts(drill.twin), drill.api()
    claim.require(api.deliver(beat(api.begin())).is_applied, "a heartbeat was not taken")
    job = Scrape(f"{api.url}{api.access.path(SERIES)}", bearer=api.access.credential("ops"))
    read = [name for alert in sheet.table.alerts for name in alert.series]

    with Prometheus(prometheus.render(sheet), {"jobsources": job}) as server:
        server.wait_until_scraped()
        held = {name: server.value(name) for name in read}
        served = api.series()
        api.process.kill()
        server.wait_until(lambda p: p.value("up") == claim["up"], "up is 0", SOON_SECONDS)

    assert sorted(set(read) - set(served)) == []
    assert held == {name: served[name] for name in read}
    assert held["jobsources_running_runs"] == 1


def _at(numbers: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """A field of the numbers; `...` where it is not there."""
    return numbers.get(path[0], {}).get(path[1], ...)


def _is_number(value: Any, *, may_lack: bool) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number or (may_lack and value is None)
