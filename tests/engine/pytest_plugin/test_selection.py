"""What was left out, what has no check, and what a session therefore may not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

_CASES = """
    @pytest.mark.claim("shop.holds")
    @pytest.mark.parametrize("n", ["one", "two"])
    def test_it_holds(n):
        pass

    @pytest.mark.claim("shop.counts")
    def test_it_counts():
        pass
"""
_LEFT_OUT = "no_verdict: checks/shop/test_shop.py::test_it_holds[{}] was planned and did not run"


def cases(suite: Suite) -> None:
    """A claim of two cases, one of one, and one without a check."""
    suite.claims(holds="It holds.", counts="It counts.", waits="It waits.")
    suite.checks(_CASES)


def test_a_claim_without_a_check_is_a_row(suite: Suite) -> None:
    """Wanted, and therefore no green session."""
    cases(suite)

    outcome = suite.run()

    assert outcome.verdicts() == {
        "shop.holds": "pass",
        "shop.counts": "pass",
        "shop.waits": "no_verdict: no check",
    }
    assert outcome.record("shop.waits").asked
    assert outcome.code == 1


def test_no_check_at_all_is_a_session_of_rows(suite: Suite) -> None:
    """An empty room of checks proves nothing, and says so."""
    (suite.root / "checks").mkdir()

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": "no_verdict: no check"}
    assert outcome.code == 5


def test_a_claim_of_which_a_case_was_left_out_has_no_verdict(suite: Suite) -> None:
    """By `-k`, by a node id, or by a plugin: what was planned and did not run is no pass."""
    cases(suite)

    for args in (["checks", "-k", "one"], ["checks/shop/test_shop.py::test_it_holds[one]"]):
        outcome = suite.pytest(*args)

        assert outcome.verdicts() == {
            "shop.holds": _LEFT_OUT.format("two"),
            "shop.counts": "no_verdict: not selected",
            "shop.waits": "no_verdict: not selected",
        }
        assert outcome.code == 1


def test_a_claim_that_was_left_out_whole_is_not_wanted(suite: Suite) -> None:
    """Nor is one without a check, where tests were left out: it might be theirs."""
    cases(suite)

    outcome = suite.run("-k", "counts")

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: not selected",
        "shop.counts": "pass",
        "shop.waits": "no_verdict: not selected",
    }
    assert not outcome.record("shop.holds").asked
    assert outcome.code == 0


def test_a_file_says_nothing_of_claims_without_a_check(suite: Suite) -> None:
    """Another file may hold their checks."""
    cases(suite)

    outcome = suite.pytest("checks/shop/test_shop.py")

    assert outcome.verdicts()["shop.waits"] == "no_verdict: not selected"
    assert outcome.code == 0


def test_a_folder_is_about_the_claims_of_its_system(suite: Suite) -> None:
    """Those of others are not wanted, with a check or without."""
    cases(suite)
    suite.write(
        "runbooks/kitchen/index.md",
        "---\nowner: a\nescalation: b\n---\n\n> **kitchen.cooks** — It cooks.\n",
    )

    shop = suite.pytest("checks/shop").verdicts()
    everything = suite.pytest("checks").verdicts()

    assert (shop["shop.waits"], shop["kitchen.cooks"]) == (
        "no_verdict: no check",
        "no_verdict: not selected",
    )
    assert everything["kitchen.cooks"] == "no_verdict: no check"


def test_claims_are_selected_by_system_id_or_glob(suite: Suite) -> None:
    """A claim that is selected and has no check is wanted; the rest is not."""
    cases(suite)

    for select, wanted in {
        "shop.counts": {"shop.counts"},
        "shop.waits": {"shop.waits"},
        "shop.*s": {"shop.holds", "shop.counts", "shop.waits"},
        "shop": {"shop.holds", "shop.counts", "shop.waits"},
        "kitchen": set(),
    }.items():
        outcome = suite.run(f"--claim={select}")

        found = (
            {record.claim for record in outcome.run.records if record.wanted}
            if outcome.run
            else set()
        )
        assert found == wanted, select


def test_several_selections_add_up(suite: Suite) -> None:
    """Each names more."""
    cases(suite)

    outcome = suite.run("--claim=shop.counts", "--claim=shop.waits")

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: not selected",
        "shop.counts": "pass",
        "shop.waits": "no_verdict: no check",
    }


def test_a_claim_that_people_answer_is_awaited(suite: Suite) -> None:
    """It is no debt that a check is missing."""
    suite.claims(holds="It holds.", signed='It is signed (`by = "SRE", "release engineer"`).')
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {
        "shop.holds": "pass",
        "shop.signed": "no_verdict: awaits SRE and release engineer",
    }
    assert not outcome.record("shop.signed").asked
    assert outcome.code == 0


def test_after_the_first_failure_the_rest_did_not_run(suite: Suite) -> None:
    """`-x` stops; what it stopped has no verdict. A `no_verdict` stops it like a failure."""
    suite.claims(waits="It waits.", holds="It holds.", counts="It counts.")
    suite.checks("""
        @pytest.mark.claim("shop.waits")
        def test_it_waits():
            pytest.skip("not today")

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)
    suite.checks(
        """
        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            pass
        """,
        "checks/shop/test_zuletzt.py",
    )

    outcome = suite.run("-x")

    assert outcome.verdicts() == {
        "shop.waits": "no_verdict: skipped: not today",
        "shop.holds": "no_verdict: checks/shop/test_shop.py::test_it_holds was planned and did not run",
        "shop.counts": "no_verdict: checks/shop/test_zuletzt.py::test_it_counts was planned and "
        "did not run",
    }
    assert outcome.code == 1
    assert outcome.run
    assert outcome.run.aborted is None


def test_what_gave_no_verdict_is_tried_again_by_lf(suite: Suite) -> None:
    """`--lf` takes it for a failure."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        from pathlib import Path

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            if not Path("ready").exists():
                pytest.skip("not ready")

        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            pass
    """)

    first = suite.run()
    (suite.root / "ready").touch()
    second = suite.run("--lf")

    assert first.verdicts()["shop.holds"] == "no_verdict: skipped: not ready"
    assert second.verdicts() == {"shop.holds": "pass", "shop.counts": "no_verdict: not selected"}
