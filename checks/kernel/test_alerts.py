"""Alerts: the rules that are made of the sentences fire when those say so, and are silent when they do not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from proofbook import NoVerdict
from proofbook.alerts import prometheus
from proofbook.alerts.scenes import FIRING, INACTIVE, PENDING, Scene, Seen, ladder
from proofbook.errors import RunbookError
from proofbook.instruments.promtool import disagreements, program

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.alerts import Rule, Sheet
    from proofbook.stack import Twin

#: What the table of alerts says is part of these checks.
READS = ("runbooks/kernel/alerts.toml",)
MINUTE = timedelta(minutes=1)
FAILURES = "kernel_audit_append_failures_total"
VALID = "kernel_audit_chain_valid"
#: Calls to the signer in a minute.
CALLS = 1000
Alerts = Callable[["Twin"], "Sheet"]


@pytest.mark.claim("kernel.lost-dependency-alerts")
@pytest.mark.parametrize(("name", "dependency"), [("KernelKmsDown", "kms"), ("KernelDbDown", "db")])
def test_a_lost_dependency_alerts(
    claim: ClaimHandle, described: Deployment, alerts: Alerts, name: str, dependency: str
) -> None:
    """Down for so long, it fires; back, it ends; a series that is gone is noticed, too."""
    sheet = _sheet(described, alerts)
    rule = _rule(sheet, claim, name)
    down, up = ({f'kernel_dependency_up{{dependency="{dependency}"}}': is_up} for is_up in (0, 1))

    scenes = ladder(rule, over=down, edge=up, well=up, missing=_rule(sheet, claim, f"{name}NoData"))

    claim.expect(hold=rule.hold)
    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("kernel.sign-errors-alert")
def test_too_many_failed_signatures_alert(
    claim: ClaimHandle, described: Deployment, alerts: Alerts
) -> None:
    """Above the share for so long, it fires; a shade below, and where nobody signs, it does not."""
    sheet = _sheet(described, alerts)
    rule, bound = _rule(sheet, claim, "KernelSignErrors"), claim.bound("errors").lower
    hold, window = claim["hold"] // MINUTE, claim["window"] // MINUTE
    more, fewer = bound * CALLS * 1.1, bound * CALLS * 0.9

    long = [more] * (hold + 1) + [0.0] * (window + 1)
    # A rate takes two samples: the condition holds from the second one on.
    states = {hold: PENDING, hold + 1: FIRING, len(long): INACTIVE}
    scenes = (
        _scene(rule, "lasts for its whole hold, then ends", _signs(long), states),
        _scene(rule, "a shade below", _signs([fewer] * (window + hold)), {window + hold: INACTIVE}),
        _scene(rule, "nobody signs", _signs([0.0] * window, calls=0), {window: INACTIVE}),
    )

    claim.expect(hold=rule.hold)
    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("kernel.append-failures-alert")
def test_a_lost_event_alerts(claim: ClaimHandle, described: Deployment, alerts: Alerts) -> None:
    """One is enough, at once, and for as long as the window holds it."""
    sheet = _sheet(described, alerts)
    rule, window = _rule(sheet, claim, "KernelAuditAppendFailures"), claim["window"] // MINUTE

    counts = [0.0] * 3 + [1.0] * (window + 2)
    states = {2: INACTIVE, 3: FIRING, window: FIRING, window + 4: INACTIVE}
    scene = _scene(rule, "one failure", [{FAILURES: count} for count in counts], states)

    assert _disagreements(sheet, (scene,)) == ()


@pytest.mark.claim("kernel.broken-chain-alerts")
def test_a_broken_chain_alerts(claim: ClaimHandle, described: Deployment, alerts: Alerts) -> None:
    """At once; whole, or never verified, it does not."""
    sheet = _sheet(described, alerts)
    rule = _rule(sheet, claim, "KernelAuditChainInvalid")

    scenes = ladder(rule, over={VALID: 0}, edge={VALID: 1}, well={VALID: 1}, empty={})

    assert _disagreements(sheet, scenes) == ()


@pytest.mark.claim("kernel.absent-kernel-alerts")
def test_an_absent_kernel_alerts(claim: ClaimHandle, described: Deployment, alerts: Alerts) -> None:
    """Not scraped, or not even known; one that answers, of two, is enough to be silent."""
    sheet = _sheet(described, alerts)
    rule = _rule(sheet, claim, "KernelAbsent")
    one, other = (f'up{{job="kernel",instance="{each}"}}' for each in "ab")
    well: dict[str, float] = {one: 1, other: 1}
    edge: dict[str, float] = {one: 0, other: 1}

    hold = claim["hold"] // MINUTE
    nobody = _scene(rule, "nobody is known", [{}] * (hold + 1), {0: PENDING, hold: FIRING})
    scenes = (*ladder(rule, over={one: 0, other: 0}, edge=edge, well=well), nobody)

    claim.expect(hold=rule.hold)
    assert _disagreements(sheet, scenes) == ()


def _sheet(described: Deployment, alerts: Alerts) -> Sheet:
    """The alerts that the claims make. Raises `NotAsked` where nothing is there to judge them."""
    program()
    return alerts(described.twin)


def _rule(sheet: Sheet, claim: ClaimHandle, name: str) -> Rule:
    """The rule of that name; an `AssertionError` if the claim makes none."""
    try:
        found = {rule.name: rule for rule in sheet.rules() if rule.claim == claim.id}
    except RunbookError as wrong:
        raise NoVerdict(f"no rules can be made: {wrong}") from None
    assert name in found, (
        f"{claim.id} makes no alert {name}; it makes: {', '.join(found) or 'none'}"
    )
    return found[name]


def _disagreements(sheet: Sheet, scenes: Sequence[Scene]) -> tuple[str, ...]:
    return disagreements(prometheus.render(sheet), scenes)


def _scene(
    rule: Rule, name: str, samples: Sequence[Mapping[str, float]], states: Mapping[int, str]
) -> Scene:
    """A play of one sample a minute, and what the alert is at some of them."""
    seen = [Seen(rule.name, at * MINUTE, state) for at, state in states.items()]
    return Scene(name=f"{rule.name}: {name}", every=MINUTE, samples=samples, seen=seen)


def _signs(errors: Sequence[float], *, calls: float = CALLS) -> list[dict[str, float]]:
    """Counters of the signer, from nothing on: so many errors each minute, of so many calls."""
    failed = list(accumulate(errors, initial=0.0))
    done = list(accumulate((calls - each for each in errors), initial=0.0))
    name = "kernel_sign_operations_total"
    return [
        {f'{name}{{result="ok"}}': ok, f'{name}{{result="error"}}': wrong}
        for ok, wrong in zip(done, failed, strict=True)
    ]
