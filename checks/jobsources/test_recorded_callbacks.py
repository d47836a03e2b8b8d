"""Recorded callbacks, brought to now: each is answered as it was, or as it should have been."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources import recorded
from checks.jobsources.adapter import TERMINAL
from checks.jobsources.adapter_callbacks import (
    SIGNATURE,
    completed,
    failed,
    offer,
)
from checks.jobsources.known_answers import vectors
from checks.jobsources.siblings import NEXT_SECRET
from proofbook import NoVerdict
from proofbook.instruments.signatures import (
    check_known_answers,
    hmac_sha256,
)
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import (
        Callback,
    )
    from checks.jobsources.recorded import Request
    from checks.jobsources.replies import Reply
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle

#: A request on the edge of a second is sent again, so often.
ATTEMPTS = 10
#: The runs that recorded requests name.
RUN, OTHER_RUN = "3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01", "4b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01"


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
    """
    One recorded request, again where a second went by between signing and judging it.

    Our clock tells that; the server's tells whether it is the same, and may write its last tick into `Date`.
    """
    for _ in range(ATTEMPTS):
        now = int(time.time())
        request = next(each for each in requests(now) if each.name == case["name"])
        reply = api.deliver(request.callback, headers=request.headers)
        is_now = int(time.time()) == now and now - _second(reply, now) in (0, 1)
        if is_now or not case.get("edge"):
            return request.misjudged(reply, *codes)
        pause_until(time.monotonic() + 1 - time.time() % 1)  # all of the next second is left then
    raise NoVerdict(f"{case['name']}: a second went by in each of {ATTEMPTS} tries")


def _second(reply: Reply, otherwise: int) -> int:
    """The second in which it was answered, where it says so."""
    told = reply.headers.get("date", "")
    return int(parsedate_to_datetime(told).timestamp()) if told else otherwise
