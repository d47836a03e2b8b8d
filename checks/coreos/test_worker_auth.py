"""The worker's three calls are served to whoever signs them, and to nobody else."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import CLAIM, HEARTBEAT, RESULT
from checks.coreos.adapter_access import header_signature
from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.vectors import vectors
from proofbook import NotAsked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: A secret that is nobody's.
OTHER = "5a" * 32
#: Room for a request that is long on its way: a timestamp ahead comes closer meanwhile.
ON_ITS_WAY_SECONDS = 20


@pytest.mark.claim("coreos.worker-calls-authenticated")
def test_the_secret_authenticates_all_three_calls(claim: ClaimHandle, api: Api) -> None:
    """Each call is refused in every wrong shape and served in the right one."""
    _signs(api)
    worker = WireWorker(api, "w1")
    tolerance = claim["tolerance"].total_seconds()
    job = api.add(maxAttempts=1)
    wrong = []

    asked = {"workerId": worker.id, "instanceId": worker.instance}
    wrong += _misjudged(worker, CLAIM, asked, job, tolerance)
    held = worker.take()
    beat = {"jobId": job, "workerId": worker.id, "instanceId": worker.instance, "attempt": 1}
    wrong += _misjudged(worker, HEARTBEAT, beat, job, tolerance)
    renewed = worker.heartbeat(held)
    result = worker.result(held, resultData={"data": "boom"}, errorMessage="boom")
    wrong += _misjudged(worker, RESULT, result, job, tolerance)
    done = worker.post(RESULT, result)
    wrong += _misjudged(worker, RESULT, result, job, tolerance)

    claim.require(held.job == job, "another job was in the queue")
    claim.require((renewed.status, done.status) == (200, 200), f"{renewed!r}, {done!r}")
    claim.require(api.status(job) == "COMPLETED", "the right calls did not complete the job")
    assert wrong == []


@pytest.mark.claim("coreos.tampered-request-refused")
def test_no_tampered_request_is_served(claim: ClaimHandle, deployment: Deployment) -> None:
    """Nothing that is not the signature passes for it, however close it comes."""
    recorded = vectors("worker_requests")
    secret = recorded["secret"]
    api = deployment.api({"JOB_WORKER_HMAC_SECRET": secret})
    _signs(api)
    worker = WireWorker(api, "w-tampers", secret=secret)
    job = api.add()
    content = json.dumps({"workerId": worker.id, "instanceId": worker.instance}).encode()

    replies = {
        name: api.send("POST", CLAIM, content=sent, headers=headers)
        for name, sent, headers in _tampered(worker, content)
    }
    answers = {case["name"]: _replayed(api, case) for case in recorded["cases"]}
    status = api.status(job)
    served = claimed_of(worker.post_bytes(CLAIM, content))

    claim.require(served, "the untampered request got no job")
    served_wrongly = {n: r for n, r in replies.items() if r.status != claim["status"]}
    assert served_wrongly == {}
    assert {n: (r.status, r.code) for n, r in answers.items()} == {
        case["name"]: (case["status"], case["code"]) for case in recorded["cases"]
    }
    assert status == "PENDING"


def _misjudged(
    worker: WireWorker, name: str, body: Mapping[str, Any], job: str, tolerance: float
) -> list[str]:
    """What is answered otherwise than a wrong call deserves, or moves the job."""
    api = worker.api
    before = api.job(job)
    found = []
    for what, expected, content, headers in _wrong(worker, name, body, tolerance):
        reply = api.send("POST", name, content=content, headers=headers)
        if reply.status != expected:
            found.append(f"{name} {what}: {reply!r}, not {expected}")
    after = api.job(job)
    return found if before == after else [*found, f"{name}: {before} became {after}"]


def _wrong(
    worker: WireWorker, name: str, body: Mapping[str, Any], tolerance: float
) -> Iterator[tuple[str, int, bytes, Mapping[str, str]]]:
    """Wrong shapes of one call: what is wrong, the status it deserves, body and headers."""
    access = worker.api.access
    path, now = access.path(name), int(time.time() * 1000)
    content = json.dumps(body).encode()
    signed = access.signed(worker.secret, path, content, now)
    elsewhere = access.path(HEARTBEAT if name != HEARTBEAT else CLAIM)
    yield "unsigned", 401, content, {}
    yield "by another secret", 403, content, access.signed(OTHER, path, content, now)
    yield "for another path", 403, content, access.signed(worker.secret, elsewhere, content, now)
    for seconds in (-tolerance - 1, tolerance + ON_ITS_WAY_SECONDS):
        at = now + int(seconds * 1000)
        stamped = access.signed(worker.secret, path, content, at)
        yield f"signed {seconds:+g} s from now", 403, content, stamped
    for field in ("workerId", "errorMessage", "resultData"):
        if field in body:
            altered = json.dumps({**body, field: _altered(body[field])}).encode()
            yield f"with {field} changed", 403, altered, signed


def _altered(value: Any) -> Any:
    """The same with one byte changed."""
    if isinstance(value, dict):
        return {name: _altered(held) for name, held in value.items()}
    return value[:-1] + ("d" if value[-1] != "d" else "e")


def _tampered(worker: WireWorker, content: bytes) -> Iterator[tuple[str, bytes, Mapping[str, str]]]:
    """A claim with one thing wrong about its signature."""
    access = worker.api.access
    path, now = access.path(CLAIM), int(time.time() * 1000)
    right = header_signature(worker.secret, now, path, content)
    raw = bytes.fromhex(right)
    for bit in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        yield f"bit {bit} flipped", content, access.stamped(now, flipped.hex())
    for length in (1, 32, 62, 63):
        yield f"cut to {length} characters", content, access.stamped(now, right[:length])
    yield "a character longer", content, access.stamped(now, right + "0")
    yield "in capitals", content, access.stamped(now, right.upper())
    yield "key decoded from hex", content, access.stamped(now, _by_bytes(worker, content, now))
    yield "no number for a timestamp", content, access.stamped("soon", right)
    again = json.dumps(json.loads(content), separators=(",", ":"), sort_keys=True).encode()
    yield "re-serialised body", again, access.stamped(now, right)
    yield "a space more", content + b" ", access.stamped(now, right)


def _by_bytes(worker: WireWorker, content: bytes, now: int) -> str:
    """The signature under the secret's bytes instead of its text."""
    key = bytes.fromhex(worker.secret)
    path = worker.api.access.path(CLAIM)
    return hmac.new(key, f"{now}\nPOST\n{path}\n".encode() + content, hashlib.sha256).hexdigest()


def _replayed(api: Api, case: Mapping[str, str]) -> Reply:
    """The answer to a recorded request, as it stands."""
    headers = api.access.stamped(int(case["timestamp"]), case["signature"])
    return api.send(case["method"], case["path"], content=case["body"].encode(), headers=headers)


def _signs(api: Api) -> None:
    """Raise `NotAsked` where the target's workers do not sign what they send."""
    if api.access.worker_headers is not None:
        raise NotAsked("the target's worker_auth is fixed headers: no request is signed")
