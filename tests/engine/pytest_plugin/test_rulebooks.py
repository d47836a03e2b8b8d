"""The `alerts` fixture: the rules that a runbook's claims make."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

TARGET = """
    kind = "stand-in"
    permits = "exercises"

    [systems.shop.api]
    command = ["{python}", "-c", "pass"]
    ready = { running_for = "1 s" }
"""
CHECK = """
    @pytest.fixture
    @observes
    def sheet(stack, alerts):
        with stack.twin("shop") as twin:
            yield alerts(twin)

    @pytest.mark.claim("shop.alert")
    def test_it_alerts(claim, sheet):
        assert sheet.rule("ShopRefusals").expr == f"refused > {claim['most']}"
"""
TABLE = """
    [alerts.ShopRefusals]
    claim = "shop.alert"
    expr = "refused {most}"
    series = ["refused"]
    step = "index.md#look"
"""
OWN = "runbooks/shop/alerts.toml"


def test_the_rules_of_a_system_are_made_of_its_table_and_claims(suite: Suite) -> None:
    """The table lies beside the pages."""
    suite.claims(alert="Refusals `most > 3` are told.")
    suite.write(OWN, TABLE)
    suite.checks(CHECK)

    assert suite.run().verdicts() == {"shop.alert": "pass"}


def test_a_target_may_have_another_table(suite: Suite) -> None:
    """So that a fault can stand in the place of the runbook's own."""
    suite.claims(alert="Refusals `most > 3` are told.")
    suite.write(OWN, TABLE)
    suite.write("other.toml", TABLE.replace("{most}", "< {most.value}"))
    suite.target(f"{TARGET}    [systems.shop.files]\n    alerts = 'other.toml'\n")
    suite.checks(CHECK)

    assert suite.run().verdicts()["shop.alert"].startswith("fail: ")


def test_without_a_table_nothing_is_known(suite: Suite) -> None:
    """That is no failure of the claim."""
    suite.claims(alert="Refusals `most > 3` are told.")
    suite.checks(CHECK)

    assert suite.run().verdicts() == {
        "shop.alert": f"no_verdict: {OWN}: the table of alerts cannot be read: No such file or directory"
    }
