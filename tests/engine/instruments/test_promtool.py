"""Prometheus' own judge on our rules: true ones pass, and each broken one is caught."""

from __future__ import annotations

import shutil

import pytest

from proofbook.alerts import prometheus
from proofbook.alerts.scenes import ladder
from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments import promtool
from tests.engine.alerts.samples import TABLE, sheet

needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool is not installed"
)

RATIO = "tills_silent / tills"
SHEET = sheet(TABLE.replace("""'tills{kind="open"}'""", '"tills"'))
RULES = prometheus.render(SHEET)
SCENES = ladder(
    SHEET.rule("ShopTillsSilent"),
    over={"tills_silent": 4, "tills": 12},
    edge={"tills_silent": 3, "tills": 12},
    well={"tills_silent": 0, "tills": 12},
    empty={"tills_silent": 0, "tills": 0},
    missing=SHEET.rule("ShopTillsSilentNoData"),
)


@needs_promtool
def test_rules_from_a_claim_do_what_it_says() -> None:
    """All of them are readable, and every scene comes true."""
    assert promtool.disagreements(RULES, SCENES) == ()


@needs_promtool
@pytest.mark.parametrize(
    ("right", "wrong", "first"),
    [
        (
            f"{RATIO} > 0.25",
            f"{RATIO} >= 0.25",
            "not at the edge: at 0s ShopTillsSilent is pending, not inactive",
        ),
        (
            f"{RATIO} > 0.25",
            f"{RATIO} < 0.25",
            "lasts for its whole hold, then ends: at 4m ShopTillsSilent is inactive, not pending",
        ),
        (
            'for: "5m"',
            'for: "4m"',
            "lasts for its whole hold, then ends: at 4m ShopTillsSilent is firing, not pending",
        ),
        (
            f"{RATIO} > 0.25",
            f"max_over_time(({RATIO})[30m:1m]) > 0.25",
            "lasts for its whole hold, then ends: at 6m ShopTillsSilent is firing, not inactive",
        ),
        (
            f"{RATIO} > 0.25",
            f"({RATIO} or vector(1)) > 0.25",
            "without tills and tills_silent: at 7m ShopTillsSilent is firing, not inactive",
        ),
        (
            "absent(tills_silent) or absent(tills)",
            "absent(tills_silent)",
            "without tills: at 5m ShopTillsSilentNoData is inactive, not firing",
        ),
    ],
    ids=["at-the-edge", "inverted", "hold-short", "latched", "silence-fires", "silence-missed"],
)
def test_a_broken_rule_is_caught(right: str, wrong: str, first: str) -> None:
    """In the first scene that tells it apart."""
    assert right in RULES

    found = promtool.disagreements(RULES.replace(right, wrong), SCENES)

    assert found[0].partition(": ")[2] == first


@needs_promtool
def test_what_promtool_cannot_read_gives_no_verdict() -> None:
    """Rules that are none, and scenes in which nothing is looked at."""
    with pytest.raises(NoVerdict, match=r"^promtool cannot read the rules: "):
        promtool.disagreements(RULES.replace(RATIO, "tills_silent /"), SCENES)
    with pytest.raises(NoVerdict, match=r"^no scene looks at any alert$"):
        promtool.disagreements(RULES, ())


def test_without_promtool_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """And what to install is said."""
    monkeypatch.setenv("PATH", "")

    with pytest.raises(NotAsked) as missing:
        promtool.disagreements(RULES, SCENES)

    assert str(missing.value) == "promtool is not installed"
    assert missing.value.remedy == "install Prometheus (Debian: apt-get install prometheus)"
