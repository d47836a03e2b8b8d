"""Where the checks look: the right place, and one release from beginning to end."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from proofbook.errors import WrongPlace

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Outcome, Suite

_TARGET = """
    kind = "deployment"
    permits = "exercises"
    {}
    [systems.shop.api]
    url = "http://shop.invalid"
"""
_IDENTITY = 'identity = { file = "who.txt", equals = "staging" }'
_RELEASE = 'release = { api = { file = "release.txt" } }'
_CHECK = """
    @pytest.fixture
    @exercises
    def queue():
        open("touched", "w").close()

    @pytest.mark.claim("shop.holds")
    def test_it_holds(queue):
        {}
"""


def proved(suite: Suite, target: str, *args: str, body: str = "pass") -> Outcome:
    """A session with one check that writes, on a target with this line."""
    suite.target(_TARGET.format(target))
    suite.checks(_CHECK.format(body))
    return suite.run(*args)


def test_the_place_that_is_meant_is_checked(suite: Suite) -> None:
    """Its identity is what the target says."""
    suite.write("who.txt", "staging\n")

    assert proved(suite, _IDENTITY).verdicts() == {"shop.holds": "pass"}


def test_another_place_ends_the_session_before_anything_is_done(suite: Suite) -> None:
    """With one message, exit code 3 and no run."""
    suite.write("who.txt", "production\n")

    outcome = proved(suite, _IDENTITY)

    (error,) = outcome.told.errors
    assert isinstance(error, WrongPlace)
    assert str(error) == (
        "targets/local.toml: identity is 'production' here, not 'staging': "
        "this is not the place that the target means; nothing was done"
    )
    assert str(error) in outcome.out
    assert (outcome.code, outcome.run) == (3, None)
    assert not (suite.root / "touched").exists()


def test_a_place_that_does_not_say_who_it_is_is_not_written_to(suite: Suite) -> None:
    """It may be the one meant; nobody knows."""
    outcome = proved(suite, _IDENTITY)

    assert outcome.verdicts()["shop.holds"].startswith("no_verdict: ")
    assert "who.txt" in outcome.verdicts()["shop.holds"]
    assert not (suite.root / "touched").exists()


def test_a_place_that_turns_out_to_be_another_ends_the_session(suite: Suite) -> None:
    """Also where it changed after the first look: a worker looks again before it writes."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.write("who.txt", "staging\n")
    suite.write(
        "conftest.py",
        """
        import pytest
        from pathlib import Path

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            Path("who.txt").write_text("production")
            for plugin in item.config.pluginmanager.get_plugins():
                if type(plugin).__name__ == "Place":
                    plugin._is_identified = False
        """,
    )
    suite.checks(
        """
        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            open("ran", "w").close()
        """,
        "checks/shop/test_zuletzt.py",
    )

    outcome = proved(suite, _IDENTITY)

    assert [type(error) for error in outcome.told.errors] == [WrongPlace]
    assert outcome.verdicts()["shop.holds"].startswith("no_verdict: set-up: WrongPlace: ")
    assert outcome.code == 3
    assert not (suite.root / "touched").exists()
    assert not (suite.root / "ran").exists()


def test_a_run_names_the_release_that_it_proved(suite: Suite) -> None:
    """As the deployment states it."""
    suite.write("release.txt", "abc123\n")

    outcome = proved(suite, _RELEASE)

    assert outcome.run
    assert outcome.run.release == {"api": "abc123"}
    assert outcome.verdicts() == {"shop.holds": "pass"}


def test_a_release_that_changes_leaves_no_pass(suite: Suite) -> None:
    """Nobody knows which of the two was proved; pytest's exit code and JUnit file say so too."""
    suite.write("release.txt", "abc123\n")

    outcome = proved(
        suite,
        _RELEASE,
        "--junitxml=pytest.xml",
        body="__import__('pathlib').Path('release.txt').write_text('def456')",
    )

    reason = "the release changed during the run: api from abc123 to def456"
    assert outcome.verdicts() == {"shop.holds": f"no_verdict: {reason}"}
    assert [str(a.verdict) for a in outcome.case("shop.holds").attempts] == ["pass", "no_verdict"]
    assert outcome.code == 1
    tree = ET.parse(suite.root / "pytest.xml")  # noqa: S314 - pytest wrote it a moment ago
    assert [e.get("message") for e in tree.iter("error")] == [reason]
    assert [s.get("errors") for s in tree.iter("testsuite")] == ["1"]


def test_what_is_not_checked_may_change(suite: Suite) -> None:
    """Another system of the same target was deployed meanwhile: nothing was said of it."""
    suite.write("release.txt", "abc123\n")
    target = '[systems.mill.api]\nurl = "http://mill.invalid"\nrelease = { file = "release.txt" }\n'

    outcome = proved(
        suite, target, body="__import__('pathlib').Path('release.txt').write_text('def456')"
    )

    assert outcome.run
    assert outcome.run.release == {"mill.api": "abc123"}
    assert outcome.verdicts() == {"shop.holds": "pass"}


def test_a_release_that_changes_leaves_a_failure(suite: Suite) -> None:
    """What was seen to be broken was broken on one of them."""
    suite.write("release.txt", "abc123\n")

    outcome = proved(
        suite,
        _RELEASE,
        body="__import__('pathlib').Path('release.txt').write_text('d'); assert [] == [7]",
    )

    assert outcome.verdicts() == {"shop.holds": "fail: assert [] == [7]"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_release_that_cannot_be_read_leaves_no_pass(suite: Suite, when: str) -> None:
    """Stated and missing, before or after."""
    if when == "after":
        suite.write("release.txt", "abc123\n")

    outcome = proved(
        suite,
        _RELEASE,
        body="import os; os.path.exists('release.txt') and os.remove('release.txt')",
    )

    verdict = outcome.verdicts()["shop.holds"]
    assert verdict.startswith(
        "no_verdict: the release could not be read: targets/local.toml: "
        "the release of api cannot be read: "
    )
    assert "release.txt" in verdict


def test_a_refused_check_stays_unasked_when_the_release_changes(suite: Suite) -> None:
    """The doubt says nothing new of what was not asked."""
    suite.claims(holds="It holds.", breaks="It breaks.")
    suite.write("release.txt", "abc123\n")
    suite.checks(
        """
        @pytest.fixture
        @disrupts
        def lost_worker():
            pass

        @pytest.mark.claim("shop.breaks")
        def test_it_breaks(lost_worker):
            pass
        """,
        "checks/shop/test_breaks.py",
    )

    outcome = proved(
        suite, _RELEASE, body="__import__('pathlib').Path('release.txt').write_text('def456')"
    )

    assert not outcome.record("shop.breaks").asked
    assert outcome.record("shop.holds").asked
