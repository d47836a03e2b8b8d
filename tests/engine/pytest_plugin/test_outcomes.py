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


@pytest.mark.parametrize(("body", "reason"), FAILS.values(), ids=FAILS)
def test_a_broken_assertion_is_a_failure(suite: Suite, body: str, reason: str) -> None:
    """An AssertionError or pytest.fail in the call phase, also in a group, says that it does not hold."""
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
