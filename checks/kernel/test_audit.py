"""The audit chain: one, in one order, however many write; and each event proves itself."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.kernel.adapter import ALLOCATE
from checks.kernel.chain import (
    broken,
    dangling,
    forks,
    mishashed,
    missigned,
    ordered,
    stored,
)
from checks.kernel.damages import random_signature, unsigned
from checks.kernel.doors import place
from checks.kernel.formulas import missed_answers
from checks.kernel.known_answers import vectors
from checks.kernel.remains import remains
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.between import Tapped
    from checks.kernel.chain import Event
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

SIGNS_DATA = "/signData"
#: Of a chain of years, so many events tell as much as all.
NEWEST = 1000
EVENTS = "select * from audit_events order by ts desc limit %s"
#: All of it, without what no link needs.
LINKS = """
    select id, event_type, null as payload, prev_hash, hash, signature, signer_id, ts from audit_events
"""


@pytest.mark.claim("kernel.audit-chain-whole")
def test_many_writers_make_one_chain(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """One after the other, and all at once by way of two processes: no fork, no gap, one order."""
    kernels = [kernel, standing.kernel()] if standing.is_ours else [kernel]
    agent = place(kernel).agent
    before = kernel.events()
    alone = [kernel.allocate() for _ in range(claim["events"])]
    writers = zip(range(claim["writers"]), cycle(kernels), strict=False)
    crowds = at_once(*[partial(_report, each, agent, claim["each"]) for _, each in writers])
    new = kernel.events()[len(before) :]

    replies = [*alone, *(reply for crowd in crowds for reply in crowd)]
    lost = [reply for reply in replies if reply.status != 200]
    claim.require(not lost, f"{len(lost)} of {len(replies)} requests were refused: {lost[:3]}")
    granted = [str(r.body.get("allocationId") or r.body.get("eval_id")) for r in replies]
    told = Counter(_told(event) for event in new)
    assert {each: told[each] for each in granted if told[each] != 1} == {}
    assert forks(new) == ()
    assert broken(new, standing.keys(kernel), before[-1].hash if before else None) == ()


@pytest.mark.claim("kernel.audit-has-one-root")
def test_each_event_but_the_first_follows_one_other(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Over the whole table: one root, no event that two follow, none that follows nothing."""
    for _ in range(claim.bound("rows").lower):
        kernel.allocate()

    events = [stored(row) for row in standing.sql.rows(LINKS)]

    claim.expect(
        rows=len(events),
        roots=len([event for event in events if event.prev_hash is None]),
        followers=max(Counter(event.prev_hash for event in events).values()),
    )
    assert dangling(events) == ()
    assert len(ordered(events)) == len(events)


@pytest.mark.claim("kernel.events-verify-from-rows")
def test_an_event_verifies_from_its_row_alone(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """Whatever its payload holds, and whoever reads it."""
    odd = [_allocated(kernel, case["payload"]) for case in vectors("formulas")["hashes"]]
    kernel.sign()
    kernel.put_division()
    events = _stored(standing, kernel)

    claim.require(missed_answers() == (), f"the suite itself misses: {missed_answers()}")
    claim.require(all(reply.status == 200 for reply in odd), f"not each is granted: {odd}")
    claim.expect(events=len(events), types=len({event.event_type for event in events}))
    assert mishashed(events) == ()
    assert missigned(events, standing.keys(kernel)) == ()


@pytest.mark.claim("kernel.unsigned-event-undoes-request")
def test_no_event_is_written_unless_it_is_signed(
    claim: ClaimHandle, standing: Deployment, tapped: Tapped
) -> None:
    """What would go untold is not done."""
    sound = tapped.kernel.allocate()
    refused = {}
    for change in (unsigned, random_signature):
        tapped.tap.change(change, path=SIGNS_DATA)
        entity = str(uuid4())
        refused[entity] = tapped.kernel.allocate(entity_id=entity)
        tapped.tap.forward()

    claim.require(sound.status == 200, f"nothing is done while events are signed: {sound!r}")
    for reply in refused.values():
        claim.expect(refused=reply.status)
    assert remains(standing, tapped.kernel, *refused) == []


def _report(kernel: Kernel, agent: str, times: int) -> list[Reply]:
    return [kernel.add_eval(agent) for _ in range(times)]


def _told(event: Event) -> str:
    """What an event tells of: an allocation's id, a report's."""
    return str(event.payload.get("allocationId") or event.payload.get("evalId"))


def _allocated(kernel: Kernel, probe: str) -> Reply:
    """An allocation that holds a value in these very characters."""
    content = f'{{"entity_id":"{uuid4()}","delta":1,"probe":{probe}}}'.encode()
    return kernel.ask("POST", ALLOCATE, "Operator", content=content)


def _stored(standing: Deployment, kernel: Kernel) -> list[Event]:
    """The newest events as their rows hold them; as they are exported, where the rows cannot be read."""
    if standing.system.sql is None:
        return kernel.events()[-NEWEST:]
    return [stored(row) for row in standing.sql.rows(EVENTS, NEWEST)]
