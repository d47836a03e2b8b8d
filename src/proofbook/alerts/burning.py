"""
Alerts for error budgets that burn too fast, each over two windows.

A level says which share of the budget may go in how long: 2 % of 30 days' in one hour is 14.4 times the
even pace. The long window makes it weigh, the short one, a twelfth of it, makes it end when the trouble
does (The Site Reliability Workbook, chapter 5, method 6).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.alerts.model import Rule
from proofbook.alerts.promql import duration, length, number, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.alerts.model import Burn, Level, Slo
    from proofbook.alerts.sheet import Sheet

#: The short window's part of the long one.
SHORT = 12


def rules(sheet: Sheet) -> Iterator[Rule]:
    """A rule for each SLO that Prometheus counts and each level; and one for when it counts nothing."""
    burn = sheet.table.burn
    if burn is None:
        return
    for slo in sheet.table.slos:
        if not slo.total:
            continue
        made = [_rule(sheet, slo, burn, level) for level in burn.levels]
        yield from made
        shortest = min(
            length(sheet.claim(burn.claim, burn.place), level.over, burn.place)
            for level in burn.levels
        )
        whole = Rule(
            name=f"{slo.name}Burn",
            claim=burn.claim,
            expr="",
            hold=shortest / SHORT,
            labels={"severity": burn.levels[0].severity, "claim": burn.claim},
            annotations=made[0].annotations,
        )
        yield from sheet.absence(whole, slo.series)


def pace(sheet: Sheet, burn: Burn, level: Level) -> float:
    """How many times faster than evenly a budget goes at that level: 14.4."""
    claim = sheet.claim(burn.claim, burn.place)
    spent = share(claim, level.spent, burn.place)
    window = length(claim, burn.window, burn.place)
    return spent * (window / length(claim, level.over, burn.place))


def goal(sheet: Sheet, slo: Slo) -> float:
    """The share of events that must be good, of 1."""
    return share(sheet.claim(slo.claim, slo.place), slo.target, slo.place)


def _rule(sheet: Sheet, slo: Slo, burn: Burn, level: Level) -> Rule:
    claim = sheet.claim(burn.claim, burn.place)
    long = length(claim, level.over, burn.place)
    most = number(pace(sheet, burn, level) * (1 - goal(sheet, slo)))
    return Rule(
        name=f"{slo.name}Burn{level.name}",
        claim=claim.id,
        expr=" and ".join(f"{_share(slo, each)} > {most}" for each in (long, long / SHORT)),
        hold=timedelta(),
        labels={"severity": level.severity, "claim": claim.id, "slo": slo.claim},
        annotations={
            "summary": sheet.claim(slo.claim, slo.place).sentence,
            "runbook_url": sheet.url(slo.step),
        },
    )


def _share(slo: Slo, window: timedelta) -> str:
    """The share of bad events over a window."""
    bad, total = (each.replace("$window", duration(window)) for each in (slo.bad, slo.total))
    return f"({bad} / {total})"
