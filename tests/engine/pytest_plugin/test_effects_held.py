"""A check does no more than its target permits, however it comes by its fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

#: A fixture that leaves a trace of its set-up, and a check that names it.
_CHECK = """
from pathlib import Path

@pytest.fixture(scope="{scope}")
@{effect}
def queue():
    Path("touched").touch()

@pytest.fixture
@observes
def through(queue):
    pass

@pytest.mark.claim("shop.holds")
def test_it_holds({asks}):
    {body}
"""
_TARGET = 'kind = "twin"\n{}\n[systems.shop.api]\nurl = "http://shop.invalid"\n'

ASKS = {
    "directly": ("queue", "pass"),
    "through another": ("through", "pass"),
    "while it runs": ("request", "request.getfixturevalue('queue')"),
    "twice while it runs": (
        "request",
        "try:\n        request.getfixturevalue('queue')\n    except NoVerdict:\n        request.getfixturevalue('through')",
    ),
}


@pytest.mark.parametrize("scope", ["function", "session"])
@pytest.mark.parametrize(("asks", "body"), ASKS.values(), ids=ASKS)
def test_a_fixture_that_does_more_than_is_permitted_is_refused(
    suite: Suite, asks: str, body: str, scope: str
) -> None:
    """Before it is set up; the claim is not asked."""
    suite.target(_TARGET.format('permits = "exercises"'))
    suite.checks(_CHECK.format(effect="disrupts", asks=asks, body=body, scope=scope))

    outcome = suite.run("-v")

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: targets/local.toml permits exercises; this check disrupts"
    }
    assert not outcome.record("shop.holds").asked
    assert outcome.case("shop.holds").attempts[0].remedy == (
        'write permits = "disrupts" in targets/local.toml, if that may be done there'
    )
    assert not (suite.root / "touched").exists()
    assert "test_it_holds NOT ASKED" in outcome.out
    assert "1 not asked in" in outcome.out
    assert outcome.code == 1


@pytest.mark.parametrize("effect", ["observes", "exercises", "loads", "disrupts"])
@pytest.mark.parametrize(("asks", "body"), list(ASKS.values())[:3], ids=list(ASKS)[:3])
def test_what_is_permitted_runs(suite: Suite, asks: str, body: str, effect: str) -> None:
    """A target that permits an effect permits it."""
    suite.target(_TARGET.format(f'permits = "{effect}"'))
    suite.checks(_CHECK.format(effect=effect, asks=asks, body=body, scope="function"))

    assert suite.run().verdicts() == {"shop.holds": "pass"}
    assert (suite.root / "touched").exists()


def test_a_target_permits_looking_unless_it_says_more(suite: Suite) -> None:
    """Nothing is written by default."""
    suite.target(_TARGET.format(""))
    suite.checks(_CHECK.format(effect="exercises", asks="queue", body="pass", scope="function"))

    assert suite.run().verdicts() == {
        "shop.holds": "no_verdict: targets/local.toml permits observes; this check exercises"
    }


def test_a_protected_target_permits_looking_whatever_else_it_says(suite: Suite) -> None:
    """And no line to add is offered."""
    suite.target(_TARGET.format('permits = "disrupts"\nprotected = true'))
    suite.checks(_CHECK.format(effect="loads", asks="queue", body="pass", scope="function"))

    outcome = suite.run()

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: targets/local.toml is protected: it permits observes; "
        "this check loads"
    }
    assert outcome.case("shop.holds").attempts[0].remedy == ""


def test_an_overridden_fixture_counts_only_if_it_is_used(suite: Suite) -> None:
    """The one that the check gets decides; the one behind it does if it is asked for."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.target(_TARGET.format(""))
    suite.checks(
        """
        @pytest.fixture
        @disrupts
        def queue():
            pass
        """,
        "checks/conftest.py",
    )
    suite.checks("""
        @pytest.fixture
        @observes
        def queue():
            pass

        @pytest.mark.claim("shop.holds")
        def test_it_holds(queue):
            pass
    """)
    suite.checks(
        """
        @pytest.fixture
        @observes
        def queue(queue):
            pass

        @pytest.mark.claim("shop.counts")
        def test_it_counts(queue):
            pass
        """,
        "checks/shop/test_other.py",
    )

    assert suite.run().verdicts() == {
        "shop.holds": "pass",
        "shop.counts": "no_verdict: targets/local.toml permits observes; this check disrupts",
    }


def test_a_declaration_on_the_check_itself_counts(suite: Suite) -> None:
    """It was meant to."""
    suite.target(_TARGET.format(""))
    suite.checks("""
        @disrupts
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    assert suite.run().verdicts() == {
        "shop.holds": "no_verdict: targets/local.toml permits observes; this check disrupts"
    }


def test_a_plan_knows_the_strongest_effect(suite: Suite) -> None:
    """Of what was selected."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        @pytest.fixture
        @disrupts
        def lost_worker():
            pass

        @pytest.fixture
        @exercises
        def queue():
            pass

        @pytest.mark.claim("shop.holds")
        def test_it_holds(lost_worker, queue):
            pass

        @pytest.mark.claim("shop.counts")
        def test_it_counts(queue):
            pass
    """)

    (whole,) = suite.run("--collect-only").told.plans
    (part,) = suite.run("--collect-only", "-k", "counts").told.plans

    assert [str(case.effect) for cases in whole.cases.values() for case in cases] == [
        "disrupts",
        "exercises",
    ]
    assert (str(whole.effect), str(part.effect)) == ("disrupts", "exercises")


def test_an_address_that_the_target_does_not_name_cannot_be_reached(suite: Suite) -> None:
    """Not from a check, nor from its fixtures; a test that is no check is free."""
    suite.target(_TARGET.format(""))
    reach = "socket.create_connection(('127.0.0.1', 9), timeout=1)"
    suite.checks(f"""
        import socket

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            {reach}
    """)
    suite.write(
        "tests/test_other.py",
        f"import socket\nimport pytest\n\n\ndef test_other():\n"
        f"    with pytest.raises(ConnectionRefusedError):\n        {reach}\n",
    )

    outcome = suite.pytest("checks", "tests")

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: no connection to 127.0.0.1:9: targets/local.toml does not name "
        "it. If the check may reach it, write it there as the url of a process or of a service."
    }
    assert "1 passed, 1 no verdict" in outcome.out
