"""
OpenSLO v1 documents: an SLO for each row of the table, and its alert policies.

Objectives are shares of events (`Occurrences`). A percentile is one, too: `p95 <= 600 ms` is 95 % of
requests within 600 ms. OpenSLO writes durations in whole minutes, hours and days.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.alerts import yaml
from proofbook.alerts.burning import goal, pace
from proofbook.alerts.promql import duration, length, value
from proofbook.errors import Problem, RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.alerts.model import Burn, Level, Slo
    from proofbook.alerts.sheet import Sheet

_API = "openslo/v1"
_PERCENTILE = re.compile(r"p(\d{2})(\d*)")
_LABEL = re.compile(r"[^a-z0-9]+")
#: The longest name that RFC 1123 allows, and the longest description of an SLO.
_NAME, _DESCRIPTION = 63, 1050


def render(sheet: Sheet) -> str:
    """Every document; empty where the table has no SLO."""
    burn = sheet.table.burn
    if not sheet.table.slos:
        return ""
    if burn is None:
        place = sheet.table.slos[0].place
        raise RunbookError([Problem(place, "an SLO holds over a window; say in [burn] which")])
    found: list[object] = []
    for slo in sheet.table.slos:
        found += [_slo(sheet, slo, burn), *_policies(sheet, slo, burn)]
    return yaml.documents(found)


def _slo(sheet: Sheet, slo: Slo, burn: Burn) -> dict[str, object]:
    claim = sheet.claim(slo.claim, slo.place)
    window = length(sheet.claim(burn.claim, burn.place), burn.window, burn.place)
    target, metric = _objective(sheet, slo)
    policies = [] if slo.profile else [{"alertPolicyRef": name} for name, _ in _named(slo, burn)]
    spec: dict[str, object] = {
        "description": claim.sentence[:_DESCRIPTION],
        "service": sheet.system,
        "indicator": {
            "metadata": {"name": _name(slo.claim, "sli")},
            "spec": {"ratioMetric": metric},
        },
        "timeWindow": [{"duration": duration(window), "isRolling": True}],
        "budgetingMethod": "Occurrences",
        "objectives": [{"displayName": slo.target, "target": target}],
    }
    if policies:
        spec["alertPolicies"] = policies
    return {
        "apiVersion": _API,
        "kind": "SLO",
        "metadata": {
            "name": _name(slo.claim),
            "annotations": {
                "proofbook.dev/claim": slo.claim,
                "proofbook.dev/runbook": sheet.url(slo.step),
            },
        },
        "spec": spec,
    }


def _objective(sheet: Sheet, slo: Slo) -> tuple[float, dict[str, object]]:
    """The share that must be good, and how good and all are counted."""
    if not slo.profile:
        sources = {
            kind: {"metricSource": {"type": "prometheus", "spec": {"query": query}}}
            for kind, query in (("bad", slo.bad), ("total", slo.total))
        }
        return round(goal(sheet, slo), 6), {"counter": False, **sources}
    bound = value(sheet.claim(slo.claim, slo.place), slo.target, slo.place)
    found = _PERCENTILE.fullmatch(slo.target)
    if not found or not isinstance(bound.literal, timedelta):
        message = f"`{bound.text}` of {slo.claim} is no percentile; call it p95"
        raise RunbookError([Problem(slo.place, message)])
    most = bound.literal / timedelta(milliseconds=1)
    spec: dict[str, object] = {"profile": slo.profile}
    return float(f"0.{found[1]}{found[2]}"), {
        "counter": True,
        "good": _measured({**spec, "le_ms": round(most), "errors": "bad"}),
        "total": _measured(spec),
    }


def _measured(spec: dict[str, object]) -> dict[str, object]:
    return {"metricSource": {"type": "proofbook/locust", "spec": spec}}


def _policies(sheet: Sheet, slo: Slo, burn: Burn) -> Iterator[dict[str, object]]:
    """An alert policy for each level; silence is no health."""
    for name, level in [] if slo.profile else _named(slo, burn):
        yield {
            "apiVersion": _API,
            "kind": "AlertPolicy",
            "metadata": {"name": name},
            "spec": {
                "alertWhenNoData": True,
                "alertWhenResolved": False,
                "alertWhenBreaching": True,
                "conditions": [_condition(sheet, burn, level, name)],
                "notificationTargets": [],
            },
        }


def _condition(sheet: Sheet, burn: Burn, level: Level, name: str) -> dict[str, object]:
    over = length(sheet.claim(burn.claim, burn.place), level.over, burn.place)
    condition: dict[str, object] = {
        "kind": "burnrate",
        "op": "gt",
        "threshold": round(pace(sheet, burn, level), 6),
        "lookbackWindow": duration(over),
        "alertAfter": "0m",
    }
    return {
        "kind": "AlertCondition",
        "metadata": {"name": name},
        "spec": {"severity": level.severity, "condition": condition},
    }


def _named(slo: Slo, burn: Burn) -> list[tuple[str, Level]]:
    return [(_name(slo.claim, level.name.lower()), level) for level in burn.levels]


def _name(claim: str, also: str = "") -> str:
    """A claim's id as a name of RFC 1123: small letters, digits and hyphens."""
    return _LABEL.sub("-", f"{claim} {also}".lower()).strip("-")[:_NAME].strip("-")
