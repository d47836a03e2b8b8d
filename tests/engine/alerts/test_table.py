"""What an alerts.toml may say, and what is wrong with others."""

from __future__ import annotations

import pytest

from proofbook.alerts import parse
from proofbook.errors import RunbookError
from tests.engine.alerts.samples import PATH, TABLE


def test_a_table_is_read_whole() -> None:
    """Every alert, SLO and level, in the order of the file."""
    table = parse(TABLE, PATH)

    assert [alert.name for alert in table.alerts] == ["ShopTillsSilent", "ShopRefusals"]
    assert [alert.severity for alert in table.alerts] == ["page", "ticket"]
    assert [slo.name for slo in table.slos] == ["ShopAnswers", "ShopLatency"]
    assert table.burn is not None
    assert [level.name for level in table.burn.levels] == ["Fast", "Slow"]


def test_a_number_that_belongs_into_the_sentence_is_refused() -> None:
    """Thresholds, holds and windows; that something is or is not is no threshold."""
    text = TABLE.replace("{ratio}", "> 0.25").replace("{within.value}", "90s")

    with pytest.raises(RunbookError) as refused:
        parse(text, PATH)

    assert str(refused.value) == (
        f"{PATH}:4: alerts.ShopTillsSilent.expr: states 0.25; write it in the claim, and {{its_name}} here.\n"
        f"{PATH}:11: alerts.ShopRefusals.expr: states 90s; write it in the claim, and {{its_name}} here."
    )
    assert (
        parse(TABLE.replace("{ratio}", "== 0"), PATH).alerts[0].expr == "tills_silent / tills == 0"
    )


def test_everything_wrong_is_said_at_once() -> None:
    """In reading order, each with its line."""
    text = """
[alerts.shop]
claim = "shop.x"
expr = "tills"
series = ["till"]
step = "count"
for = "5m"

[slos.ShopAnswers]
claim = "shop.answers"
target = "availability"
total = "rate(answers)"
step = "alerts.md#count"
"""

    with pytest.raises(RunbookError) as refused:
        parse(text, PATH)

    assert str(refused.value) == (
        f"{PATH}:2: alerts.shop: is no name of an alert; write it LikeThis.\n"
        f"{PATH}:5: alerts.shop.series: names till, which is read by no expression here.\n"
        f'{PATH}:6: alerts.shop.step: "count" is not a page and a step on it, such as alerts.md#count-runs.\n'
        f"{PATH}:7: alerts.shop.for: is no key here. Known are claim, expr, series, hold, step, severity.\n"
        f"{PATH}:9: slos.ShopAnswers: says no bad.\n"
        f"{PATH}:12: slos.ShopAnswers.total: looks back over no $window; write rate(…[$window])."
    )


def test_what_is_no_toml_is_refused() -> None:
    """With what TOML's reader says of it."""
    with pytest.raises(RunbookError, match=r"^runbooks/shop/alerts.toml:1: this is no TOML: "):
        parse("[alerts", PATH)


def test_series_are_always_spoken_of() -> None:
    """An alert that forgets them would read silence as health."""
    text = TABLE.replace("series = []\n", "")

    with pytest.raises(RunbookError) as refused:
        parse(text, PATH)

    assert str(refused.value) == (
        f"{PATH}:9: alerts.ShopRefusals: says no series; name those that must be there, or write series = []."
    )
