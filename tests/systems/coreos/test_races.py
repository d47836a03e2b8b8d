"""Many at once: what must happen once happens once."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.systems.deployment import CoreOs


def together(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call gave, all begun at one instant."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.mark.slow
def test_each_of_many_jobs_goes_to_one_of_many_workers(coreos: CoreOs) -> None:
    """20 workers, 500 jobs, each claimed once and completed once."""
    coreos.sql(_CLONES, 499, coreos.enqueue())

    def drain(worker: str) -> list[str]:
        done = []
        while job := coreos.claim(worker):
            assert coreos.finish(job, worker).json()["status"] == "COMPLETED"
            done.append(job["ticket"]["jobId"])
        return done

    done = together([partial(drain, f"w{n}") for n in range(20)])

    claimed = [name for names in done for name in names]
    assert Counter(claimed).most_common(1)[0][1] == 1
    assert len(claimed) == 500
    assert coreos.sql("SELECT status, count(*) AS n FROM job_queue GROUP BY status") == [
        {"status": "COMPLETED", "n": 500}
    ]
    assert coreos.counters()["jobs_completed:jobType=scheduler.tick"] == 500


def test_no_claim_comes_back_empty_while_jobs_wait(coreos: CoreOs) -> None:
    """10 claims at one instant, twice, on 20 jobs."""
    for _ in range(20):
        coreos.enqueue()

    jobs = [
        job
        for _ in range(2)
        for job in together([partial(coreos.claim, f"w{n}") for n in range(10)])
    ]

    assert len({job["ticket"]["jobId"] for job in jobs}) == 20


def test_one_result_posted_ten_times_counts_once(coreos: CoreOs) -> None:
    """One decides; the nine others get its answer."""
    coreos.enqueue()
    job = coreos.take()

    answers = together([partial(coreos.finish, job) for _ in range(10)])

    assert [answer.status_code for answer in answers] == [200] * 10
    assert sum("idempotent" not in answer.json() for answer in answers) == 1
    assert coreos.counters()["jobs_completed:jobType=scheduler.tick"] == 1
    assert len(coreos.audit()) == 1
    assert coreos.get("/api/ops/metrics/timeseries").json()["totalEntries"] == 1


def test_success_and_failure_at_once_are_told_the_truth(coreos: CoreOs) -> None:
    """One of them decides, and nobody is told otherwise."""
    for _ in range(10):
        job_id = coreos.enqueue(maxAttempts=1)
        job = coreos.take()

        answers = together([partial(coreos.finish, job), partial(coreos.fail, job)])

        told = [answer.json()["status"] for answer in answers if answer.status_code == 200]
        assert told == [coreos.show(job_id)["status"]]


def test_five_reapers_share_the_work(coreos: CoreOs) -> None:
    """Each overdue job is found by one, buried once, audited once."""
    jobs = [coreos.enqueue(maxAttempts=1) for _ in range(3)]
    for _ in jobs:
        coreos.take()
    coreos.sql("UPDATE job_queue SET lease_until = coreos_now_ms()")

    answers = together([partial(coreos.post, "/api/jobs/reaper") for _ in range(5)])

    assert sorted(job["jobId"] for a in answers for job in a.json()["jobs"]) == sorted(jobs)
    assert Counter(item["type"] for item in coreos.audit()) == {"job.stuck": 3, "job.dead": 3}
    assert coreos.counters()["jobs_dead:jobType=scheduler.tick"] == 3


def test_a_suspended_job_is_never_handed_out(coreos: CoreOs) -> None:
    """Suspend and claim at one instant: one of them wins."""
    for _ in range(20):
        job_id = coreos.enqueue()

        suspended, job = together(
            [partial(coreos.post, f"/api/jobs/{job_id}/suspend"), coreos.claim]
        )

        assert (suspended.status_code == 200) == (job is None)
        if job:
            assert coreos.finish(job).status_code == 200


def test_a_completed_job_has_no_lease(coreos: CoreOs) -> None:
    """Heartbeat and result at one instant."""
    for _ in range(20):
        job_id = coreos.enqueue()
        job = coreos.take()

        _, result = together([partial(coreos.beat, job), partial(coreos.finish, job)])

        assert result.status_code == 200
        shown = coreos.show(job_id)
        assert (shown["status"], shown["leaseUntil"]) == ("COMPLETED", None)


def test_a_dead_job_is_requeued_by_one_of_many(coreos: CoreOs) -> None:
    """The others are told by which."""
    job_id = coreos.dead()

    answers = together([partial(coreos.post, f"/api/jobs/{job_id}/requeue") for _ in range(8)])

    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert coreos.get("/api/jobs/claim").json()["claimable"] == 1


def test_one_id_lets_one_process_in(coreos: CoreOs) -> None:
    """Of many that come at once under one name."""
    answers = together([partial(coreos.ask, "w", f"i{n}") for n in range(8)])

    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    assert coreos.counters()["claim_conflict:reason=worker_id_in_use"] == 7


_CLONES = """
INSERT INTO job_queue (job_id, ticket, payload, job_type, trace_id, actor_id, expires_at, nonce, max_attempts,
  lease_duration_ms, created_at, updated_at, next_run_at)
SELECT 'clone-' || n, json_build_object('jobId', 'clone-' || n, 'traceId', trace_id), payload, job_type, trace_id,
  actor_id, expires_at, nonce, max_attempts, lease_duration_ms, created_at, updated_at, next_run_at
FROM job_queue, generate_series(1, %s) AS n WHERE job_id = %s
"""
