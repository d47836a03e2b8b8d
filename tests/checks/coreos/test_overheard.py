"""What a tap heard of worker processes becomes a history."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

from checks.coreos.adapter_access import Access
from checks.coreos.overheard import overheard, sent_seconds
from proofbook.history import Event, Kind, Outcome
from proofbook.instruments.exchanges import Exchange
from proofbook.targets import Names

ACCESS = Access(
    names=Names(paths={"/api/jobs/claim": "/take"}),
    login_path=None,
    bodies={},
    cookies={},
    worker_headers=None,
    secret="",
)
HELD = {"jobId": "j", "workerId": "w1", "attempt": 2}
RESULT = {"jobId": "j", "workerId": "w1", "status": "SUCCEEDED", "metrics": {"attempts": 2}}


def exchange(path: str, asked: Any, status: int | None, reply: Any = b"") -> Exchange:
    """A POST that took from 1 to 2."""
    return Exchange(
        method="POST",
        path=path,
        query="",
        request_headers=(),
        request_body=json.dumps(asked).encode(),
        invoked_ns=1,
        returned_ns=None if status is None else 2,
        status=status,
        reply_body=reply if isinstance(reply, bytes) else json.dumps(reply).encode(),
    )


def event(kind: Kind, job: str | None, token: int | None, **more: Any) -> Event:
    """What `w1` did from 1 to 2, accepted unless `more` says otherwise."""
    held = Event(kind, job, "w1", token, 1, 2, Outcome.OK)
    return held._replace(**more)


def heard(path: str, asked: Any, status: int | None, reply: Any = b"") -> Event:
    """The one event of one exchange."""
    (found,) = overheard([exchange(path, asked, status, reply)], ACCESS)
    return found


def test_a_claim_is_what_was_handed_out() -> None:
    """With its token; or nothing, or a refusal by its code. Paths are the target's own."""
    job = {"ticket": {"jobId": "j"}, "attempts": 2}
    asked = {"workerId": "w1"}

    assert heard("/take", asked, 200, {"job": job}) == event(Kind.CLAIM, "j", 2)
    assert heard("/take", asked, 200, {"job": None}) == event(Kind.CLAIM, None, None)
    assert heard("/take", asked, 409, {"code": "WORKER_ID_IN_USE"}) == event(
        Kind.CLAIM, None, None, outcome=Outcome.REJECTED, detail="409 WORKER_ID_IN_USE"
    )


def test_a_holder_names_its_attempt() -> None:
    """Heartbeats by `attempt`, results by their metrics; an accepted result says where the job is now."""
    assert heard("/api/jobs/heartbeat", HELD, 200, {}) == event(Kind.HEARTBEAT, "j", 2)
    assert heard("/api/jobs/result", RESULT, 200, {"status": "COMPLETED"}) == event(
        Kind.COMPLETE, "j", 2, detail="done"
    )
    failed = {**RESULT, "status": "FAILED"}
    assert heard("/api/jobs/result", failed, 200, {"status": "DEAD"}) == event(
        Kind.FAIL, "j", 2, detail="dead"
    )


def test_what_was_not_answered_is_not_known() -> None:
    """Neither a 5xx nor a cut line says that nothing happened."""
    unknown = {"outcome": Outcome.UNKNOWN}

    assert heard("/api/jobs/result", RESULT, 503, b"down") == event(
        Kind.COMPLETE, "j", 2, detail="503", **unknown
    )
    assert heard("/api/jobs/heartbeat", HELD, None, b"cut") == event(
        Kind.HEARTBEAT, "j", 2, detail="no answer", returned_ns=None, **unknown
    )
    assert heard("/take", {"workerId": "w1"}, None) == event(
        Kind.CLAIM, None, None, detail="no answer", returned_ns=None, **unknown
    )


def test_what_is_no_worker_s_call_is_left_out() -> None:
    """Other paths, other methods; a body that is no object names nothing."""
    others = [exchange("/api/worker/health", {}, 200), exchange("/api/jobs/claim", {}, 200)]

    assert list(overheard(others, ACCESS)) == []
    assert heard("/api/jobs/heartbeat", [], 400).job is None


def test_a_request_was_sent_when_its_worker_signed_it() -> None:
    """However late the tap heard it; where nothing is signed, the tap's instant must do."""
    poll = exchange("/take", {}, 200)
    stamped = replace(poll, request_headers=(("x-worker-timestamp", "1500"),))
    heard_now = replace(poll, invoked_ns=time.monotonic_ns())

    assert sent_seconds(stamped, ACCESS) == 1.5
    assert abs(sent_seconds(heard_now, ACCESS) - time.time()) < 60
    unsigned = sent_seconds(stamped, replace(ACCESS, worker_headers={}))
    assert unsigned != 1.5
