"""The smoke in production: under roles, and not only answered but kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.kernel.adapter import ALLOCATE, SIGN
from checks.kernel.smoke import MANIFEST, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.between import Tapped
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

#: More than all checks that share a deployment write.
NEWEST = 5000
EVENTS = "select payload from audit_events order by ts desc limit %s"
#: Bodies that a store cannot hold, or that lack what a row needs; `%s` stands for what is allocated to.
ODD = (
    '{"entity_id": "%s", "delta": 1, "reason": "\\u0000"}',
    '{"entity_id": "%s", "delta": 1, "reason": "\\ud800"}',
    '{"entity_id": "%s", "delta": 1, "id": "no-uuid"}',
    '{"id": "%s", "delta": 1}',
)


@pytest.mark.claim("kernel.smoke-passes-in-production")
def test_the_smoke_passes_in_production(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Each step by whoever may do least; and nobody at all signs nothing."""
    stranger = kernel.send("POST", SIGN, json={"manifest": MANIFEST})

    walked = walk(kernel, standing.keys(kernel))

    claim.require(walked.is_answered, walked.unanswered)
    claim.require(stranger.status == 401, f"no credentials were asked for: {stranger!r}")
    assert walked.problems == ()
    claim.expect(steps=walked.passed)


@pytest.mark.claim("kernel.rows-and-events-agree")
def test_whatever_was_granted_is_kept_and_told(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, tapped_here: Tapped | None
) -> None:
    """All of a smoke, and all that was asked while the KMS was away, or that no row can hold."""
    walked = walk(kernel, standing.keys(kernel))
    replies = [_allocated(kernel, body) for body in ODD]
    if tapped_here is not None:
        tapped_here.tap.reset()
        replies += [tapped_here.kernel.allocate(), tapped_here.kernel.sign()]
        tapped_here.tap.forward()

    claim.require(walked.is_answered, walked.unanswered)
    claim.expect(events=len(walked.events))
    answers = [kernel.event(event) for event in walked.events]
    assert [answer for answer in answers if answer.status != 200] == []
    if standing.system.sql is not None:
        wanted = {*walked.trail.signatures, walked.trail.allocation, *_granted(replies)}
        assert _kept(standing, wanted) == (wanted, wanted)
    if standing.system.sql is not None and standing.is_ours:
        assert _untold(standing) == []


def _allocated(kernel: Kernel, body: str) -> Reply:
    content = (body % uuid4()).encode()
    return kernel.ask("POST", ALLOCATE, "Operator", content=content)


def _granted(replies: Iterable[Reply]) -> set[str]:
    """Ids of signatures and allocations in answers of success."""
    bodies = [reply.body for reply in replies if reply.is_done]
    return {str(b.get("allocationId") or b["signature_record"]["id"]) for b in bodies}


def _kept(standing: Deployment, ids: set[str]) -> tuple[set[str], set[str]]:
    """Which of the ids have a row, and which an event."""
    rows = standing.sql.rows(
        "select id::text as id from manifest_signatures where id::text = any(%s)"
        " union select id::text from resource_allocations where id::text = any(%s)",
        list(ids),
        list(ids),
    )
    told = standing.sql.rows(EVENTS, NEWEST)
    return {row["id"] for row in rows}, ids & {_subject(row["payload"]) for row in told}


def _untold(standing: Deployment) -> list[dict[str, Any]]:
    """Rows without an event, whoever asked for them."""
    rows = standing.sql.rows(
        "select 'signature' as kind, id::text as id from manifest_signatures"
        " union all select 'allocation', id::text from resource_allocations"
    )
    events = standing.sql.rows(EVENTS, NEWEST)
    told = {_subject(row["payload"]) for row in events}
    return [row for row in rows if row["id"] not in told]


def _subject(payload: Any) -> str:
    told = payload if isinstance(payload, dict) else json.loads(payload)
    return str(told.get("signatureId") or told.get("allocationId"))
