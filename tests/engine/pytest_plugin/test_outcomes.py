"""What pytest's outcomes mean: `fail` for a broken assertion, `no_verdict` for all else that is no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

_CHECK = """
    @pytest.mark.claim("shop.holds")
    def test_it_holds(request):
        {body}
"""


def _indented(body: str) -> str:
    return body.replace("\n", "\n        ")


PASSES = {
    "nothing raised": "pass",
    "an assertion that holds": "assert 1 + 1 == 2",
}

FAILS = {
    "assert": ("assert {7: 2} == {}", "assert {7: 2} == {}"),
    "assert of much": (
        "assert ['complete: a quote: 500', 'heartbeat: a quote: 500'] == []",
        (
            "assert ['complete: a...a quote: 500'] == []: "
            "Left contains 2 more items, first extra item: 'complete: a quote: 500'"
        ),
    ),
    "assert of one part": (
        "assert {'sent': 2, 'letters': ['a' * 40]} == {'sent': 3, 'letters': ['a' * 40]}",
        (
            "assert {'sent': 2, '...aaaaaaaaaaa']} == {'sent': 3, '...aaaaaaaaaaa']}: "
            "Differing items: {'sent': 2} != {'sent': 3}"
        ),
    ),
    "assert with words": ("assert False, 'job 7 was lost'", "job 7 was lost"),
    "raised by hand": ("raise AssertionError('job 7 was lost')", "job 7 was lost"),
    "pytest.fail": ("pytest.fail('job 7 was lost')", "job 7 was lost"),
    "pytest.raises": (
        "with pytest.raises(KeyError):\n    pass",
        "DID NOT RAISE KeyError",
    ),
    "a group of one": (
        "raise ExceptionGroup('workers', [AssertionError('job 7 was lost')])",
        "job 7 was lost",
    ),
    "a group with other errors": (
        "raise ExceptionGroup('workers', [OSError('reset'), NoVerdict('no'), AssertionError('lost')])",
        "lost",
    ),
    "a group in a group": (
        "raise ExceptionGroup('a', [ExceptionGroup('b', [OSError('x'), AssertionError('lost')])])",
        "lost",
    ),
    "while handling no verdict": (
        "try:\n    raise NoVerdict('no')\nexcept NoVerdict:\n    assert [] == [7]",
        "assert [] == [7]",
    ),
    "marked xfail by hand": (
        "request.node.add_marker(pytest.mark.xfail)\nassert [] == [7]",
        "assert [] == [7]",
    ),
}

NO_VERDICTS = {
    "NoVerdict": ("raise NoVerdict('no job\\nwas claimed')", "no job was claimed"),
    "NotAsked": ("raise NotAsked('no Docker here')", "no Docker here"),
    "an exception": ("{}['jobs']", "KeyError: 'jobs'"),
    "an exception without words": ("raise ValueError", "ValueError"),
    "a subclass of BaseException": ("raise SystemExit(3)", "SystemExit: 3"),
    "a group without assertion": (
        "raise ExceptionGroup('workers', [OSError('reset'), OSError('refused')])",
        "ExceptionGroup: workers (2 sub-exceptions)",
    ),
    "a group of one error": ("raise ExceptionGroup('w', [OSError('reset')])", "OSError: reset"),
    "no verdict because of an assertion": (
        "try:\n    assert [] == [7]\nexcept AssertionError as error:\n    raise NoVerdict('clock') from error",
        "clock",
    ),
    "skip": ("pytest.skip('not today')", "skipped: not today"),
    "importorskip": (
        "pytest.importorskip('no_such_module')",
        "skipped: could not import 'no_such_module': No module named 'no_such_module'",
    ),
    "xfail": ("pytest.xfail('known')", "expected to fail: known"),
}


@pytest.mark.parametrize("body", PASSES.values(), ids=PASSES)
def test_what_ends_quietly_passes(suite: Suite, body: str) -> None:
    """A check that returns is a pass, and the session is green."""
    suite.checks(_CHECK.format(body=_indented(body)))

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": "pass"}
    assert outcome.code == 0


@pytest.mark.parametrize("place", ["a desk", "CI"])
@pytest.mark.parametrize(("body", "reason"), FAILS.values(), ids=FAILS)
def test_a_broken_assertion_is_a_failure(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, body: str, reason: str, place: str
) -> None:
    """
    An AssertionError or pytest.fail in the call phase, also in a group, says that it does not hold.

    It says so in the same words in CI, where pytest itself says more.
    """
    for variable in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(variable, raising=False)
    if place == "CI":
        monkeypatch.setenv("CI", "true")
    suite.checks(_CHECK.format(body=_indented(body)))

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": f"fail: {reason}"}
    assert outcome.code == 1


@pytest.mark.parametrize(("body", "reason"), NO_VERDICTS.values(), ids=NO_VERDICTS)
def test_everything_else_is_no_verdict(suite: Suite, body: str, reason: str) -> None:
    """Whatever else ends a check says nothing of the claim; to pytest it is a failure all the same."""
    suite.checks(_CHECK.format(body=_indented(body)))

    outcome = suite.run("--junitxml=pytest.xml", "-rA")

    assert outcome.verdicts() == {"shop.holds": f"no_verdict: {reason}"}
    assert outcome.code == 1
    assert "1 passed" not in outcome.out
    assert "skipped" not in outcome.out.rpartition("\n=")[2]
    xml = (suite.root / "pytest.xml").read_text(encoding="utf-8")
    assert 'errors="0" failures="1" skipped="0" tests="1"' in xml


def test_a_deliberate_no_verdict_shows_no_traceback(suite: Suite) -> None:
    """Where it was raised and why is all that there is to say; pytest's words are ours."""
    suite.checks(_CHECK.format(body="raise NoVerdict('no job was claimed')"))

    outcome = suite.run("-v")

    assert "test_it_holds NO VERDICT" in outcome.out
    assert "Traceback" not in outcome.out
    assert "1 no verdict in" in outcome.out
    (attempt,) = outcome.case("shop.holds").attempts
    assert attempt.details == f"{suite.root}/checks/shop/test_shop.py:5: no job was claimed"


def test_what_a_check_did_wrong_shows_its_traceback(suite: Suite) -> None:
    """A slip of the check's own has to be found."""
    suite.checks(_CHECK.format(body="print('on the way')\n        {}['jobs']"))

    outcome = suite.run()

    assert "NO VERDICT" in outcome.out
    assert "checks/shop/test_shop.py:6: KeyError" in outcome.out
    details = outcome.case("shop.holds").attempts[0].details
    assert "checks/shop/test_shop.py:6: KeyError" in details
    assert details.endswith("--- Captured stdout call ---\non the way")


PHASES = {
    "an error in set-up": (
        "raise ValueError('port')\n    yield",
        "no_verdict: set-up: ValueError: port",
    ),
    "an assertion in set-up": (
        "assert [] == [7]\n    yield",
        "no_verdict: set-up: AssertionError: assert [] == [7]",
    ),
    "a skip in set-up": ("pytest.skip('not today')\n    yield", "no_verdict: skipped: not today"),
    "no verdict in set-up": ("raise NoVerdict('no store')\n    yield", "no_verdict: no store"),
    "an error in tear-down": (
        "yield\n    raise ValueError('port')",
        "no_verdict: tear-down: ValueError: port",
    ),
    "an assertion in tear-down": (
        "yield\n    assert [] == [7]",
        "no_verdict: tear-down: AssertionError: assert [] == [7]",
    ),
}


@pytest.mark.parametrize(("body", "verdict"), PHASES.values(), ids=PHASES)
def test_set_up_and_tear_down_never_pass_or_fail(suite: Suite, body: str, verdict: str) -> None:
    """What happens around the check is no statement about the claim, and no pass either."""
    suite.checks(f"""
@pytest.fixture
@observes
def queue():
    {body}

@pytest.mark.claim("shop.holds")
def test_it_holds(queue):
    pass
""")

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": verdict}
    assert outcome.code == 1


def test_a_failure_stays_one_when_tear_down_breaks_too(suite: Suite) -> None:
    """What was seen is not unseen by what came after."""
    suite.checks("""
        @pytest.fixture
        @observes
        def queue():
            yield
            raise ValueError("port")

        @pytest.mark.claim("shop.holds")
        def test_it_holds(queue):
            assert [] == [7]
    """)

    assert suite.run().verdicts() == {"shop.holds": "fail: assert [] == [7]"}


@pytest.mark.parametrize("scope", ["function", "session"])
def test_a_fixture_that_breaks_while_the_check_runs_is_set_up_too(suite: Suite, scope: str) -> None:
    """Asked for by `getfixturevalue`, the first time and when its failure is remembered."""
    suite.claims(holds="It holds.", stands="It stands.")
    suite.checks(f"""
        @pytest.fixture(scope="{scope}")
        @observes
        def queue():
            assert [] == [7]

        @pytest.mark.claim("shop.holds")
        def test_it_holds(request):
            request.getfixturevalue("queue")

        @pytest.mark.claim("shop.stands")
        def test_it_stands(request):
            request.getfixturevalue("queue")
    """)

    reason = "no_verdict: set-up: AssertionError: assert [] == [7]"
    assert suite.run().verdicts() == {"shop.holds": reason, "shop.stands": reason}


MARKS = {
    "skip": ('@pytest.mark.skip(reason="later")', "no_verdict: skipped: later"),
    "skipif": ('@pytest.mark.skipif(True, reason="later")', "no_verdict: skipped: later"),
    "xfail": (
        "@pytest.mark.xfail",
        "no_verdict: it is marked xfail, and it passed; take the mark away",
    ),
    "strict xfail": (
        "@pytest.mark.xfail(strict=True)",
        "no_verdict: it is marked xfail, and it passed; take the mark away",
    ),
    "xfail, not run": (
        "@pytest.mark.xfail(run=False)",
        "no_verdict: expected to fail: [NOTRUN] ",
    ),
}


@pytest.mark.parametrize(("mark", "verdict"), MARKS.values(), ids=MARKS)
def test_no_mark_makes_a_pass(suite: Suite, mark: str, verdict: str) -> None:
    """A check that is skipped or expected to fail says nothing, and pytest counts a failure."""
    suite.checks(f"""
        @pytest.mark.claim("shop.holds")
        {mark}
        def test_it_holds():
            pass
    """)

    outcome = suite.run("--junitxml=pytest.xml")

    assert outcome.verdicts() == {"shop.holds": verdict.strip()}
    assert outcome.code == 1
    xml = (suite.root / "pytest.xml").read_text(encoding="utf-8")
    assert "<skipped" not in xml
    assert 'skipped="0" tests="1"' in xml


def test_a_mark_does_not_hide_a_failure(suite: Suite) -> None:
    """The claim does not hold, whatever its author expects."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        @pytest.mark.xfail(reason="known")
        def test_it_holds():
            assert [] == [7]
    """)

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": "fail: assert [] == [7]"}
    assert outcome.code == 1


def test_a_coroutine_that_nobody_awaits_is_no_failure_of_the_claim(suite: Suite) -> None:
    """Pytest fails it on its own account."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        async def test_it_holds():
            pass
    """)

    outcome = suite.run("-p", "no:anyio")

    assert outcome.verdicts() == {
        "shop.holds": "no_verdict: Failed: async def functions are not natively supported."
    }


def test_a_timeout_is_no_verdict(suite: Suite) -> None:
    """A plugin that calls pytest.fail from a signal says nothing of the claim."""
    suite.write(
        "pytest_timeout.py",
        """
        import pytest

        def over():
            pytest.fail("Timeout (>1.0s) from pytest-timeout.")
        """,
    )
    suite.checks(_CHECK.format(body="import pytest_timeout\n        pytest_timeout.over()"))
    suite.pytester.syspathinsert()

    assert suite.run().verdicts() == {
        "shop.holds": "no_verdict: Failed: Timeout (>1.0s) from pytest-timeout."
    }


def test_a_reason_is_one_line_of_bearable_length(suite: Suite) -> None:
    """Its beginning and its end, where a program's last words stand; the rest is in the details."""
    suite.checks(_CHECK.format(body="raise NoVerdict('word ' * 200 + 'PORT is required')"))

    reason = suite.run().case("shop.holds").attempts[0].reason

    assert reason == "word " * 48 + "… " + "word " * 28 + "PORT is required"


def test_what_did_not_start_is_told_in_one_line(suite: Suite) -> None:
    """The line that is alike wherever it happens is the reason; the log is named in what to do."""
    raised = "StackError('store:\\n  PANIC\\n  x.log', brief='store: PANIC', remedy='read x.log')"
    body = f"import proofbook.errors\n        raise proofbook.errors.{raised}"
    suite.checks(_CHECK.format(body=body))

    attempt = suite.run().case("shop.holds").attempts[0]

    assert (attempt.reason, attempt.remedy) == ("store: PANIC", "read x.log")


def test_an_assertion_without_a_message_tells_where_it_stands(suite: Suite) -> None:
    """Code that pytest does not rewrite asserts in silence."""
    suite.write("judge.py", "def judge():\n    assert not True\n")
    suite.checks(_CHECK.format(body="from judge import judge\n        judge()"))
    suite.pytester.syspathinsert()

    assert suite.run().verdicts() == {
        "shop.holds": f"fail: an assertion without a message at {suite.root}/judge.py:2"
    }
