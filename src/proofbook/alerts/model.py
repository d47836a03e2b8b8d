"""What `alerts.toml` says, and the rules that come of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.errors import Place

#: Where somebody is woken.
PAGE = "page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Which series stand for the words of a claim."""

    name: str
    #: Its table in the file.
    place: Place
    claim: str
    #: PromQL with `{value}` and `{value.value}` of the claim.
    expr: str
    #: Series that must be there for the expression to say anything: names, with labels if need be.
    series: tuple[str, ...] = ()
    #: The claim's value that is the hold; `None`: it fires at once.
    hold: str | None = None
    #: A page beside the file and a step on it: `alerts.md#count-runs`.
    step: str
    severity: str = PAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Slo:
    """Which series count an SLO's events, bad ones and all; or the load profile that measures it."""

    name: str
    place: Place
    claim: str
    #: The claim's value that is promised: `availability` of `availability >= 99.5 %`, `p95` of a bound.
    target: str
    #: PromQL with `$window`; empty where a load run is the source.
    bad: str = ""
    total: str = ""
    series: tuple[str, ...] = ()
    #: `loadtests/jobsources.py:Reads`; empty where Prometheus is the source.
    profile: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One speed at which a budget burns: so much of it, in so long."""

    name: str
    spent: str
    over: str
    severity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """Which values of which claim say how fast a budget may go."""

    place: Place
    claim: str
    window: str
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One `alerts.toml`, read."""

    path: str
    alerts: tuple[Alert, ...] = ()
    slos: tuple[Slo, ...] = ()
    burn: Burn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One alerting rule of Prometheus."""

    name: str
    claim: str
    expr: str
    #: How long the condition must last; zero: it fires at once.
    hold: timedelta = timedelta()
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)
    #: The alert whose data is missing when this one fires; empty for all others.
    watches: str = ""
