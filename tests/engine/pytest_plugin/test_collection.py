"""What does not fit is said before anything runs, all at once, and by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.errors import InvalidInput

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Outcome, Suite

_HOLDS = """
    @pytest.mark.claim("shop.holds")
    def test_it_holds():
        pass
"""


def problems(outcome: Outcome) -> list[str]:
    """What was said of a session that did not start; that pytest printed it, and nothing was written."""
    assert outcome.run is None
    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    (error,) = outcome.told.errors
    assert isinstance(error, InvalidInput)
    said = [str(problem) for problem in error.problems]
    assert [line.removeprefix("ERROR: ") for line in outcome.err.splitlines() if line] == said
    return said


def test_a_check_of_an_unknown_claim_is_told_the_nearest(suite: Suite) -> None:
    """By id, as typed."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        @pytest.mark.claim("shop.hold")
        def test_it_holds():
            pass

        @pytest.mark.claim("kitchen.cooks-without-gas")
        @pytest.mark.parametrize("n", [1, 2])
        def test_it_cooks(n):
            pass
    """)

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: no runbook states shop.hold (the nearest are shop.holds); "
            "correct the id, or write the sentence"
        ),
        (
            "checks/shop/test_shop.py:7: no runbook states kitchen.cooks-without-gas "
            "(none is like it); correct the id, or write the sentence"
        ),
    ]


def test_a_check_without_a_claim_is_refused(suite: Suite) -> None:
    """Below `checks/` every test is a check of a claim."""
    suite.checks("""
        def test_it_holds():
            pass

        @pytest.mark.claim
        def test_without_id():
            pass

        @pytest.mark.claim("shop.holds", "shop.counts")
        def test_with_two_ids():
            pass
    """)

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: this test stands below checks/ and is the check of no claim; "
            'mark it @pytest.mark.claim("system.what-holds"), or move it to tests/'
        ),
        (
            "checks/shop/test_shop.py:6: the mark `claim` takes one id and nothing else; "
            'write @pytest.mark.claim("system.what-holds")'
        ),
        (
            "checks/shop/test_shop.py:10: the mark `claim` takes one id and nothing else; "
            'write @pytest.mark.claim("system.what-holds")'
        ),
    ]


def test_a_claim_has_one_check(suite: Suite) -> None:
    """Two functions could each prove half of it."""
    suite.checks(_HOLDS)
    suite.checks(_HOLDS, "checks/shop/test_again.py")

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: shop.holds has another check at "
            "checks/shop/test_again.py:3; parametrise one of them, or state a claim for each"
        )
    ]


def test_a_check_has_one_claim(suite: Suite) -> None:
    """Two marks leave open which is meant."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        @pytest.mark.claim("shop.counts")
        def test_it_holds():
            pass
    """)

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: this test is marked with shop.counts and with shop.holds; "
            "a check has one claim: keep one mark"
        )
    ]


def test_a_claim_that_people_answer_has_no_check(suite: Suite) -> None:
    """Else it would not be known whose word counts."""
    suite.claims(holds='It holds (`by = "SRE"`).')
    suite.checks(_HOLDS)

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: shop.holds is answered by people "
            "(SRE, runbooks/shop/index.md:8); take the check away, or `by` out of the sentence"
        )
    ]


def test_a_fixture_of_checks_says_what_it_does(suite: Suite) -> None:
    """Whether a check uses it or not, in a conftest, a module or a class."""
    suite.checks(
        """
        @pytest.fixture(name="line")
        def the_line():
            pass
        """,
        "checks/conftest.py",
    )
    suite.checks("""
        @pytest.fixture
        def queue():
            pass

        @disrupts
        @pytest.fixture
        def lost_worker():
            pass

        class TestShop:
            @pytest.fixture(scope="class")
            def jobs(self):
                pass

            @pytest.mark.claim("shop.holds")
            def test_it_holds(self, queue):
                pass
    """)
    undeclared = (
        "does not say what it does to the target; write one of @observes, @exercises, @loads or "
        "@disrupts (from proofbook) directly under @pytest.fixture"
    )

    assert problems(suite.run()) == [
        f"checks/conftest.py:3: the fixture 'line' {undeclared}",
        f"checks/shop/test_shop.py:3: the fixture 'queue' {undeclared}",
        (
            "checks/shop/test_shop.py:7: the fixture 'lost_worker' has @disrupts above "
            "@pytest.fixture, where pytest hides it; write it directly under @pytest.fixture"
        ),
        f"checks/shop/test_shop.py:13: the fixture 'jobs' {undeclared}",
    ]


def test_a_check_does_not_ask_for_the_stack_itself(suite: Suite) -> None:
    """Nothing would say what it does with it."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds(stack):
            pass
    """)

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: this check asks for `stack` itself, and nothing says what it "
            "does with it; ask for a fixture that wraps it and declares an effect"
        )
    ]


def test_checks_do_not_skip_themselves_by_the_file(suite: Suite) -> None:
    """A whole file of claims would be gone in silence."""
    suite.checks('pytest.importorskip("no_such_module")\n')

    assert problems(suite.run()) == [
        (
            "checks/shop/test_shop.py:3: these checks skip themselves (could not import "
            "'no_such_module': No module named 'no_such_module'); a check raises NotAsked "
            "instead"
        )
    ]


def test_everything_wrong_is_said_at_once(suite: Suite) -> None:
    """Runbooks, target, scale, fixtures and checks together, in reading order."""
    suite.write("runbooks/shop/more.md", "---\nowner: a\n---\n\n> **shop.x** — `n = 3 sec`.\n")
    suite.target('kind = "twin"\n\n[systems.shop.api]\nurll = "http://127.0.0.1:1"\n')
    suite.checks("""
        @pytest.fixture
        def queue():
            pass

        def test_it_holds(queue):
            pass
    """)

    places = [problem.partition(": ")[0] for problem in problems(suite.run())]

    assert places == [
        "checks/shop/test_shop.py:3",
        "checks/shop/test_shop.py:7",
        "runbooks/shop/more.md:1",
        "runbooks/shop/more.md:5",
        "targets/local.toml:4",
    ]


def test_a_scale_that_fits_nothing_is_told(suite: Suite) -> None:
    """It would lower nothing, and nobody would notice."""
    suite.target(
        'kind = "twin"\n[scale]\n"shop.hold" = { n = 1 }\n[systems.shop.api]\nurl = "http://a.invalid"\n'
    )
    suite.checks(_HOLDS)

    assert problems(suite.run()) == [
        "targets/local.toml:1: [scale] names shop.hold, which no runbook states; correct the id"
    ]


def test_a_target_that_is_not_there_is_told_with_those_that_are(suite: Suite) -> None:
    """As everywhere."""
    suite.checks(_HOLDS)

    assert problems(suite.run("--target", "locl")) == [
        "targets/locl.toml:1: there is no such target; did you mean local? There are: local."
    ]


def test_a_fault_that_is_not_there_is_told_with_those_that_are(suite: Suite) -> None:
    """Planting nothing would look like a claim that nothing can break."""
    suite.checks(_HOLDS)

    assert problems(suite.run("--fault", "shop.fire")) == [
        "targets/local.toml:1: there is no fault 'fire' of shop, nor any other."
    ]


def test_a_file_that_cannot_be_imported_stops_the_session(suite: Suite) -> None:
    """Pytest shows the traceback; whoever listens gets the place and the last word."""
    suite.checks(_HOLDS)
    suite.checks("import no_such_module\n", "checks/shop/test_other.py")

    outcome = suite.run()

    assert (outcome.code, outcome.run) == (pytest.ExitCode.INTERRUPTED, None)
    assert [str(error) for error in outcome.told.errors] == [
        (
            "checks/shop/test_other.py:3: this cannot be collected: "
            "ModuleNotFoundError: No module named 'no_such_module'"
        )
    ]
    assert outcome.out.count("No module named 'no_such_module'") == 1


def test_checks_of_a_base_class_are_one_check(suite: Suite) -> None:
    """The same function in two classes is one function with two cases."""
    suite.checks("""
        class Base:
            @pytest.mark.claim("shop.holds")
            def test_it_holds(self):
                pass

        class TestOne(Base):
            pass

        class TestTwo(Base):
            pass
    """)

    assert len(suite.run().record("shop.holds").cases) == 2


def test_collecting_only_writes_nothing(suite: Suite) -> None:
    """A plan is told, and nothing is done."""
    suite.checks(_HOLDS)

    outcome = suite.run("--collect-only", "-q")

    assert (outcome.code, outcome.run) == (0, None)
    assert not (suite.root / "reports").exists()
    (plan,) = outcome.told.plans
    assert [case.nodeid for case in plan.cases["shop.holds"]] == [
        "checks/shop/test_shop.py::test_it_holds"
    ]
