"""The worker process: what it says, posts, logs, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Exited, Ready

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.stack import Twin
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

FAST = {"POLL_INTERVAL_SECONDS": "0.2", "HEARTBEAT_INTERVAL_SECONDS": "0.3"}
pytestmark = pytest.mark.slow


def until(seen: Callable[[], object], expected: object, within_seconds: float = 60) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + within_seconds
    while (now := seen()) != expected:
        assert time.monotonic() < deadline, f"{now!r}, not {expected!r}"
        time.sleep(0.05)


def status(coreos: CoreOs, job_id: str) -> str:
    """A job's status."""
    return str(coreos.show(job_id)["status"])


def test_it_does_every_kind_of_job(coreos: CoreOs) -> None:
    """With the result of each, hashed and signed whatever is in it."""
    odd = "trace <&> \u2028 \x00 😀"
    jobs = {
        kind: coreos.enqueue(kind, {"hangSec": 0, "failCount": 0}, traceId=odd)
        for kind in (
            "scheduler.tick",
            "index.build",
            "webhook.process",
            "__test.hang",
            "__test.fail_n_times",
        )
    }
    array = coreos.enqueue("scheduler.tick", [1])

    coreos.worker("w&1", **FAST)

    for job_id in (*jobs.values(), array):
        until(partial(status, coreos, job_id), "COMPLETED")
    results = {
        kind: coreos.sql("SELECT result FROM job_results WHERE job_id = %s", job_id)[0]["result"][
            "resultData"
        ]
        for kind, job_id in jobs.items()
    }
    assert results == {
        "scheduler.tick": {
            "message": "Scheduler tick processed (stub)",
            "tickProcessed": True,
            "traceId": odd,
        },
        "index.build": {
            "indexBuilt": True,
            "message": "Index build completed (stub)",
            "traceId": odd,
        },
        "webhook.process": {
            "message": "Webhook processed (stub)",
            "traceId": odd,
            "webhookProcessed": True,
        },
        "__test.hang": {"hangSec": 0, "hung": True, "traceId": odd},
        "__test.fail_n_times": {"testPassed": True, "traceId": odd},
    }


def test_a_job_that_fails_once_is_done_the_second_time(starter: Starter) -> None:
    """Its error is in the log, beside its name."""
    coreos = starter(RETRY_MAX_DELAY_MS="100")
    job_id = coreos.enqueue("__test.fail_n_times", {"failCount": 1})

    worker = coreos.worker("w1", **FAST)

    # Its result is taken before the worker says so.
    worker.wait_for_line(rf"job={job_id} .* attempt=2/3 status=COMPLETED", 60)
    assert status(coreos, job_id) == "COMPLETED"
    assert coreos.show(job_id)["attempts"] == 2
    assert coreos.show(job_id)["lastError"]["message"] == "intentional test failure (failCount=1)"
    lines = [line for line in worker.lines() if job_id in line]
    assert [line.partition("] ")[2] for line in lines] == [
        f"Claimed job={job_id} type=__test.fail_n_times worker=w1 attempt=1/3",
        (
            f"job={job_id} type=__test.fail_n_times worker=w1 attempt=1/3 status=EXEC_FAIL"
            " err=intentional test failure (failCount=1)"
        ),
        f"Claimed job={job_id} type=__test.fail_n_times worker=w1 attempt=2/3",
        f"job={job_id} type=__test.fail_n_times worker=w1 attempt=2/3 status=COMPLETED",
    ]


def test_it_keeps_its_lease_while_it_works(coreos: CoreOs) -> None:
    """A job longer than its lease is done in one attempt."""
    job_id = coreos.enqueue("__test.hang", {"hangSec": 6}, leaseDurationMs=4000)

    worker = coreos.worker("w1", **FAST)

    until(lambda: status(coreos, job_id), "COMPLETED")
    assert coreos.show(job_id)["attempts"] == 1
    assert len([line for line in worker.lines() if f"job={job_id} heartbeat sent" in line]) >= 4


def test_it_lets_a_lost_job_go(coreos: CoreOs) -> None:
    """A refused heartbeat ends the handler; no result is posted, and the next job is done."""
    job_id = coreos.enqueue("__test.hang", {"hangSec": 60})
    worker = coreos.worker("w1", **FAST)
    until(lambda: status(coreos, job_id), "PROCESSING")

    coreos.sql("UPDATE job_queue SET attempts = 2, worker_id = 'w2' WHERE job_id = %s", job_id)

    worker.wait_for_line(rf"job={job_id} .* status=LOST_LEASE err=HTTP 409 .*STALE_LEASE", 60)
    other = coreos.enqueue()
    until(lambda: status(coreos, other), "COMPLETED")
    assert status(coreos, job_id) == "PROCESSING"
    assert coreos.sql("SELECT * FROM job_results WHERE job_id = %s", job_id) == []


def test_a_ticket_of_another_key_is_not_run(coreos: CoreOs) -> None:
    """It is posted as failed until it is dead."""
    job_id = coreos.enqueue("__test.hang", {"hangSec": 60}, maxAttempts=1)

    worker = coreos.worker("w1", JOB_TICKET_PUBLIC_KEY="A" * 43 + "=", **FAST)

    until(lambda: status(coreos, job_id), "DEAD")
    assert coreos.show(job_id)["lastError"]["code"] == "TICKET_INVALID"
    worker.wait_for_line(rf"job={job_id} .* status=VERIFY_FAIL err=invalid Ed25519 signature", 60)


def test_a_refused_claim_is_logged_and_tried_again(coreos: CoreOs) -> None:
    """With the API's answer; nothing is run."""
    job_id = coreos.enqueue()

    worker = coreos.worker("w1", JOB_WORKER_HMAC_SECRET="ab" * 32, **FAST)

    for after in (0, 3):
        worker.wait_for_line(r"Claim error: HTTP 403 .*INVALID_SIGNATURE", 60, after=after)
    shown = coreos.show(job_id)
    assert (shown["status"], shown["attempts"]) == ("PENDING", 0)


def test_an_api_that_is_not_there_is_logged_each_time(twin: Twin) -> None:
    """And waited for."""
    outcome = twin.start("worker", env={"COREOS_API_URL": "http://127.0.0.1:9", **FAST})

    assert isinstance(outcome, Ready)
    process = outcome.process
    until(lambda: min(process.output().count("Claim error: ConnectionRefusedError"), 3), 3)
    assert outcome.process.is_running


def test_an_idle_worker_ends_at_once(coreos: CoreOs) -> None:
    """Exit 0, for SIGTERM."""
    worker = coreos.worker("w1", POLL_INTERVAL_SECONDS="30")

    worker.terminate()

    # Sooner than it would have polled.
    assert worker.wait(20) == 0


def test_a_busy_worker_ends_when_its_job_is_posted(coreos: CoreOs) -> None:
    """It goes on beating, takes no other job, and exits 0."""
    job_id = coreos.enqueue("__test.hang", {"hangSec": 6}, leaseDurationMs=4000)
    worker = coreos.worker("w1", SHUTDOWN_GRACE_SECONDS="50", **FAST)
    until(lambda: status(coreos, job_id), "PROCESSING")
    other = coreos.enqueue()

    worker.terminate()

    assert worker.wait(60) == 0
    assert (status(coreos, job_id), coreos.show(job_id)["attempts"]) == ("COMPLETED", 1)
    assert status(coreos, other) == "PENDING"


def test_a_grace_has_an_end(coreos: CoreOs) -> None:
    """Then it leaves without a result: exit 0, the job to be claimed again."""
    job_id = coreos.enqueue("__test.hang", {"hangSec": 60})
    worker = coreos.worker("w1", SHUTDOWN_GRACE_SECONDS="0.5", **FAST)
    until(lambda: status(coreos, job_id), "PROCESSING")

    began = time.monotonic()
    worker.terminate()

    assert worker.wait(30) == 0
    assert time.monotonic() - began > 0.4
    assert status(coreos, job_id) == "PROCESSING"
    assert "the grace is over" in worker.output()


def test_two_processes_do_not_share_a_name(coreos: CoreOs) -> None:
    """The second is refused while the first polls."""
    coreos.worker("w1", WORKER_ID="same", **FAST)
    until(lambda: len(coreos.sql("SELECT * FROM workers")), 1)

    second = coreos.worker("w2", WORKER_ID="same", **FAST)

    second.wait_for_line("Claim error: HTTP 409 .*WORKER_ID_IN_USE", 60)


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"COREOS_API_URL": "", "JOB_WORKER_HMAC_SECRET": "", "JOB_TICKET_PUBLIC_KEY": ""},
            [
                "COREOS_API_URL is required",
                "JOB_WORKER_HMAC_SECRET is required",
                "JOB_TICKET_PUBLIC_KEY is required",
            ],
        ),
        ({"JOB_WORKER_HMAC_SECRET": "ab" * 31}, ["JOB_WORKER_HMAC_SECRET is invalid"]),
        ({"JOB_TICKET_PUBLIC_KEY": "AAAA"}, ["JOB_TICKET_PUBLIC_KEY is invalid"]),
        ({"COREOS_API_URL": "nowhere"}, ["COREOS_API_URL is invalid"]),
    ],
)
def test_it_does_not_start_without_its_settings(
    twin: Twin, changes: dict[str, str], lines: list[str]
) -> None:
    """Exit 1, each variable by name, no value."""
    outcome = twin.start("worker", env={"COREOS_API_URL": "http://127.0.0.1:9"} | changes)

    assert isinstance(outcome, Exited)
    assert outcome.code == 1
    told = re.findall(r"\[FATAL\] Configuration error: (.*)", outcome.output)
    assert told == lines
    assert not any(value in outcome.output for value in changes.values() if len(value) > 3)


def test_interrupts_end_it_too(coreos: CoreOs) -> None:
    """As Ctrl-C does."""
    worker = coreos.worker("w1", POLL_INTERVAL_SECONDS="30")

    os.kill(worker.pid, signal.SIGINT)

    assert worker.wait(20) == 0
