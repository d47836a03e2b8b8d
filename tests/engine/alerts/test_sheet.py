"""Rules made of a table and the claims."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proofbook.alerts import Rule, openslo, prometheus
from proofbook.errors import RunbookError
from tests.engine.alerts.samples import PAGE, PATH, TABLE, sheet


def test_threshold_and_hold_are_the_claims() -> None:
    """The sign, too: nothing of it stands in the table."""
    made = sheet(site="https://pages.example/").rule("ShopTillsSilent")

    assert made == Rule(
        name="ShopTillsSilent",
        claim="shop.silent-tills-alert",
        expr="tills_silent / tills > 0.25",
        hold=timedelta(minutes=5),
        labels={"severity": "page", "claim": "shop.silent-tills-alert"},
        annotations={
            "summary": "More than `ratio > 25 %` silent tills for `hold = 5 min` page somebody.",
            "runbook_url": "https://pages.example/shop/alerts.html#step-count-tills",
        },
    )


def test_a_rule_without_hold_fires_at_once() -> None:
    """And a duration stands in an expression as PromQL writes it."""
    made = sheet().rule("ShopRefusals")

    assert (made.expr, made.hold) == ('increase(refused_total{till="1"}[90s]) >= 3', timedelta())
    assert made.annotations["runbook_url"] == "runbooks/shop/alerts.md#step-count-refusals"


def test_missing_data_has_an_alert_of_its_own() -> None:
    """One for all series of an alert, with the same hold."""
    made = sheet().rule("ShopTillsSilentNoData")

    assert made.expr == 'absent(tills_silent) or absent(tills{kind="open"})'
    assert (made.hold, made.watches) == (timedelta(minutes=5), "ShopTillsSilent")
    assert "ShopRefusalsNoData" not in {rule.name for rule in sheet().rules()}


def test_budgets_burn_over_two_windows() -> None:
    """2 % of 30 days in an hour is 14.4 times the pace, of 0.5 % that may be bad."""
    bad, total = 'sum(rate(answers_total{code=~"5.."}[%s]))', "sum(rate(answers_total[%s]))"

    rules = {rule.name: rule for rule in sheet().rules()}

    assert rules["ShopAnswersBurnFast"].expr == (
        f"({bad % '1h'} / {total % '1h'}) > 0.072 and ({bad % '5m'} / {total % '5m'}) > 0.072"
    )
    assert rules["ShopAnswersBurnSlow"].expr == (
        f"({bad % '3d'} / {total % '3d'}) > 0.005 and ({bad % '6h'} / {total % '6h'}) > 0.005"
    )
    assert rules["ShopAnswersBurnSlow"].labels == {
        "severity": "ticket",
        "claim": "shop.burns",
        "slo": "shop.answers",
    }
    assert rules["ShopAnswersBurnNoData"].expr == "absent(answers_total)"


def test_a_claim_gives_its_rules() -> None:
    """Without those for missing data, which stand beside them."""
    assert [rule.name for rule in sheet().of("shop.burns")] == [
        "ShopAnswersBurnFast",
        "ShopAnswersBurnSlow",
    ]


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        (
            ("shop.silent-tills-alert", "shop.nothing"),
            2,
            "there is no claim shop.nothing; correct the id",
        ),
        (
            ("{ratio}", "{share}"),
            2,
            "shop.silent-tills-alert states no one 'share' (it states: ratio > 25 %, hold = 5 min)",
        ),
        (
            ('hold = "hold"', 'hold = "ratio"'),
            2,
            "`ratio > 25 %` of shop.silent-tills-alert is no duration",
        ),
        (('spent = "fast"', 'spent = "window"'), 30, "`window = 30 d` of shop.burns is no share"),
    ],
)
def test_what_no_claim_states_is_refused(change: tuple[str, str], line: int, message: str) -> None:
    """With the line of the table that asks for it."""
    with pytest.raises(RunbookError) as refused:
        sheet(TABLE.replace(*change)).rules()

    assert str(refused.value) == f"{PATH}:{line}: {message}"


def test_an_alert_that_is_not_there_is_told() -> None:
    """With those that are."""
    table = TABLE.partition("[alerts.ShopRefusals]")[0]

    with pytest.raises(RunbookError) as refused:
        sheet(table).rule("ShopTills")

    assert str(refused.value) == (
        f"{PATH}:1: there is no alert ShopTills here; there are: ShopTillsSilent, ShopTillsSilentNoData"
    )


def test_the_rules_file_is_yaml() -> None:
    """One group, in the order of the table."""
    text = prometheus.render(sheet(TABLE.partition("[alerts.ShopRefusals]")[0]))

    assert text == (
        "# Made from the claims of runbooks/shop: change those, and make it again.\n"
        "groups:\n"
        "  - name: shop\n"
        "    rules:\n"
        "      - alert: ShopTillsSilent\n"
        '        expr: "tills_silent / tills > 0.25"\n'
        '        for: "5m"\n'
        "        labels:\n"
        "          severity: page\n"
        "          claim: shop.silent-tills-alert\n"
        "        annotations:\n"
        '          summary: "More than `ratio > 25 %` silent tills for `hold = 5 min` page somebody."\n'
        '          runbook_url: "runbooks/shop/alerts.md#step-count-tills"\n'
        "      - alert: ShopTillsSilentNoData\n"
        '        expr: "absent(tills_silent) or absent(tills{kind=\\"open\\"})"\n'
        '        for: "5m"\n'
        "        labels:\n"
        "          severity: page\n"
        "          claim: shop.silent-tills-alert\n"
        "        annotations:\n"
        '          summary: "Nothing is known of: ShopTillsSilent"\n'
        '          runbook_url: "runbooks/shop/alerts.md#step-count-tills"\n'
    )


def test_every_slo_is_an_openslo_document() -> None:
    """As a machine reads them: a share of events over the window, silence no health."""
    yaml = pytest.importorskip("yaml")

    found = list(yaml.safe_load_all(openslo.render(sheet(page=PAGE))))

    assert [(each["kind"], each["metadata"]["name"]) for each in found] == [
        ("SLO", "shop-answers"),
        ("AlertPolicy", "shop-answers-fast"),
        ("AlertPolicy", "shop-answers-slow"),
        ("SLO", "shop-is-fast"),
    ]
    answers, fast, _, latency = (each["spec"] for each in found)
    assert answers["objectives"] == [{"displayName": "availability", "target": 0.995}]
    assert answers["timeWindow"] == [{"duration": "30d", "isRolling": True}]
    assert fast["alertWhenNoData"] is True
    assert fast["conditions"][0]["spec"]["condition"] == {
        "kind": "burnrate",
        "op": "gt",
        "threshold": 14.4,
        "lookbackWindow": "1h",
        "alertAfter": "0m",
    }
    assert latency["objectives"] == [{"displayName": "p95", "target": 0.95}]
    assert latency["indicator"]["spec"]["ratioMetric"]["good"] == {
        "metricSource": {
            "type": "proofbook/locust",
            "spec": {"profile": "loadtests/shop.py:Reads", "le_ms": 600, "errors": "bad"},
        }
    }


def test_an_slo_needs_a_window_and_a_percentile_a_name() -> None:
    """What OpenSLO asks for and the table does not say is told."""
    with pytest.raises(RunbookError) as windowless:
        openslo.render(sheet(TABLE.partition("[burn]")[0]))
    with pytest.raises(RunbookError) as nameless:
        openslo.render(sheet(TABLE.replace('"p95"', '"most"'), PAGE.replace("p95 <=", "most <=")))

    assert str(windowless.value) == f"{PATH}:16: an SLO holds over a window; say in [burn] which"
    assert (
        str(nameless.value)
        == f"{PATH}:24: `most <= 600 ms` of shop.is-fast is no percentile; call it p95"
    )
    assert openslo.render(sheet(TABLE.partition("[slos.")[0])) == ""
