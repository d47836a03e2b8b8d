"""Requests that no client of good will sends, and what each deserves: the contract's section 2."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from checks.coreos.adapter import (
    CLAIM,
    ENQUEUE,
    HEARTBEAT,
    JOB,
    OK,
    RESULT,
    STUCK,
    TIMESERIES,
)
from checks.coreos.adapter_worker import Claimed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_worker import WireWorker

#: Whatever the case: JSON that is none, or holds nothing.
NO_JSON = {
    "cut off": b"{",
    "nothing": b"",
    "null": b"null",
    "words": b"hello",
}
#: JSON, or nearly, of another kind: any refusal will do.
NO_OBJECT = {"no UTF-8": b'{"jobType":"\xff"}', "a list": b"[]", "a text": b'"x"', "a number": b"5"}
SLASHED = "a%2Fb"
STRANGE = "%00"
NOBODY = "11111111-1111-4111-8111-111111111111"
#: Stands for a status where whatever is no failure of the API's own will do.
ANY = -1
#: More than a column, a double, or a parser's stack holds.
LARGE, HUGE, DEPTH = 2**40, 10**30, 20_000


@dataclass(frozen=True, slots=True)
class Bad:
    """One bad request."""

    what: str
    method: str
    name: str
    #: `worker`: signed as one; else a role, or `None` for a stranger.
    role: str | None
    content: bytes | None
    #: What it deserves; 0: any refusal; ANY: what is below 500.
    status: int
    code: str = ""
    id: str = ""
    query: str = ""


def bad_requests(job: str, worker: WireWorker) -> Iterator[Bad]:
    """Every bad request; `job` is a job that waits, and `worker` signs."""
    yield from _bad_json()
    yield from _bad_enqueues()
    yield from _bad_worker_calls()
    yield from _bad_changes(job)
    yield from _bad_questions()
    yield from _odd(job, worker)


def fits(bad: Bad, reply: Reply) -> bool:
    """Whether a bad request got what it deserves."""
    if bad.status in (0, ANY):
        return (OK if bad.status == ANY else 400) <= reply.status < 500
    return reply.status == bad.status and (not bad.code or reply.code == bad.code)


def sent(api: Api, worker: WireWorker, bad: Bad) -> Reply:
    """The answer to a bad request."""
    signed = worker.headers(bad.name, bad.content or b"") if bad.role == "worker" else {}
    role = None if bad.role == "worker" else bad.role
    path = api.access.path(bad.name, id=bad.id) + (f"?{bad.query}" if bad.query else "")
    cookie = {"Cookie": api.cookie(role)} if role else {}
    headers = {"Content-Type": "application/json", **signed, **cookie}
    return api.attempt(bad.method, path, content=bad.content, headers=headers)


def _bad_json() -> Iterator[Bad]:
    for name, role in (
        (ENQUEUE, "owner"),
        (CLAIM, "worker"),
        (HEARTBEAT, "worker"),
        (RESULT, "worker"),
    ):
        for what, content in NO_JSON.items():
            yield Bad(what, "POST", name, role, content, 400, "INVALID_JSON")
        for what, content in NO_OBJECT.items():
            yield Bad(what, "POST", name, role, content, 0)
    for change in ("suspend", "resume", "priority", "requeue"):
        yield Bad("cut off", "POST", _change(change), "owner", b"{", 400, "INVALID_JSON", NOBODY)


def _bad_enqueues() -> Iterator[Bad]:
    sound: dict[str, Any] = {"jobType": "scheduler.tick", "payload": {}, "policyDecisionId": "pd-1"}
    wrong: Mapping[str, tuple[Any, ...]] = {
        "jobType": (None, 5, "", "nope", ["scheduler.tick"]),
        "payload": (None, "x", 5, True),
        "policyDecisionId": (None, "", 42, "p" * 257, ["pd-1"]),
        "traceId": ("", 42, "t" * 257, "x\ud800y", {}),
        "scope": ("execute", [1], {}, 5),
        "maxAttempts": ("abc", "3", -1, 0, 2.5, 101, True, 1e300, []),
        "leaseDurationMs": ("x", 999, 3_600_001, 1500.5, -1, {}),
    }
    for field in ("jobType", "payload", "policyDecisionId"):
        left = {name: value for name, value in sound.items() if name != field}
        yield Bad(f"no {field}", "POST", ENQUEUE, "owner", _json(left), 400)
    for field, values in wrong.items():
        for value in values:
            body = _json({**sound, field: value})
            yield Bad(f"{field} {value!r:.20}", "POST", ENQUEUE, "owner", body, 400)


def _bad_worker_calls() -> Iterator[Bad]:
    ids: tuple[Any, ...] = (None, "", 5, "w" * 129, {})
    for value in ids:
        yield Bad(
            f"workerId {value!r:.9}", "POST", CLAIM, "worker", _json({"workerId": value}), 400
        )
    claim = {"workerId": "w-bad", "instanceId": 5}
    yield Bad("instanceId 5", "POST", CLAIM, "worker", _json(claim), 400)
    beat = {"jobId": NOBODY, "workerId": "w-bad", "attempt": 1}
    for field in beat:
        values: tuple[Any, ...] = (None, {}, "" if field != "attempt" else "abc")
        for value in values:
            body = _json({**beat, field: value})
            yield Bad(f"{field} {value!r}", "POST", HEARTBEAT, "worker", body, 400)
    yield Bad("unknown job", "POST", HEARTBEAT, "worker", _json(beat), 404)
    slashed = {**beat, "jobId": "a/b"}
    yield Bad("job with a slash", "POST", HEARTBEAT, "worker", _json(slashed), 404)
    yield Bad("empty", "POST", RESULT, "worker", _json({}), 403, "MISSING_JOB_ID")
    typed = {"jobId": 5, "status": [], "traceId": {}, "workerId": 1, "metrics": 7, "signature": 5}
    yield Bad("wrong types", "POST", RESULT, "worker", _json(typed), 403)


def _bad_changes(job: str) -> Iterator[Bad]:
    for change in ("suspend", "resume", "priority", "requeue"):
        body = _json({"value": 5})
        for id_ in (NOBODY, SLASHED):
            yield Bad(id_, "POST", _change(change), "owner", body, 404, id=id_)
        yield Bad("an odd id", "POST", _change(change), "owner", body, 0, id=STRANGE)
    priorities: tuple[Any, ...] = (None, "abc", -1, 101, 2.5, {}, [1, 2])
    for value in priorities:
        body = _json({"value": value})
        yield Bad(f"value {value!r}", "POST", _change("priority"), "owner", body, 400, id=job)
    stale = _json({"lastUpdatedAt": "abc"})
    yield Bad("lastUpdatedAt abc", "POST", _change("suspend"), "owner", stale, 400, id=job)


def _bad_questions() -> Iterator[Bad]:
    for id_ in (NOBODY, SLASHED, "x" * 2000):
        yield Bad(id_[:40], "GET", JOB, None, None, 404, id=id_)
    yield Bad("an odd id", "GET", JOB, None, None, 0, id=STRANGE)
    for window in ("abc", "0m", "-5m", "60", "1.5h", "60s"):
        yield Bad(f"window {window}", "GET", TIMESERIES, None, None, 400, query=f"window={window}")
    for threshold in ("abc", "-1", "1.5"):
        query = f"thresholdSec={threshold}"
        yield Bad(query, "GET", STUCK, None, None, 400, query=query)
    for limit in ("abc", "0", "-1", "101", "2.5"):
        query = f"limit={limit}"
        yield Bad(query, "GET", "/api/ops/jobs/list", "owner", None, 400, query=query)
    for name in ("/api/jobs/dlq", "/api/ops/audit"):
        yield Bad("limit abc", "GET", name, "owner", None, 0, query="limit=abc")
    for name in (ENQUEUE, CLAIM, HEARTBEAT, RESULT, TIMESERIES):
        yield Bad("wrong method", "DELETE", name, "owner", None, 405)


def _odd(job: str, worker: WireWorker) -> Iterator[Bad]:
    """What may be taken or refused, and is more than some store, number or stack can hold."""
    sound = {"jobType": "scheduler.tick", "payload": {}, "policyDecisionId": "pd-1"}
    nul: Mapping[str, Any] = {"policyDecisionId": "p\0d", "traceId": "t\0r", "scope": ["\0"]}
    for field, value in nul.items():
        body = _json({**sound, field: value})
        yield Bad(f"NUL in {field}", "POST", ENQUEUE, "owner", body, ANY)
    nested = _json(sound).replace(b"{}", b"[" * DEPTH + b"]" * DEPTH)
    yield Bad("a deep payload", "POST", ENQUEUE, "owner", nested, ANY)
    beat = {"jobId": job, "workerId": "w-odd", "attempt": 1}
    odd: Mapping[str, Any] = {"workerId": "w\0", "jobId": "\0", "attempt": LARGE}
    for field, value in odd.items():
        body = _json({**beat, field: value})
        yield Bad(f"{field} {value!r}", "POST", HEARTBEAT, "worker", body, ANY)
    held = Claimed({"jobId": job, "traceId": "t"}, "", LARGE, 3, 0)
    for what, result in (
        ("of a large attempt", worker.result(held)),
        ("of a long time", worker.result(replace(held, attempts=1), latencyMs=10**300)),
    ):
        yield Bad(f"a result {what}", "POST", RESULT, "worker", _json(result), ANY)
    for id_ in ("%zz", "%ff", "%F0%28"):
        yield Bad(id_, "GET", JOB, None, None, ANY, id=id_)
    for window in (f"{HUGE}d", f"{LARGE}m", "%00", "%ff"):
        yield Bad(f"window {window}", "GET", TIMESERIES, None, None, ANY, query=f"window={window}")
    yield Bad("an odd metric", "GET", TIMESERIES, None, None, ANY, query="metric=%00")
    for threshold in (HUGE, LARGE, "%00"):
        query = f"thresholdSec={threshold}"
        yield Bad(query, "GET", STUCK, None, None, ANY, query=query)
    asked = {
        "/api/ops/jobs/list": ("status=%00", "status=NOPE", f"limit={HUGE}"),
        "/api/ops/audit": (
            "type=%00",
            "cursor=%00",
            "cursor=x",
            "cursor=AAAA",
            "cursor=bm9uZQ",
            "since=x",
            f"limit={HUGE}",
        ),
    }
    for name, queries in asked.items():
        for query in queries:
            yield Bad(query, "GET", name, "owner", None, ANY, query=query)


def _change(what: str) -> str:
    return f"/api/jobs/{{id}}/{what}"


def _json(body: Mapping[str, Any]) -> bytes:
    return json.dumps(body).encode()
