"""
Synthetic series on which a rule is held to what its claim says.

A `Scene` is a play of some samples, one each step, and what an alert must be at some of its moments.
`ladder` makes the plays that every threshold with a hold must pass. Nothing here runs them:
`proofbook.instruments.promtool` does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.alerts.promql import duration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from proofbook.alerts.model import Rule

INACTIVE, PENDING, FIRING = "inactive", "pending", "firing"

#: What every series is at one moment; a series that is not there is not in it.
Sample = dict[str, float] | dict[str, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What an alert must be at a moment, from the scene's beginning."""

    alert: str
    at: timedelta
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One play."""

    name: str
    #: The time between two samples, and between two evaluations.
    every: timedelta
    #: All series at each step, from the first.
    samples: Sequence[Mapping[str, float]]
    seen: Sequence[Seen]

    def series(self) -> dict[str, str]:
        """Each series in promtool's notation, `_` where it is not there."""
        names = dict.fromkeys(name for sample in self.samples for name in sample)
        return {
            name: " ".join(f"{each[name]:g}" if name in each else "_" for each in self.samples)
            for name in names
        }


def ladder(  # noqa: PLR0913 - a rule and the samples on each side of its threshold, each by name
    rule: Rule,
    *,
    over: Sample,
    edge: Sample,
    well: Sample,
    empty: Sample | None = None,
    missing: Rule | None = None,
    every: timedelta = timedelta(minutes=1),
) -> tuple[Scene, ...]:
    """
    What a threshold with a hold must do.

    `over` is past the threshold, `edge` just not, `well` healthy; `empty`, where there is such a thing, is
    the moment without traffic. It fires once its condition has lasted for the hold, not one sample
    before, not at the edge, not when the condition ended in between; it ends with its condition; nothing
    of nothing, and no series at all, never fire it, and then `missing`, the rule for absent data, does.
    """
    steps = rule.hold // every

    def scene(name: str, samples: list[Sample], *states: tuple[int, str]) -> Scene:
        seen = [Seen(rule.name, at * every, state) for at, state in states]
        return Scene(name=f"{rule.name}: {name}", every=every, samples=samples, seen=seen)

    last = [(steps - 1, PENDING)] if steps else []
    found = [
        scene(
            "lasts for its whole hold, then ends",
            [over] * (steps + 1) + [well] * 2,
            *last,
            (steps, FIRING),
            (steps + 1, INACTIVE),
        ),
        scene("not at the edge", [edge] * (steps + 3), (0, INACTIVE), (steps + 2, INACTIVE)),
        scene("not when all is well", [well] * (steps + 3), (steps + 2, INACTIVE)),
    ]
    if steps:
        broken = [over] * steps + [well] + [over] * steps
        ends = [(steps - 1, PENDING), (steps, INACTIVE), (2 * steps, PENDING)]
        found.append(scene("one sample short of its hold, twice", broken, *ends))
    if empty is not None:
        found.append(scene("nothing of nothing", [empty] * (steps + 3), (steps + 2, INACTIVE)))
    if missing is not None:
        found += _absences(rule, missing, well, every)
    return tuple(found)


def _absences(rule: Rule, missing: Rule, well: Sample, every: timedelta) -> list[Scene]:
    """Without any of its series, and without each of them alone."""
    steps = missing.hold // every
    partial = [{name: at for name, at in well.items() if name != left} for left in well]
    return [
        Scene(
            name=f"{missing.name}: without {' and '.join(sorted(set(well) - set(there)))}",
            every=every,
            samples=[there] * (steps + 3),
            seen=[
                Seen(rule.name, (steps + 2) * every, INACTIVE),
                Seen(missing.name, steps * every, FIRING),
            ],
        )
        for there in ({}, *partial)
    ] + [
        Scene(
            name=f"{missing.name}: not while all is there",
            every=every,
            samples=[well] * (steps + 3),
            seen=[Seen(missing.name, (steps + 2) * every, INACTIVE)],
        )
    ]


def play(scene: Scene, rules: str) -> dict[str, object]:
    """
    The input of `promtool test rules`, as YAML has it.

    `rules` is the name of the rules file. An alert's state is read from the series `ALERTS`, since
    promtool's own form would ask for each label and annotation once more.
    """
    series = [{"series": name, "values": values} for name, values in scene.series().items()]
    test = {
        "name": scene.name,
        "interval": duration(scene.every),
        "input_series": series,
        "promql_expr_test": [_asked(seen) for seen in scene.seen],
    }
    return {
        "rule_files": [rules],
        "evaluation_interval": duration(scene.every),
        "tests": [test],
    }


def _asked(seen: Seen) -> dict[str, object]:
    """Two for one that fires, one for one that waits, none for one that does neither."""
    either = f'count(ALERTS{{alertname="{seen.alert}"}}) or vector(0)'
    fires = f'count(ALERTS{{alertname="{seen.alert}",alertstate="firing"}}) or vector(0)'
    states = (INACTIVE, PENDING, FIRING)
    return {
        "expr": f"clamp_max({either}, 1) + clamp_max({fires}, 1)",
        "eval_time": duration(seen.at),
        "exp_samples": [{"labels": "{}", "value": states.index(seen.state)}],
    }
