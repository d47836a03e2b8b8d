"""The `claim` fixture: the handle of the case that runs, and what it must use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.evidence import Measurement

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite


def test_measurements_stand_beside_their_promises(suite: Suite) -> None:
    """In the case's attempt, whether they hold or not."""
    suite.claims(quick="It answers in `p95 <= 600 ms` and `p99 <= 2 s`.")
    suite.checks("""
        @pytest.mark.claim("shop.quick")
        def test_it_is_quick(claim):
            claim.expect(p95=412, p99=3)
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.quick": "fail: p99 is 3 s, promised `p99 <= 2 s`"}
    assert outcome.record("shop.quick").measured == (
        Measurement(name="p95", promised="p95 <= 600 ms", measured="412 ms", holds=True),
        Measurement(name="p99", promised="p99 <= 2 s", measured="3 s", holds=False),
    )


def test_a_failed_expectation_points_at_the_check(suite: Suite) -> None:
    """Not into the engine."""
    suite.claims(quick="It answers in `p95 <= 600 ms`.")
    suite.checks("""
        @pytest.mark.claim("shop.quick")
        def test_it_is_quick(claim):
            claim.expect(p95=700)
    """)

    details = suite.run().case("shop.quick").attempts[0].details

    assert "checks/shop/test_shop.py:5: AssertionError" in details
    assert "handle.py" not in details


def test_a_pass_that_leaves_a_value_unused_fails(suite: Suite) -> None:
    """The sentence states it, so something should depend on it."""
    suite.claims(counts="With `workers = 4`, `jobs = 5` are counted.")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            assert claim["workers"] == 4
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {
        "shop.counts": "fail: runbooks/shop/index.md:8: shop.counts states 'jobs', "
        "which its check never used"
    }
    assert outcome.code == 1


def test_a_check_that_never_asks_for_its_claim_leaves_all_unused(suite: Suite) -> None:
    """Numbers by hand are no proof of the sentence."""
    suite.claims(counts="`jobs = 5` are counted.", holds="It holds (`valid_for = 9 d`).")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            assert 5 == 5

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    assert suite.run().verdicts() == {
        "shop.counts": "fail: runbooks/shop/index.md:8: shop.counts states 'jobs', "
        "which its check never used",
        "shop.holds": "pass",
    }


def test_each_case_must_use_every_value_itself(suite: Suite) -> None:
    """So that it holds under `-k`, `-x` and `-n` alike."""
    suite.claims(counts="`jobs = 5` are counted.")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        @pytest.mark.parametrize("n", [1, 2])
        def test_it_counts(claim, n):
            if n == 1:
                claim["jobs"]
    """)

    cases = suite.run().record("shop.counts").cases

    assert [str(case.verdict) for case in cases] == ["pass", "fail"]


def test_fixtures_and_check_share_one_handle(suite: Suite) -> None:
    """What a fixture read is read."""
    suite.claims(counts="`jobs = 5` are counted by `workers = 2`.")
    suite.checks("""
        @pytest.fixture
        @observes
        def jobs(claim):
            return list(range(claim["jobs"]))

        @pytest.mark.claim("shop.counts")
        def test_it_counts(jobs, claim):
            assert len(jobs) // claim["workers"] == 2
    """)

    assert suite.run().verdicts() == {"shop.counts": "pass"}


def test_a_reason_to_give_no_verdict_wins_over_unused_values(suite: Suite) -> None:
    """A guard that fails early leaves values unread, and that is no failure."""
    suite.claims(counts="`jobs = 5` are counted.")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            claim.require([], "no job was claimed")
    """)

    assert suite.run().verdicts() == {"shop.counts": "no_verdict: no job was claimed"}


def test_the_runbook_alone_decides_the_numbers(suite: Suite) -> None:
    """Editing the sentence changes what the check does, with no other edit."""
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            claim.expect(jobs=500)
    """)

    suite.claims(counts="`jobs = 500` are counted.")
    before = suite.run()
    suite.claims(counts="`jobs = 400` are counted.")
    after = suite.run()

    assert before.verdicts() == {"shop.counts": "pass"}
    assert after.verdicts() == {"shop.counts": "fail: jobs is 500, promised `jobs = 400`"}
    assert before.record("shop.counts").claim_digest != after.record("shop.counts").claim_digest
    assert before.record("shop.counts").check_digest == after.record("shop.counts").check_digest


def test_a_small_target_lowers_what_is_set(suite: Suite) -> None:
    """The check gets the smaller value, and the record says so."""
    suite.claims(counts="`workers = 40` are done in `time <= 3 s`.")
    suite.target(
        'kind = "stand-in"\n[scale]\nworkers = 4\n[systems.shop.api]\nurl = "http://shop.invalid"\n'
    )
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            assert (claim["workers"], claim.scaled) == (4, "scaled 4/40")
            claim.expect(time=1)
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.counts": "pass"}
    assert outcome.record("shop.counts").scaled == "scaled 4/40"


def test_asking_for_what_is_not_stated_gives_no_verdict(suite: Suite) -> None:
    """A slip of the check's, with all that it could have asked for."""
    suite.claims(counts="`jobs = 5` are counted.")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            claim["job"]
    """)

    assert suite.run().verdicts() == {
        "shop.counts": "no_verdict: ClaimError: runbooks/shop/index.md:8: shop.counts states no "
        "'job' (it states: jobs)"
    }


def test_a_test_that_is_no_check_has_no_claim(suite: Suite) -> None:
    """Outside `checks/` the fixture explains itself."""
    suite.write("tests/test_other.py", "def test_other(claim):\n    pass\n")

    outcome = suite.pytest("tests")

    assert (
        "proofbook.errors.ClaimError: tests/test_other.py::test_other is no check; "
        'mark it @pytest.mark.claim("its.id")' in outcome.out
    )


def test_target_and_seed_are_there_for_every_check(suite: Suite) -> None:
    """The target as its file has it, and the number that random schedules start from."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds(target, seed):
            assert (target.name, target.systems["shop"].processes["api"].url) == ("local", None)
            assert seed == 7
    """)

    outcome = suite.run("--seed", "7")

    assert outcome.verdicts() == {"shop.holds": "pass"}
    assert ", seed 7\n" in outcome.out


def test_without_a_seed_every_run_draws_one(suite: Suite) -> None:
    """And prints it, so that the schedule can be repeated."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds(seed):
            print("seed", seed)
    """)

    first, second = suite.run("-s"), suite.run("-s")

    drawn = [outcome.out.split("seed ")[1].split()[0] for outcome in (first, second)]
    assert drawn[0] != drawn[1]
    assert f"\nseed {drawn[0]}" in first.out.replace("test_shop.py ", "\n")
