"""A callback is what was signed, by whoever holds the present secret, or it is refused."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources import recorded
from checks.jobsources.adapter import TERMINAL
from checks.jobsources.adapter_callbacks import (
    COMPLETE,
    HEARTBEAT,
    KINDS,
    REQUEST_ID,
    SIGNATURE,
    TIMESTAMP,
    Callback,
    completed,
    failed,
    job,
    offer,
    payload_hash,
)
from checks.jobsources.adapter_worker import task
from checks.jobsources.known_answers import vectors
from checks.jobsources.refusals import ENDPOINTS, UNSIGNED, Attempt, misjudged, taken
from checks.jobsources.siblings import NEXT_SECRET
from proofbook.instruments.signatures import (
    check_known_answers,
    flipped,
    forged,
    hex_spellings,
    hmac_sha256,
    resized,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.recorded import Request
    from checks.jobsources.replies import Reply
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle
    from proofbook.instruments.exchanges import Exchange

#: A request on the edge of a second is sent again, so often.
ATTEMPTS = 10
#: The runs that recorded requests name.
RUN, OTHER_RUN = "3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01", "4b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01"


@pytest.mark.claim("jobsources.signing-on-by-secret")
def test_signing_is_on_where_there_is_a_secret(
    claim: ClaimHandle, api: Api, siblings: Siblings
) -> None:
    """It is the secret that turns signing on, and nothing else."""
    run, signed_run, open_run = api.begin(), api.begin(), api.begin()

    unsigned = api.deliver(completed(run), headers=UNSIGNED)
    signed = api.deliver(completed(signed_run))
    unasked = siblings.unsigned.deliver(completed(open_run), headers=UNSIGNED)

    claim.require(signed.is_applied, f"nor is the signed one: {signed!r}")
    claim.expect(refused=unsigned.status, taken=signed.status)
    claim.expect(taken=unasked.status)
    assert (api.status(run), api.status(open_run)) == ("RUNNING", "COMPLETED")


@pytest.mark.claim("jobsources.worker-signs-callbacks")
def test_the_worker_signs_what_it_sends(
    claim: ClaimHandle, standing: Deployment, worker: Worker
) -> None:
    """Each request of a task carries both headers, and they are those of the rule."""
    sink, told = standing.api_sink(), task(None)
    run = told["sourceRunId"]
    worker.accept({**told, **sink.addresses(run)})
    sink.ended(run)
    heartbeats, ends = sink.callbacks(run, HEARTBEAT), sink.callbacks(run, COMPLETE)

    claim.require(heartbeats or ends, "the worker tells nothing of its task")
    claim.expect(heartbeats=len(heartbeats), ends=len(ends))
    assert [_wrong(each, standing.secret()) for each in (*heartbeats, *ends)] == [""] * (
        len(heartbeats) + len(ends)
    )


@pytest.mark.claim("jobsources.callback-signature-exact")
def test_signatures_are_exact(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """Whatever was recorded is answered as it was recorded, or as it should have been."""
    check_known_answers()
    recordings = vectors("callback_signature") + vectors("heartbeat_signature")
    own = {case["signed_string"]: _own_signature(case) for case in recordings}
    claim.require(
        own == {case["signed_string"]: case["signature"] for case in recordings},
        "the suite's own signatures are not the recorded ones",
    )
    codes = claim["taken"], claim["refused"]

    wrong = [*_as_recorded(api, *codes), *_composed(api, siblings, *codes)]

    assert {len(signature) for signature in own.values()} == {claim["digits"]}
    assert wrong == []


@pytest.mark.claim("jobsources.each-signed-field-counts")
def test_each_signed_field_counts(claim: ClaimHandle, api: Api) -> None:
    """One part is exchanged after signing."""
    run, other = api.begin(), api.begin()
    attempts = [
        attempt for endpoint in ENDPOINTS for attempt in _exchanged(api, endpoint, run, other)
    ]

    wrong = misjudged(api, run, attempts, claim["refused"])
    refused = taken(api, api.begin())

    claim.require(not refused, f"sound callbacks are not taken: {refused}")
    assert len(ENDPOINTS) == claim["endpoints"]
    assert wrong == []
    assert api.status(other) == "RUNNING"


@pytest.mark.claim("jobsources.no-dot-in-signed-parts")
def test_no_signed_part_holds_a_dot(claim: ClaimHandle, api: Api) -> None:
    """Of two requests that share a signed text, neither is taken."""
    run = api.begin()
    attempts = []
    for endpoint in ENDPOINTS:
        sound = KINDS[endpoint](run, runId="a")
        parts = [("run id", {"run_id": "a.b"}), ("request id", {"request_id": "b.c"})]
        parts += [("event id", {"event_id": "d.e"})] if endpoint != "heartbeat" else []
        attempts += [Attempt(f"{endpoint}: {n}", _altered(sound, **part)) for n, part in parts]

    wrong = misjudged(api, run, attempts, claim["refused"])
    refused = taken(api, api.begin())

    claim.require(not refused, f"callbacks without dots are not taken either: {refused}")
    assert wrong == []


@pytest.mark.claim("jobsources.body-hash-checked")
@pytest.mark.parametrize("change", ["jobs", "totalFound", "diagnostics", "error"])
def test_a_mangled_body_is_noticed(claim: ClaimHandle, api: Api, change: str) -> None:
    """A body that is not the one that was hashed is sent back, and costs its sender no event id."""
    run = api.begin()
    make = failed if change == "error" else completed
    more: dict[str, Any] = {} if change == "error" else {"jobs": [job()]}
    sound = make(run, totalFound=1, diagnostics={"resultKind": "offers"}, **more)
    sound = replace(sound, body={**sound.body, "payloadHash": payload_hash(sound.body)})
    mangled: Mapping[str, Any] = {
        "jobs": [{**sound.body.get("jobs", [{}])[0], "title": "Another title"}],
        "totalFound": 2,
        "diagnostics": {"resultKind": "blocked"},
        "error": "[timeout] another error",
    }
    body = {**sound.body, change: mangled[change]}

    wrong = misjudged(api, run, [Attempt(change, replace(sound, body=body))], claim["refused"])
    applied = api.deliver(sound)
    hashed = [_hashed(api, case["input"]) for case in vectors("payload_hash") if _binds(case)]

    assert wrong == []
    assert applied.is_applied, f"the untouched one has no effect: {applied!r}"
    assert [reply for reply in hashed if not reply.is_applied] == [], "right hashes are refused"


@pytest.mark.claim("jobsources.both-signature-headers")
def test_both_headers_are_needed(claim: ClaimHandle, api: Api) -> None:
    """One of them alone is as good as none."""
    run = api.begin()
    attempts = [
        Attempt(f"{endpoint} without {name}", KINDS[endpoint](run), {"headers": {name: None}})
        for endpoint in ENDPOINTS
        for name in (SIGNATURE, TIMESTAMP)
    ]

    wrong = misjudged(api, run, attempts, claim["refused"])
    refused = taken(api, api.begin())

    claim.require(not refused, f"callbacks with both are not taken either: {refused}")
    assert len(ENDPOINTS) == claim["endpoints"]
    assert wrong == []


@pytest.mark.claim("jobsources.only-present-secret-counts")
def test_an_old_secret_opens_nothing(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """What a leaked secret could sign ends with the secret."""
    claim.require(api.secret, "the target has no secret to be exchanged")
    run, renewed = api.begin(), siblings.renewed
    attempts = [Attempt("the old secret", completed(run), {"secret": api.secret})]

    wrong = misjudged(renewed, run, attempts, claim["refused"], seen_by=api)
    new = renewed.deliver(completed(api.begin()))

    claim.require(new.is_applied, f"nor does the new one: {new!r}")
    claim.expect(taken=new.status)
    assert wrong == []


@pytest.mark.claim("jobsources.malformed-signature-refused")
def test_nothing_but_the_signature_passes_for_it(claim: ClaimHandle, api: Api) -> None:
    """However close it comes, and however it is spelled."""
    check_known_answers()
    run, at = api.begin(), str(int(time.time()))
    sound = completed(run)
    raw = bytes.fromhex(sound.signature(api.secret, at))
    attempts = [
        Attempt(name, sound, {"at": at, "headers": {SIGNATURE: text}})
        for name, text in _malformed(raw)
    ]

    wrong = misjudged(api, run, attempts, claim["refused"])
    applied = api.deliver(completed(api.begin()))

    claim.require(applied.is_applied, f"nor does the signature itself: {applied!r}")
    assert wrong == []


def _wrong(exchange: Exchange, secret: str) -> str:
    """What is wrong about a request's signature; "" where nothing is."""
    headers = {name.lower(): said for name, said in exchange.request_headers}
    if missing := {SIGNATURE, TIMESTAMP} - {*headers}:
        return f"without {', '.join(sorted(missing))}"
    body = _json(exchange)
    is_end = exchange.path.endswith("/complete")
    callback = Callback(
        path=exchange.path,
        run=body["sourceRunId"] if is_end else exchange.path.split("/")[-2],
        token=body.get("status", "COMPLETED") if is_end else "HEARTBEAT",
        event_id=body.get("eventId", "") if is_end else "heartbeat",
        body=body,
        run_id=body.get("runId") or "",
        request_id=headers.get(REQUEST_ID, ""),
    )
    right = callback.signature(secret, headers[TIMESTAMP])
    return (
        "" if headers[SIGNATURE] == right else f"{callback.text(headers[TIMESTAMP])} is not signed"
    )


def _json(exchange: Exchange) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(exchange.request_body)
    return told


def _own_signature(case: Mapping[str, Any]) -> str:
    return hmac_sha256(case["secret"].encode(), case["signed_string"].encode()).hex()


def _as_recorded(api: Api, taken: int, refused: int) -> list[str]:
    """Requests of `verify` and `verify_heartbeat` that are answered otherwise than they deserve."""
    found, live = [], {RUN: api.begin(), OTHER_RUN: api.begin("b")}
    for case in vectors("verify"):
        if case["binding"] != "function" and case["secret"]:
            if api.status(live[RUN]) in TERMINAL:
                live = {**live, RUN: api.begin()}
            requests = partial(recorded.callbacks, vectors("verify"), live, api.secret)
            found += _delivered(api, requests, case, (taken, refused))
    requests = partial(recorded.heartbeats, vectors("verify_heartbeat"), live, api.secret)
    for case in vectors("verify_heartbeat"):
        found += _delivered(api, requests, case, (taken, refused))
    return found


def _composed(api: Api, siblings: Siblings, taken: int, refused: int) -> list[str]:
    """Signed texts that are recorded without a request: each is signed anew for a live run."""
    found = []
    for case in vectors("callback_signature"):
        if case["binding"] != "function":
            run = api.begin()
            receiver = api if case["secret"] != NEXT_SECRET else siblings.renewed
            callback = _of(case["input"], run)
            reply = receiver.deliver(callback)
            found += [] if reply.status == taken else [f"{case['name']}: {reply!r}"]
    undefined = _of({"status": "COMPLETED", "eventId": "evt-1", "requestId": "req-1"}, api.begin())
    at = str(int(time.time()))
    signature = replace(undefined, run_id="undefined").signature(api.secret, at)
    reply = api.deliver(undefined, at=at, headers={SIGNATURE: signature})
    return found + ([] if reply.status == refused else [f"a part named undefined: {reply!r}"])


def _of(told: Mapping[str, Any], run: str) -> Callback:
    """A recorded text's callback for a live run, whose id is spelled as the recorded one was."""
    is_upper = told.get("sourceRunId", "").upper() == told.get("sourceRunId", "x")
    makes = {"FAILED": failed, "INGEST": offer}
    given = {"runId": told["runId"]} if "runId" in told else {}
    make = makes.get(told["status"], completed)
    made = make(run.upper() if is_upper else run, event_id=told["eventId"], **given)
    return replace(made, request_id=told["requestId"])


def _delivered(
    api: Api,
    requests: Callable[[int], list[Request]],
    case: Mapping[str, Any],
    codes: tuple[int, int],
) -> list[str]:
    """One recorded request, again where a second went by between signing and judging it."""
    reply: Reply
    for _ in range(ATTEMPTS):
        now = int(time.time())
        request = next(each for each in requests(now) if each.name == case["name"])
        reply = api.deliver(request.callback, headers=request.headers)
        if not case.get("edge") or _second(reply) == now:
            break
    return request.misjudged(reply, *codes)


def _second(reply: Reply) -> int:
    told = reply.headers.get("date", "")
    return int(parsedate_to_datetime(told).timestamp()) if told else 0


def _exchanged(api: Api, endpoint: str, run: str, other: str) -> Iterator[Attempt]:
    """A callback signed right, and then one part of it exchanged."""
    sound = KINDS[endpoint](run, runId="run-1")
    now = int(time.time())
    headers = sound.signed(api.secret, now)
    changes: dict[str, dict[str, Any]] = {
        "run": {"run": other},
        "run id": {"run_id": "run-2"},
        "request id": {"request_id": "req-2"},
        "no run id": {"run_id": ""},
        "no request id": {"request_id": ""},
    }
    if endpoint != "heartbeat":
        changes["event id"] = {"event_id": "evt-2"}
    for name, change in changes.items():
        yield Attempt(f"{endpoint}: {name}", _altered(sound, **change), {"headers": headers})
    later = {**headers, TIMESTAMP: str(now - 1)}
    yield Attempt(f"{endpoint}: timestamp", sound, {"headers": later})
    if endpoint == "complete":
        flip = failed(run, event_id=sound.event_id, runId="run-1")
        flip = replace(flip, request_id=sound.request_id)
        yield Attempt("complete: status", flip, {"headers": headers})


def _altered(callback: Callback, **parts: str) -> Callback:
    """The same callback with a part changed wherever it stands; an empty one is left out."""
    names = {"run": "sourceRunId", "run_id": "runId", "event_id": "eventId"}
    told = {names[part]: said or None for part, said in parts.items() if part in names}
    body = {name: said for name, said in {**callback.body, **told}.items() if said is not None}
    return replace(callback, body=body, **parts)


def _hashed(api: Api, told: Mapping[str, Any]) -> Reply:
    """A recorded body for a live run, with its hash."""
    run = api.begin()
    body = {**told, "sourceRunId": run}
    make = failed if told["status"] == "FAILED" else completed
    sound = make(run, event_id=told["eventId"], runId=told.get("runId", ""))
    sound = replace(sound, body={**body, "payloadHash": payload_hash(body)})
    return api.deliver(sound)


def _binds(case: Mapping[str, Any]) -> bool:
    """Whether a recorded hash binds; the suite's own must be the same, or it measures nothing."""
    if case["binding"] != "must":
        return False
    assert payload_hash(case["input"]) == case["sha256"], f"the suite's own hash is wrong: {case}"
    return True


def _malformed(raw: bytes) -> Iterator[tuple[str, str]]:
    """Texts that a header can hold and that are not the signature in lower-case hexadecimal."""
    changed = [*flipped(raw, every_bit=False), *resized(raw), *forged(raw)]
    yield from ((name, data.hex()) for name, data in changed)
    yield from ((name, text) for name, text in hex_spellings(raw) if "\n" not in text)
    yield "a prefix", f"sha256={raw.hex()}"
    yield "a version before", f"v1,{raw.hex()}"
