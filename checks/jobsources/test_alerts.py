"""Alerts: the rules that are made of the sentences fire when those say so; the numbers that they read are true."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.driven import BADLY, LEDGER, RETRIED, RETRIED_WELL, RUNNING, SILENT, WELL
from proofbook import NoVerdict
from proofbook.alerts import prometheus
from proofbook.alerts.burning import SHORT
from proofbook.alerts.scenes import FIRING, INACTIVE, PENDING, Scene, Seen, ladder
from proofbook.errors import RunbookError
from proofbook.instruments.promtool import disagreements, program

if TYPE_CHECKING:
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.driven import Driven
    from proofbook import ClaimHandle
    from proofbook.alerts import Rule, Sheet
    from proofbook.stack import Twin

#: What the table of alerts says is part of these checks.
READS = ("runbooks/jobsources/alerts.toml",)
#: Rates have four decimals.
ROUNDED = 0.5e-4
MINUTE = timedelta(minutes=1)
Alerts = Callable[["Twin"], "Sheet"]

#: Alert → the series of the part and of the whole, and what is well.
RATIOS = {
    "JobSourcesHeartbeatStale": ("running_without_heartbeat", "running_runs", 0.0),
    "JobSourcesCallbackFailed": ("callback_failed_events", "callback_total_events", 0.0),
    "JobSourcesRetrySuccessLow": ("retries_completed", "retries_finished", 1.0),
    "JobSourcesScrapeSuccessLow": ("scrapes_completed", "scrapes_finished", 1.0),
}


@pytest.mark.claim("jobsources.silent-runs-alert")
def test_silent_runs_alert(
    claim: ClaimHandle, described: Deployment, alerts: Alerts, driven: Driven
) -> None:
    """Above the share, and by the numbers of the API."""
    sheet = _sheet(described, alerts)

    _held(claim, sheet, "JobSourcesHeartbeatStale", "silent", claim["runs"])

    queue = driven.after.numbers["queue"]
    assert (queue["runningWithoutHeartbeat"], queue["runningRuns"]) == (SILENT, RUNNING)


@pytest.mark.claim("jobsources.failed-callbacks-alert")
def test_failed_callbacks_alert(
    claim: ClaimHandle, described: Deployment, alerts: Alerts, driven: Driven
) -> None:
    """Above the share, and by the numbers of the API."""
    sheet = _sheet(described, alerts)

    _held(claim, sheet, "JobSourcesCallbackFailed", "failed", claim["events"])

    numbers = driven.after.numbers["callback"]
    assert (numbers["failedEvents"], numbers["totalEvents"]) == (
        LEDGER["jobsources_callback_failed_events"],
        LEDGER["jobsources_callback_total_events"],
    )


@pytest.mark.claim("jobsources.failing-retries-alert")
def test_failing_retries_alert(
    claim: ClaimHandle, described: Deployment, alerts: Alerts, driven: Driven
) -> None:
    """Below the share; where nothing was retried there is no rate."""
    sheet = _sheet(described, alerts)

    _held(claim, sheet, "JobSourcesRetrySuccessLow", "succeeded", claim["retries"])

    idle = driven.idle.numbers["lifecycle"]["retrySuccessRate"]
    assert idle is None, f"with nothing retried the rate is {idle}, not null"
    rate = driven.after.numbers["lifecycle"]["retrySuccessRate"]
    assert rate == pytest.approx(RETRIED_WELL / RETRIED, abs=ROUNDED)


@pytest.mark.claim("jobsources.failing-scrapes-alert")
def test_failing_scrapes_alert(
    claim: ClaimHandle, described: Deployment, alerts: Alerts, driven: Driven
) -> None:
    """Below the share; what is under way has neither failed nor succeeded."""
    sheet = _sheet(described, alerts)

    _held(claim, sheet, "JobSourcesScrapeSuccessLow", "succeeded", claim["runs"])

    idle = driven.idle.numbers["scrape"]["successRate"]
    assert idle is None, f"with nothing ended the rate is {idle}, not null"
    rate = driven.scraped.numbers["scrape"]["successRate"]
    assert rate == pytest.approx(WELL / (WELL + BADLY), abs=ROUNDED)


@pytest.mark.claim("jobsources.alerts-wait-their-hold")
def test_each_alert_waits_for_its_whole_hold(described: Deployment, alerts: Alerts) -> None:
    """One sample short, twice, is not once."""
    sheet = _sheet(described, alerts)

    scenes = [_lapsing(name, _hold(sheet, name), *_samples(sheet, name)) for name in RATIOS]

    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("jobsources.alerts-end-with-condition")
def test_each_alert_ends_with_its_condition(described: Deployment, alerts: Alerts) -> None:
    """Whoever mended it sees so."""
    sheet = _sheet(described, alerts)

    scenes = [_ending(name, _hold(sheet, name), *_samples(sheet, name)) for name in RATIOS]

    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("jobsources.absent-data-alerts")
def test_missing_series_have_an_alert_of_their_own(described: Deployment, alerts: Alerts) -> None:
    """For each series of each alert alone, and for all of them."""
    sheet = _sheet(described, alerts)

    scenes = [
        scene
        for name in RATIOS
        for scene in ladder(
            sheet.rule(name),
            over=_samples(sheet, name)[0],
            edge=_samples(sheet, name)[1],
            well=_samples(sheet, name)[1],
            missing=_rule(sheet, f"{name}NoData"),
        )
        if scene.name.startswith(f"{name}NoData")
    ]

    assert len(scenes) == 4 * len(RATIOS)
    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("jobsources.budget-burn-alerts")
def test_a_burning_budget_alerts(claim: ClaimHandle, described: Deployment, alerts: Alerts) -> None:
    """Past the pace of a level over both its windows; not at less, not after it ended, not of nothing."""
    sheet = _sheet(described, alerts)
    slo = sheet.claim("jobsources.api-available", sheet.table.slos[0].place)
    (target,) = [value.literal for value in slo.values if value.name == "availability"]
    assert isinstance(target, float)

    scenes: list[Scene] = []
    for level in ("Fast", "Slow", "Steady"):
        spent, over = claim[level.lower()], claim[f"{level.lower()}_over"]
        share = spent * (claim["window"] / over) * (1 - target)
        scenes += _burning(sheet.rule(f"JobSourcesAvailabilityBurn{level}"), share, over)

    assert _disagreements(sheet, scenes) == ()


def _held(claim: ClaimHandle, sheet: Sheet, name: str, share: str, whole: int) -> None:
    """Assert that an alert's rule has the claim's hold, fires past its share of `whole`, and not at it."""
    rule, bound = sheet.rule(name), claim.bound(share)
    most = bound.lower if bound.lower is not None else bound.upper
    at = round(most * whole)
    step = 1 if bound.lower is not None else -1
    part, total, well = RATIOS[name]

    def sample(number: float, of: float) -> dict[str, float]:
        return {f"jobsources_{part}": number, f"jobsources_{total}": of}

    scenes = ladder(
        rule,
        over=sample(at + step, whole),
        edge=sample(at, whole),
        well=sample(well * whole, whole),
        empty=sample(0, 0),
    )

    claim.expect(hold=rule.hold)
    claim.require(at == most * whole, f"{most:.0%} of {whole} is no whole number")
    # How long it holds and when it ends are claims of their own.
    threshold = [scene for scene in scenes if "one sample short" not in scene.name]
    assert _disagreements(sheet, threshold) == ()


def _samples(sheet: Sheet, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """A moment in which everything is bad, and one in which everything is well."""
    part, total, well = RATIOS[name]
    _rule(sheet, name)
    bad, good = (
        {f"jobsources_{part}": 100 * number, f"jobsources_{total}": 100.0}
        for number in (1 - well, well)
    )
    return bad, good


def _hold(sheet: Sheet, name: str) -> timedelta:
    """How long the sentence of an alert says that its condition lasts."""
    rule = _rule(sheet, name)
    (found,) = [value.literal for value in sheet.claims[rule.claim].values if value.name == "hold"]
    assert isinstance(found, timedelta)
    return found


def _lapsing(name: str, hold: timedelta, bad: dict[str, float], good: dict[str, float]) -> Scene:
    """Bad for one sample less than it takes, well for one, and bad again as long."""
    steps = hold // MINUTE
    samples = [bad] * steps + [good] + [bad] * (steps + 1)
    states = {
        steps - 1: PENDING,
        steps: INACTIVE,
        2 * steps: PENDING,
        2 * steps + 1: FIRING,
    }
    seen = [Seen(name, at * MINUTE, state) for at, state in states.items()]
    return Scene(name=f"{name}: lapses once", every=MINUTE, samples=samples, seen=seen)


def _ending(name: str, hold: timedelta, bad: dict[str, float], good: dict[str, float]) -> Scene:
    """Bad for longer than it takes, then well."""
    steps = hold // MINUTE + 3
    seen = [Seen(name, steps * MINUTE, FIRING), Seen(name, (steps + 1) * MINUTE, INACTIVE)]
    samples = [bad] * (steps + 1) + [good] * 2
    return Scene(name=f"{name}: ends", every=MINUTE, samples=samples, seen=seen)


def _burning(rule: Rule, share: float, over: timedelta) -> list[Scene]:
    """A level's plays: past its pace, at less, ended for the short window, and nobody there."""
    every = over / SHORT / 5
    whole, short = over // every, over / SHORT // every

    def play(name: str, shares: list[float], state: str, calls: float = 1000.0) -> Scene:
        good, bad = [0.0], [0.0]
        for each in shares:
            good.append(good[-1] + calls * (1 - each))
            bad.append(bad[-1] + calls * each)
        samples = [
            {_series(200): ok, _series(503): failed} for ok, failed in zip(good, bad, strict=True)
        ]
        seen = [Seen(rule.name, len(shares) * every, state)]
        return Scene(name=f"{rule.name}: {name}", every=every, samples=samples, seen=seen)

    return [
        play("past its pace", [share * 1.1] * whole, FIRING),
        play("at less", [share * 0.9] * whole, INACTIVE),
        play("it has ended", [min(1.0, share * 5)] * whole + [0.0] * (short + 1), INACTIVE),
        play("nobody asks", [0.0] * whole, INACTIVE, calls=0.0),
    ]


def _series(status: int) -> str:
    return (
        "jobsources_http_request_duration_seconds_count"
        f'{{method="GET",route="/health",status="{status}",llm="false"}}'
    )


def _sheet(described: Deployment, alerts: Alerts) -> Sheet:
    """The alerts that the claims make. Raises `NotAsked` where nothing is there to judge them."""
    program()
    return alerts(described.twin)


def _rule(sheet: Sheet, name: str) -> Rule:
    """A rule; one that is not there breaks the claim, and is no error of the suite."""
    try:
        return sheet.rule(name)
    except RunbookError as error:
        raise AssertionError(str(error)) from None


def _disagreements(sheet: Sheet, scenes: list[Scene]) -> tuple[str, ...]:
    """What does not come true; rules that nobody can read break the claim, too."""
    try:
        return disagreements(prometheus.render(sheet), scenes)
    except NoVerdict as error:
        if "cannot read the rules" in str(error):
            raise AssertionError(str(error)) from None
        raise
