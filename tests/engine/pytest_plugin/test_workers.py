"""With pytest-xdist: the same verdicts, also of a worker that is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from proofbook.evidence import Measurement

if TYPE_CHECKING:
    from tests.engine.pytest_plugin.conftest import Suite

pytestmark = pytest.mark.slow


def test_workers_find_what_one_process_finds(suite: Suite) -> None:
    """Verdicts, measurements, reasons, remedies, seeds and logs come back; nothing runs twice."""
    suite.claims(quick="It answers in `p95 <= 600 ms`.", holds="It holds.", breaks="It breaks.")
    suite.checks("""
        @pytest.fixture
        @disrupts
        def lost_worker():
            pass

        @pytest.mark.claim("shop.quick")
        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_it_is_quick(claim, n):
            claim.expect(p95=400 + n)

        @pytest.mark.claim("shop.holds")
        def test_it_holds(seed):
            print("seed", seed)
            assert [] == [7]

        @pytest.mark.claim("shop.breaks")
        def test_it_breaks(lost_worker):
            pass
    """)

    outcome = suite.apart("-n", "2", "--seed", "7", "--junitxml=pytest.xml")

    assert outcome.verdicts() == {
        "shop.quick": "pass",
        "shop.holds": "fail: assert [] == [7]",
        "shop.breaks": "no_verdict: targets/local.toml permits exercises; this check disrupts",
    }
    assert outcome.record("shop.quick").measured == tuple(
        Measurement(name="p95", promised="p95 <= 600 ms", measured=f"40{n} ms", holds=True)
        for n in (1, 2, 3)
    )
    (refused,) = outcome.case("shop.breaks").attempts
    assert (refused.asked, refused.remedy) == (
        False,
        'write permits = "disrupts" in targets/local.toml, if that may be done there',
    )
    assert (
        outcome.case("shop.holds")
        .attempts[0]
        .details.endswith("--- Captured stdout call ---\nseed 7")
    )
    assert {len(c.attempts) for r in outcome.run.records for c in r.cases} == {1}  # type: ignore[union-attr]  # verdicts() asked
    assert "1 failed, 3 passed, 1 not asked" in outcome.out
    assert outcome.code == 1
    xml = (suite.root / "pytest.xml").read_text(encoding="utf-8")
    assert 'errors="1" failures="1" skipped="0" tests="5"' in xml


def test_a_worker_that_dies_gives_no_verdict(suite: Suite) -> None:
    """The case that it ran is named; what it would have run is run by another."""
    suite.claims(dies="It dies.", holds="It holds.", counts="It counts.")
    suite.checks("""
        import os

        @pytest.mark.claim("shop.dies")
        @pytest.mark.parametrize("n", [1, 2])
        def test_it_dies(n):
            if n == 2:
                os._exit(0)

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass

        @pytest.mark.claim("shop.counts")
        def test_it_counts():
            pass
    """)

    outcome = suite.apart("-n", "1", "--junitxml=pytest.xml")

    assert outcome.verdicts() == {
        "shop.dies": "no_verdict: worker 'gw0' crashed while running "
        "'checks/shop/test_shop.py::test_it_dies[2]'",
        "shop.holds": "pass",
        "shop.counts": "pass",
    }
    assert [str(c.verdict) for c in outcome.record("shop.dies").cases] == ["pass", "no_verdict"]
    assert "3 passed, 1 no verdict" in outcome.out
    assert outcome.code == 1
    xml = (suite.root / "pytest.xml").read_text(encoding="utf-8")
    assert 'errors="1" failures="0" skipped="0" tests="4"' in xml


def test_cases_that_no_worker_was_left_for_did_not_run(suite: Suite) -> None:
    """They were planned, so they are there, without a verdict."""
    suite.claims(dies="It dies.", holds="It holds.")
    suite.checks("""
        import os

        @pytest.mark.claim("shop.dies")
        def test_it_dies():
            os._exit(0)

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    outcome = suite.apart("-n", "1", "--max-worker-restart=0")

    assert outcome.verdicts() == {
        "shop.dies": "no_verdict: worker 'gw0' crashed while running "
        "'checks/shop/test_shop.py::test_it_dies'",
        "shop.holds": "no_verdict: checks/shop/test_shop.py::test_it_holds was planned and did not run",
    }
    assert outcome.code != 0


def test_what_does_not_fit_is_said_once(suite: Suite) -> None:
    """By the controller, before a worker runs anything."""
    suite.checks("""
        @pytest.mark.claim("shop.hold")
        def test_it_holds():
            pass
    """)

    outcome = suite.apart("-n", "2")

    assert outcome.run is None
    assert outcome.code == pytest.ExitCode.USAGE_ERROR
    assert (outcome.out + outcome.err).count("no runbook states shop.hold") == 1


def test_a_file_that_cannot_be_imported_is_said_once(suite: Suite) -> None:
    """Not by each of the workers, too."""
    suite.checks("import no_such_module\n")

    outcome = suite.apart("-n", "2")

    assert outcome.run is None
    assert outcome.code == pytest.ExitCode.INTERRUPTED
    assert outcome.out.count("E   ModuleNotFoundError") == 1


def test_the_first_failure_stops_the_workers(suite: Suite) -> None:
    """`-x` is no abort: what did not run has no verdict."""
    suite.claims(holds="It holds.", counts="It counts.")
    suite.checks("""
        from time import sleep

        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pytest.skip("not today")

        @pytest.mark.claim("shop.counts")
        @pytest.mark.parametrize("n", range(30))
        def test_it_counts(n):
            sleep(0.1)
    """)

    outcome = suite.apart("-n", "2", "-x")

    assert outcome.verdicts()["shop.holds"] == "no_verdict: skipped: not today"
    assert "was planned and did not run" in outcome.verdicts()["shop.counts"]
    assert outcome.run
    assert outcome.run.aborted is None
    assert outcome.code != 0


def test_a_group_runs_in_one_process(suite: Suite) -> None:
    """`--dist=loadgroup` keeps those together whose marks say so; they are the same cases."""
    suite.checks("""
        @pytest.fixture(scope="session")
        @observes
        def seen():
            return set()

        @pytest.mark.claim("shop.holds")
        @pytest.mark.xdist_group("store")
        @pytest.mark.parametrize("n", range(6))
        def test_it_holds(seen, n):
            seen.add(n)
            assert seen == set(range(n + 1))
    """)

    outcome = suite.apart("-n", "2", "--dist=loadgroup")

    assert outcome.verdicts() == {"shop.holds": "pass"}


@pytest.mark.parametrize(
    ("target", "workers"),
    [
        ('kind = "twin"\n[systems.shop.api]\nurl = "http://shop.invalid"\n', "^1 worker"),
        (
            'kind = "twin"\n[systems.shop.api]\ncommand = ["true"]\nready = { running_for = "1 s" }\n',
            r"^([89]|\d\d+) workers",
        ),
    ],
)
def test_auto_is_as_many_workers_as_the_target_bears(
    suite: Suite, target: str, workers: str
) -> None:
    """Checks mostly wait, so at least eight; one where the target's state is shared."""
    suite.target(target)
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    outcome = suite.apart("-n", "auto")

    assert outcome.verdicts() == {"shop.holds": "pass"}
    assert re.search(workers, outcome.out, re.MULTILINE)


def test_other_tests_have_the_workers_that_xdist_gives_them(suite: Suite) -> None:
    """As many as there are processors."""
    suite.write("tests/test_other.py", "def test_other():\n    pass\n")
    suite.pytester._monkeypatch.setenv("PYTEST_XDIST_AUTO_NUM_WORKERS", "2")

    result = suite.pytester.runpytest_subprocess("-p", "no:valkey", "tests", "-n", "auto")

    assert "\n2 workers" in result.stdout.str()


def test_without_xdist_nothing_is_missing(suite: Suite) -> None:
    """It is no part of what a check needs."""
    suite.checks("""
        @pytest.mark.claim("shop.holds")
        def test_it_holds():
            pass
    """)

    assert suite.apart("-p", "no:xdist").verdicts() == {"shop.holds": "pass"}
