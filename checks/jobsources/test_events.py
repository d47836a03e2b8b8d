"""An event of a callback has an effect once, with its run's state or not at all."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import completed, failed, job, payload_hash
from checks.jobsources.event_table import stored
from checks.jobsources.refusals import Attempt, misjudged
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.replies import Reply
    from proofbook import ClaimHandle


@pytest.mark.claim("jobsources.event-id-required")
def test_an_event_has_an_id(claim: ClaimHandle, api: Api) -> None:
    """What could be delivered again without being known is not taken."""
    run = api.begin()
    absent = completed(run, event_id="")
    absent = replace(absent, body={n: v for n, v in absent.body.items() if n != "eventId"})
    attempts = [
        Attempt("absent", absent),
        Attempt("blank", completed(run, event_id="")),
        Attempt("white space", completed(run, event_id="   ")),
    ]

    wrong = misjudged(api, run, attempts, claim["refused"])
    sound = api.deliver(completed(api.begin()))

    claim.require(sound.is_applied, f"nor is one with an id taken: {sound!r}")
    assert wrong == []


@pytest.mark.claim("jobsources.second-delivery-without-effect")
def test_a_second_delivery_has_no_effect(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """Whoever got no answer may send it again, and gets one."""
    run = api.begin()
    callback = completed(run, jobs=[job()])

    first = api.deliver(callback)
    before = api.run(run)
    second = api.deliver(callback)

    claim.require(first.is_done, f"the first is not taken: {first!r}")
    assert (first.data.get("idempotent"), first.data.get("inserted")) == (False, 1), first
    claim.expect(taken=second.status)
    assert (second.data.get("idempotent"), second.data.get("inserted")) == (True, 0), second
    assert api.run(run) == before
    assert stored(standing, run) in (None, 1)


@pytest.mark.claim("jobsources.parallel-deliveries-applied-once")
def test_parallel_deliveries_are_applied_once(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """However many come at the same instant."""
    run = api.begin()
    callback = completed(run, jobs=[job()])

    answers = at_once(*[partial(_timed, api, callback)] * claim["deliveries"])

    replies = [reply for reply, _, _ in answers]
    overlapped = min(end for _, _, end in answers) > sorted(begin for _, begin, _ in answers)[1]
    claim.require(overlapped, "no two deliveries were under way at once")
    claim.require(all(reply.status for reply in replies), f"not all were answered: {replies}")
    assert {reply.status for reply in replies} == {claim["taken"]}, replies
    claim.expect(applied=sum(reply.data.get("idempotent") is False for reply in replies))
    assert stored(standing, run) in (None, 1)


@pytest.mark.claim("jobsources.event-id-per-run")
def test_an_event_is_of_its_run(claim: ClaimHandle, api: Api) -> None:
    """What one run has had, another may still have."""
    event = str(uuid4())
    runs = [api.begin() for _ in range(claim["runs"])]

    replies = [api.deliver(completed(run, event_id=event)) for run in runs]

    claim.require(all(reply.is_done for reply in replies), f"not taken: {replies}")
    assert [reply.reason for reply in replies] == [""] * len(runs)
    assert {api.status(run) for run in runs} == {"COMPLETED"}


@pytest.mark.claim("jobsources.changed-redelivery-conflicts")
@pytest.mark.parametrize("hashed", [True, False], ids=["with hashes", "without"])
def test_an_event_does_not_change(claim: ClaimHandle, api: Api, hashed: bool) -> None:  # noqa: FBT001 - a parameter of the check
    """What was said first stays said."""
    run, event = api.begin(), str(uuid4())
    first, other = (
        failed(run, event_id=event, error=error) for error in ("[network] one", "[parse] another")
    )
    if hashed:
        first, other = (
            replace(each, body={**each.body, "payloadHash": payload_hash(each.body)})
            for each in (first, other)
        )

    applied = api.deliver(first)
    before = api.run(run)
    conflict = api.deliver(other)

    claim.require(applied.is_applied, f"the first has no effect: {applied!r}")
    claim.expect(taken=conflict.status, reason=conflict.reason)
    assert api.run(run) == before


@pytest.mark.claim("jobsources.refused-callback-keeps-event-id")
def test_a_refused_callback_costs_no_event_id(claim: ClaimHandle, api: Api) -> None:
    """Whoever is told to do better may do better."""
    run, event = api.begin(), str(uuid4())
    faulty = failed(run, event_id=event)
    faulty = replace(faulty, body={n: v for n, v in faulty.body.items() if n != "error"})

    refused = api.deliver(faulty)
    mended = api.deliver(completed(run, event_id=event))

    claim.expect(refused=refused.status)
    assert mended.is_applied, f"the id is used up: {mended!r}"
    assert api.status(run) == "COMPLETED"


def _timed(api: Api, callback: Callback) -> tuple[Reply, float, float]:
    began = time.monotonic()
    return api.deliver(callback, unanswered=True), began, time.monotonic()
