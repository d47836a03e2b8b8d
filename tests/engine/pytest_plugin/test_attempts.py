"""Every try is kept; a further one may replace `no_verdict`, never a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

#: What a plugin such as pytest-rerunfailures does.
_RERUN = """
    from _pytest.runner import runtestprotocol

    def pytest_runtest_protocol(item, nextitem):
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        for last in (False, False, True):
            reports = runtestprotocol(item, nextitem=nextitem, log=False)
            failed = any(report.failed for report in reports)
            for report in reports:
                if report.failed and not last:
                    report.outcome = "rerun"
                item.ihook.pytest_runtest_logreport(report=report)
            if not failed:
                break
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        return True

    def pytest_report_teststatus(report):
        if report.outcome == "rerun":
            return "rerun", "R", "RERUN"
"""
_NTH = """
    tries = []

    @pytest.mark.claim("shop.counts")
    def test_it_counts(claim):
        tries.append(1)
        claim.expect(jobs=len(tries))
        {body}
"""

TRIES = {
    "no verdict, then a pass": (
        "claim.require(len(tries) > 1, 'too early')",
        ["no_verdict", "pass"],
        "pass",
        0,
    ),
    "a failure, then a pass": ("assert len(tries) > 1", ["fail", "pass"], "fail", 1),
    "no verdict, a failure, a pass": (
        "claim.require(len(tries) > 1, 'too early')\n        assert len(tries) > 2",
        ["no_verdict", "fail", "pass"],
        "fail",
        1,
    ),
    "never": ("claim.require(False, 'never')", ["no_verdict"] * 3, "no_verdict", 1),
}


@pytest.mark.parametrize(("body", "verdicts", "whole", "code"), TRIES.values(), ids=TRIES)
def test_tries_of_a_plugin_that_repeats_are_kept(
    suite: Suite, body: str, verdicts: list[str], whole: str, code: int
) -> None:
    """Each with its own measurements; a lucky one does not clear a failure."""
    suite.claims(counts="It counts `jobs >= 1`.")
    suite.write("conftest.py", _RERUN)
    suite.checks(_NTH.format(body=body))

    outcome = suite.run()

    case = outcome.case("shop.counts")
    assert [str(attempt.verdict) for attempt in case.attempts] == verdicts
    assert [attempt.measured[0].measured for attempt in case.attempts] == [
        str(n + 1) for n in range(len(verdicts))
    ]
    assert str(case.verdict) == whole
    assert outcome.code == code


def test_each_try_must_use_every_value(suite: Suite) -> None:
    """What an earlier one read does not count for a later one."""
    suite.claims(counts="It counts `jobs = 5`.")
    suite.write("conftest.py", _RERUN)
    suite.checks("""
        tries = []

        @pytest.mark.claim("shop.counts")
        def test_it_counts(claim):
            tries.append(1)
            if len(tries) == 1:
                claim["jobs"]
                claim.require(False, "too early")
    """)

    attempts = suite.run().case("shop.counts").attempts

    assert [str(attempt.verdict) for attempt in attempts] == ["no_verdict", "fail", "fail"]


def test_a_case_that_was_named_twice_was_tried_twice(suite: Suite) -> None:
    """`--keep-duplicates` collects it again."""
    suite.checks("""
        tries = []

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            tries.append(1)
            assert len(tries) > 1
    """)
    file = "checks/shop/test_shop.py"

    outcome = suite.pytest("--keep-duplicates", file, file)

    assert [str(a.verdict) for a in outcome.case("shop.holds").attempts] == ["fail", "pass"]
    assert outcome.verdicts() == {"shop.holds": "fail: assert 1 > 1"}


def test_a_try_takes_as_long_as_its_phases(suite: Suite) -> None:
    """Set-up and tear-down included."""
    suite.checks("""
        from time import sleep

        @pytest.fixture
        @observes
        def slow():
            sleep(0.05)
            yield
            sleep(0.05)

        @pytest.mark.claim("shop.holds")
        def test_it_holds(slow):
            sleep(0.05)
    """)

    assert suite.run().case("shop.holds").attempts[0].seconds >= 0.15


def test_attempts_are_told_as_they_end(suite: Suite) -> None:
    """For a table that lives."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        @pytest.mark.parametrize("n", [1, 2])
        def test_it_holds(n):
            assert n == 1

        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            pytest.skip("later")
    """)

    told = suite.run().told

    assert [(claim, nodeid[26:], str(a.verdict)) for claim, nodeid, a in told.attempts] == [
        ("shop.holds", "test_it_holds[1]", "pass"),
        ("shop.holds", "test_it_holds[2]", "fail"),
        ("shop.counts", "test_it_counts", "no_verdict"),
    ]
