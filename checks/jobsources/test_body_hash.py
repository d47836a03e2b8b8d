"""A body is not signed; its hash tells when it was mangled."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter_callbacks import (
    completed,
    failed,
    job,
    payload_hash,
)
from checks.jobsources.known_answers import vectors
from checks.jobsources.refusals import Attempt, misjudged

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.replies import Reply
    from proofbook import ClaimHandle


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
