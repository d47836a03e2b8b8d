"""A session that is cut short writes what it found out."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook import runs

if TYPE_CHECKING:
    from proofbook.evidence import Run
    from tests.engine.pytest_plugin.conftest import Suite

_CHECKS = """
    import os, signal, time
    from pathlib import Path

    @pytest.mark.claim("shop.holds")
    def test_it_holds():
        pass

    @pytest.mark.claim("shop.waits")
    def test_it_waits():
        {}

    @pytest.mark.claim("shop.counts")
    def test_it_counts():
        pass
"""
_DEADLINE_SECONDS = 90


def prepared(suite: Suite, body: str) -> None:
    """Three checks, of which the second is where it ends."""
    suite.claims(holds="It holds.", waits="It waits.", counts="It counts.")
    suite.checks(_CHECKS.format(body))


@pytest.mark.slow
def test_ctrl_c_writes_what_was_found_out(suite: Suite) -> None:
    """The run says that it was interrupted; the case that ran has no verdict."""
    prepared(suite, "raise KeyboardInterrupt")

    outcome = suite.apart()

    assert outcome.code == pytest.ExitCode.INTERRUPTED
    assert outcome.run
    assert outcome.run.aborted == "interrupted"
    assert outcome.run.finished
    assert outcome.verdicts() == {
        "shop.holds": "pass",
        "shop.waits": "no_verdict: the session ended before this try did",
        "shop.counts": "no_verdict: checks/shop/test_shop.py::test_it_counts was planned and "
        "did not run",
    }


def test_pytest_exit_is_an_abort_with_its_words(suite: Suite) -> None:
    """A plugin or a check ended it."""
    prepared(suite, "pytest.exit('enough')")

    outcome = suite.run()

    assert outcome.run
    assert outcome.run.aborted == "ended by pytest.exit: enough"


def test_an_internal_error_is_an_abort(suite: Suite) -> None:
    """Nothing that comes after it can be trusted."""
    prepared(suite, "pass")
    suite.write("conftest.py", "def pytest_runtest_logfinish(nodeid):\n    1 / 0\n")

    outcome = suite.run()

    assert outcome.code == pytest.ExitCode.INTERNAL_ERROR
    assert outcome.run
    assert outcome.run.aborted == "internal error: ZeroDivisionError: division by zero"


@pytest.mark.slow
def test_an_interrupted_run_does_not_vouch_for_a_release(suite: Suite) -> None:
    """It was not read again."""
    prepared(suite, "raise KeyboardInterrupt")
    suite.write("release.txt", "abc123\n")
    suite.target(
        'kind = "twin"\nrelease = { api = { file = "release.txt" } }\n'
        '[systems.shop.api]\nurl = "http://shop.invalid"\n'
    )

    assert suite.apart().verdicts()["shop.holds"] == (
        "no_verdict: the run was cut short before the release was read again"
    )


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["0", "2"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_in_order(suite: Suite, workers: str, number: int) -> None:
    """SIGTERM as Ctrl-C; earlier runs stay as they are, and no process stays behind."""
    prepared(suite, "Path('waits').write_text(str(os.getpid())); time.sleep(600)")
    earlier = suite.run("-k", "holds")
    before = (suite.folders()[0] / "run.json").read_bytes()
    assert earlier.run

    run, pid = interrupted(suite, workers, number)

    assert run.aborted == "interrupted"
    verdicts = {record.claim: str(run.verdict(record)) for record in run.records}
    assert verdicts["shop.waits"] == "no_verdict"
    assert (suite.root / "reports" / "runs" / earlier.run.id / "run.json").read_bytes() == before
    assert not is_running(pid)


def interrupted(suite: Suite, workers: str, number: int) -> tuple[Run, int]:
    """The run of a session that got a signal while a check waited, and who ran that check."""
    words = [sys.executable, "-m", "pytest", "-p", "no:valkey", "checks", "-n", workers]
    with subprocess.Popen(words, cwd=suite.root, stdout=subprocess.DEVNULL) as session:
        try:
            wait_for(suite.root / "waits")
            session.send_signal(number)
            session.wait(_DEADLINE_SECONDS)
        finally:
            session.kill()
    assert session.returncode == pytest.ExitCode.INTERRUPTED
    found = runs.newest(suite.root)
    assert found
    return found, int((suite.root / "waits").read_text(encoding="utf-8"))


def wait_for(path: Path) -> None:
    """Until a file has something in it."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while not (path.exists() and path.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.05)


def is_running(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
