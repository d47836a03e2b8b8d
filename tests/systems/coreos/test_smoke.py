"""The smoke test against an API of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from proofbook.instruments.tap import FakeServer
from systems.coreos.smoke import Deployment, Failed, prove

if TYPE_CHECKING:
    from proofbook.instruments.tap import Received

JOB = "/api/jobs/11111111-1111-4111-8111-111111111111"
ANSWERS: dict[str, tuple[int, Any]] = {
    "/api/worker/health": (200, {"status": "ok"}),
    "/api/auth/session": (200, {"status": "success"}),
    "/api/jobs/enqueue": (201, {"jobId": JOB.rpartition("/")[2]}),
    JOB: (200, {"status": "COMPLETED"}),
    "/api/ops/metrics/summary": (200, {"aggregated": {"total": 1}}),
    "/api/ops/jobs/stuck": (200, {"count": 0, "jobs": []}),
}


def smoke(**other: tuple[int, Any]) -> None:
    """Prove an API whose answers are all well but for those given, by the last word of their path."""

    def answer(request: Received) -> tuple[int, Any]:
        return other.get(request.path.rpartition("/")[2], ANSWERS[request.path])

    with FakeServer(answer) as server:
        prove(Deployment(server.url), "token", pause_seconds=0)


def test_a_deployment_that_works_is_proved(capsys: pytest.CaptureFixture[str]) -> None:
    """Five things hold, and are said."""
    smoke()

    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == ["ok"] * 5


@pytest.mark.parametrize(
    ("page", "answer", "message"),
    [
        ("health", (200, {"status": "down"}), 'not so: health is ok; seen: {"status": "down"}'),
        ("health", (503, {}), "GET /api/worker/health answered 503: {}"),
        ("enqueue", (201, {}), "not so: a job is taken; seen: null"),
        (
            "summary",
            (200, {"aggregated": {"total": 0}}),
            "not so: the summary counts jobs; seen: 0",
        ),
        ("stuck", (200, {"count": 0}), 'not so: the stuck jobs are listed; seen: {"count": 0}'),
        ("stuck", (200, []), "GET /api/ops/jobs/stuck answered with no object: []"),
    ],
)
def test_what_does_not_hold_is_said(page: str, answer: tuple[int, Any], message: str) -> None:
    """Which of the five, and what was there instead."""
    with pytest.raises(Failed) as told:
        smoke(**{page: answer})

    assert str(told.value) == message


@pytest.mark.parametrize("status", ["DEAD", "PROCESSING"])
def test_a_job_that_is_not_done_is_no_success(status: str) -> None:
    """Neither one that failed nor one that nobody took."""
    with pytest.raises(Failed, match=r"^not so: the job 1{8}\S+ is completed; seen: "):
        smoke(**{JOB.rpartition("/")[2]: (200, {"status": status})})


def test_nobody_at_the_address_is_said() -> None:
    """With the address."""
    with pytest.raises(Failed, match=r"^GET /api/worker/health at http://127\.0\.0\.1:9: "):
        prove(Deployment("http://127.0.0.1:9"), "token")
