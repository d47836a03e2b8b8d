"""Subtests of a check join as its cases do: one that is no pass leaves no pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

_CHECK = """
    @pytest.mark.claim("shop.holds")
    def test_it_holds(claim, subtests):
        for n in (1, 2, 3):
            with subtests.test(n=n):
                {body}
"""

BODIES = {
    "all hold": ("pass", "pass", 0),
    "one is broken": ("assert n != 2", "fail: assert 2 != 2", 1),
    "one is skipped": ("n != 2 or pytest.skip('later')", "no_verdict: skipped: later", 1),
    "one gives no verdict": (
        "n != 2 or claim.require(False, 'no job')",
        "no_verdict: no job",
        1,
    ),
    "one of each": (
        "n != 1 or pytest.skip('later'); assert n != 2",
        "fail: assert 2 != 2",
        1,
    ),
    "one is expected to fail": (
        "n != 2 or pytest.xfail('known')",
        "no_verdict: expected to fail: known",
        1,
    ),
}


@pytest.mark.parametrize(("body", "verdict", "code"), BODIES.values(), ids=BODIES)
def test_subtests_join(suite: Suite, body: str, verdict: str, code: int) -> None:
    """`fail > no_verdict > pass`."""
    suite.checks(_CHECK.format(body=body))

    outcome = suite.run()

    assert outcome.verdicts() == {"shop.holds": verdict}
    assert len(outcome.case("shop.holds").attempts) == 1
    assert outcome.code == code


def test_subtests_join_on_workers(suite: Suite) -> None:
    """Where pytest itself counts failed subtests in another process."""
    body, verdict, code = BODIES["one is skipped"]
    suite.checks(_CHECK.format(body=body))

    outcome = suite.apart("-n", "1")

    assert outcome.verdicts() == {"shop.holds": verdict}
    assert outcome.code == code


def test_values_may_be_used_after_the_last_subtest(suite: Suite) -> None:
    """A check is judged when it ends, not with each of its subtests."""
    suite.claims(counts="It counts `jobs = 3`.")
    suite.checks("""
        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim, subtests):
            with subtests.test():
                pass
            claim.expect(jobs=3)
    """)

    assert suite.run().verdicts() == {"shop.counts": "pass"}
