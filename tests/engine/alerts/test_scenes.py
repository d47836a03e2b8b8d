"""The plays that every threshold with a hold must pass."""

from __future__ import annotations

from datetime import timedelta

from proofbook.alerts.scenes import FIRING, INACTIVE, PENDING, Scene, Seen, ladder, play
from tests.engine.alerts.samples import sheet

MINUTE = timedelta(minutes=1)
OVER, EDGE, WELL = {"a": 4, "b": 12}, {"a": 3, "b": 12}, {"a": 0, "b": 12}


def test_a_rule_is_held_to_its_whole_hold() -> None:
    """Not one sample less, not at the edge, not of nothing; and silence has an alert of its own."""
    made = sheet()
    rule, missing = made.rule("ShopTillsSilent"), made.rule("ShopTillsSilentNoData")

    scenes = ladder(rule, over=OVER, edge=EDGE, well=WELL, empty={"a": 0, "b": 0}, missing=missing)

    assert [scene.name.partition(": ")[2] for scene in scenes] == [
        "lasts for its whole hold, then ends",
        "not at the edge",
        "not when all is well",
        "one sample short of its hold, twice",
        "nothing of nothing",
        "without a and b",
        "without a",
        "without b",
        "not while all is there",
    ]
    assert scenes[0].seen == [
        Seen(rule.name, 4 * MINUTE, PENDING),
        Seen(rule.name, 5 * MINUTE, FIRING),
        Seen(rule.name, 6 * MINUTE, INACTIVE),
    ]
    assert scenes[3].series()["a"] == "4 4 4 4 4 0 4 4 4 4 4"
    assert scenes[5].seen[1] == Seen(missing.name, 5 * MINUTE, FIRING)


def test_a_rule_without_hold_fires_with_the_first_sample() -> None:
    """There is nothing to wait out then."""
    scenes = ladder(sheet().rule("ShopRefusals"), over={"r": 3}, edge={"r": 2}, well={"r": 0})

    assert [len(scene.samples) for scene in scenes] == [3, 3, 3]
    assert scenes[0].seen[0] == Seen("ShopRefusals", timedelta(), FIRING)


def test_a_scene_is_what_promtool_reads() -> None:
    """A series that is not there is a gap; a state is a number."""
    scene = Scene(
        name="x", every=MINUTE, samples=[{"a": 1}, {"b": 0.5}], seen=[Seen("A", MINUTE, FIRING)]
    )

    told = play(scene, "rules.yml")

    assert told == {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "1m",
        "tests": [
            {
                "name": "x",
                "interval": "1m",
                "input_series": [
                    {"series": "a", "values": "1 _"},
                    {"series": "b", "values": "_ 0.5"},
                ],
                "promql_expr_test": [
                    {
                        "expr": 'clamp_max(count(ALERTS{alertname="A"}) or vector(0), 1) + '
                        'clamp_max(count(ALERTS{alertname="A",alertstate="firing"}) or vector(0), 1)',
                        "eval_time": "1m",
                        "exp_samples": [{"labels": "{}", "value": 2}],
                    }
                ],
            }
        ],
    }
