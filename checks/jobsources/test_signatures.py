"""A callback is what was signed, by whoever holds the present secret, or it is refused."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter_callbacks import (
    HEARTBEAT,
    KINDS,
    REQUEST_ID,
    SIGNATURE,
    TIMESTAMP,
    Callback,
    completed,
    failed,
)
from checks.jobsources.adapter_worker import task
from checks.jobsources.refusals import ENDPOINTS, UNSIGNED, Attempt, misjudged, taken
from proofbook.instruments.signatures import (
    check_known_answers,
    flipped,
    forged,
    hex_spellings,
    resized,
)
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle
    from proofbook.instruments.exchanges import Exchange

#: Unix seconds as the contract has them: until the year 2286 they have ten digits.
_SECONDS = re.compile("[1-9][0-9]{0,9}")
#: As long as what was sent may lie in the sink unread.
SOON_SECONDS = 10


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
    ends = sink.ended(run)
    # The sink hears each connection in a thread of its own: the first need not be noted first.
    heartbeats = until(lambda: sink.callbacks(run, HEARTBEAT), bool, SOON_SECONDS if ends else 0)

    claim.require(heartbeats or ends, "the worker tells nothing of its task")
    claim.expect(heartbeats=len(heartbeats), ends=len(ends))
    wrong = [_wrong(each, standing.secret()) for each in (*heartbeats, *ends)]
    assert not any(wrong), "; ".join(filter(None, wrong))


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
    if headers[SIGNATURE] != right:
        return f"{callback.text(headers[TIMESTAMP])} is not signed"
    if not _SECONDS.fullmatch(headers[TIMESTAMP]):
        return f"{headers[TIMESTAMP]} is no Unix time in seconds"
    return ""


def _json(exchange: Exchange) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(exchange.request_body)
    return told


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


def _malformed(raw: bytes) -> Iterator[tuple[str, str]]:
    """Texts that a header can hold and that are not the signature in lower-case hexadecimal."""
    changed = [*flipped(raw, every_bit=False), *resized(raw), *forged(raw)]
    yield from ((name, data.hex()) for name, data in changed)
    yield from ((name, text) for name, text in hex_spellings(raw) if "\n" not in text)
    yield "a prefix", f"sha256={raw.hex()}"
    yield "a version before", f"v1,{raw.hex()}"
