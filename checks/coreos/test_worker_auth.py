"""The worker's three calls are served to whoever signs them, and to nobody else."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import CLAIM, HEARTBEAT, RESULT
from checks.coreos.adapter_access import header_signature
from checks.coreos.adapter_worker import WireWorker, claimed_of
from checks.coreos.known_answers import vectors
from proofbook import NotAsked
from proofbook.instruments.replies import UNANSWERED
from proofbook.instruments.signatures import (
    Answer,
    Case,
    accepted_wrongly,
    broke,
    check_known_answers,
    flipped,
    forged,
    hex_spellings,
    hmac_sha256,
    resized,
    respelled,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    #: Body and headers.
    Sent = tuple[bytes, Mapping[str, str]]

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: A secret that is nobody's.
OTHER = "5a" * 32
#: Room for a request that is long on its way: a timestamp ahead comes closer meanwhile.
ON_ITS_WAY_SECONDS = 20
#: Longer than all the wrong calls take, which come while the job is held.
LEASE_MS = 600_000


@pytest.mark.claim("coreos.worker-calls-authenticated")
def test_the_secret_authenticates_all_three_calls(claim: ClaimHandle, api: Api) -> None:
    """Each call is refused in every wrong shape and served in the right one."""
    _signs(api)
    worker = WireWorker(api, "w1")
    tolerance = claim["tolerance"].total_seconds()
    job = api.add(maxAttempts=1, leaseDurationMs=LEASE_MS)

    assert _misjudged(worker, CLAIM, worker.identity, job, tolerance) == []
    held = worker.take()
    assert _misjudged(worker, HEARTBEAT, worker.beat(held), job, tolerance) == []
    renewed = worker.heartbeat(held)
    result = worker.result(held, resultData={"data": "boom"}, errorMessage="boom")
    assert _misjudged(worker, RESULT, result, job, tolerance) == []
    done = worker.post(RESULT, result)
    assert _misjudged(worker, RESULT, result, job, tolerance) == []

    claim.require(held.job == job, "another job was in the queue")
    claim.require((renewed.status, done.status) == (200, 200), f"{renewed!r}, {done!r}")
    claim.require(api.status(job) == "COMPLETED", "the right calls did not complete the job")


@pytest.mark.claim("coreos.tampered-request-refused")
def test_no_tampered_request_is_served(claim: ClaimHandle, deployment: Deployment) -> None:
    """Nothing that is not the signature passes for it, however close it comes."""
    check_known_answers()
    recorded = vectors("worker_requests")
    secret = recorded["secret"]
    api = deployment.api({"JOB_WORKER_HMAC_SECRET": secret})
    _signs(api)
    worker = WireWorker(api, "w-tampers", secret=secret)
    job = api.add()
    content = json.dumps({"workerId": worker.id, "instanceId": worker.instance}).encode()

    cases = list(_tampered(worker, content))
    answers = run(cases, lambda sent: _answer(worker, sent))
    replies = {case["name"]: _replayed(api, secret, case) for case in recorded["cases"]}
    status = api.status(job)
    served = claimed_of(worker.post_bytes(CLAIM, content))

    assert broke(answers) == accepted_wrongly(answers) == ()
    assert [str(a) for a in answers if a.answer.status != claim["status"]] == []
    assert {n: (r.status, r.code) for n, r in replies.items()} == {
        case["name"]: (case["status"], case["code"]) for case in recorded["cases"]
    }
    assert status == "PENDING"
    claim.require(served, "the untampered request got no job")


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


def _tampered(worker: WireWorker, content: bytes) -> Iterator[Case[Sent]]:
    """A claim as it is signed, and with one thing wrong about its signature."""
    access, now = worker.api.access, int(time.time() * 1000)
    path = access.path(CLAIM)
    right = header_signature(worker.secret, now, path, content)
    raw = bytes.fromhex(right)
    spelled = [*flipped(raw), *resized(raw), *forged(raw)]
    texts = [(name, changed.hex()) for name, changed in spelled] + [*hex_spellings(raw)]
    for name, text in texts:
        if text and "\n" not in text:  # none at all is another refusal, and a header has one line
            yield Case(name=name, sent=(content, access.stamped(now, text)))
    said = f"{now}\nPOST\n{path}\n".encode() + content
    by_bytes = hmac_sha256(bytes.fromhex(worker.secret), said).hex()
    yield Case(name="by the secret's bytes", sent=(content, access.stamped(now, by_bytes)))
    yield Case(name="no instant", sent=(content, access.stamped("soon", right)))
    # Whoever signs anew what it parsed comes back to the compact form, or to the one with spaces.
    compact = json.dumps(json.loads(content), separators=(",", ":"), sort_keys=True).encode()
    for form, signed in (("as sent", content), ("compact", compact)):
        right = header_signature(worker.secret, now, path, signed)
        for name, body in respelled(signed):
            yield Case(name=f"{name}, signed {form}", sent=(body, access.stamped(now, right)))


def _answer(worker: WireWorker, sent: Sent) -> Answer:
    """What became of a claim with this body and these headers."""
    content, headers = sent
    reply = worker.api.send("POST", CLAIM, content=content, headers=headers, unanswered=True)
    return Answer(
        accepted=claimed_of(reply) is not None,
        status=reply.status,
        said=reply.text,
        answered=reply.status != UNANSWERED,
    )


def _replayed(api: Api, secret: str, case: Mapping[str, str]) -> Reply:
    """The answer to a recorded request; signed anew where its path has another name here."""
    at, content = int(case["timestamp"]), case["body"].encode()
    path, signature = api.access.path(case["path"]), case["signature"]
    if signature == header_signature(secret, at, case["path"], content):
        signature = header_signature(secret, at, path, content)
    headers = api.access.stamped(at, signature)
    return api.send(case["method"], case["path"], content=content, headers=headers)


def _signs(api: Api) -> None:
    """Raise `NotAsked` where the target's workers do not sign what they send."""
    if api.access.worker_headers is not None:
        raise NotAsked("the target's worker_auth is fixed headers: no request is signed")
