"""Where there is no project, or no check in the session, pytest is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from tests.engine.pytest_plugin.conftest import Suite

_QUIET = ("-p", "no:valkey", "-p", "no:locust")


def test_without_a_project_the_plugin_sleeps(pytester: pytest.Pytester) -> None:
    """The mark is known to --strict-markers, and nothing else is there or written."""
    pytester.makepyfile("""
        import pytest

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pytest.skip("not today")

        def test_that_wants_a_claim(claim):
            pass
    """)

    result = pytester.runpytest_inprocess(*_QUIET, "--strict-markers")

    result.assert_outcomes(skipped=1, errors=1)
    result.stdout.fnmatch_lines("*fixture 'claim' not found")
    assert not (pytester.path / "reports").exists()


def test_a_session_without_checks_is_left_alone(suite: Suite) -> None:
    """Not even a broken runbook or target stops it, and no run is written."""
    suite.write("runbooks/shop/broken.md", "> **shop.x** — It waits `seconds = 3 sec`.\n")
    suite.target("nonsense")
    suite.write(
        "tests/test_other.py", "import pytest\n\ndef test_other():\n    pytest.skip('later')\n"
    )

    outcome = suite.pytest("tests")

    assert (outcome.code, outcome.run) == (0, None)
    assert "1 skipped" in outcome.out
    assert "proofbook: target" not in outcome.out


def test_a_marked_test_is_a_check_wherever_it_stands(suite: Suite) -> None:
    """And the tests beside it are none."""
    suite.checks(
        """
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pytest.skip("not today")

        def test_other():
            pytest.skip("later")
        """,
        "tests/test_mixed.py",
    )

    outcome = suite.pytest("tests")

    assert outcome.verdicts() == {"shop.holds": "no_verdict: skipped: not today"}
    assert "1 skipped, 1 no verdict" in outcome.out


def test_the_root_is_found_from_a_folder_below(suite: Suite) -> None:
    """The nearest parent of the working directory that holds gates.toml."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)
    suite.pytester.chdir()
    (suite.root / "checks" / "shop").mkdir(exist_ok=True)
    suite.pytester._monkeypatch.chdir(suite.root / "checks")

    outcome = suite.pytest("shop", f"--rootdir={suite.root}")

    assert outcome.verdicts() == {"shop.holds": "pass"}


def test_only_what_people_wrote_has_its_assertions_rewritten(suite: Suite) -> None:
    """Proofbook's modules are imported as by any program; checks keep what pytest is loved for."""
    suite.checks("""
        import sys

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            def loader(name):
                return type(sys.modules[name].__spec__.loader).__name__

            ours = ["proofbook.pytest_plugin.parts", "proofbook.targets", "proofbook.runs"]
            assert [loader(name) for name in ours] == ["SourceFileLoader"] * 3
            assert loader(__name__) == "AssertionRewritingHook"
    """)

    outcome = suite.apart()

    assert outcome.verdicts() == {"shop.holds": "pass"}
