"""What a smoke must leave in the chain, judged on literal events."""

from __future__ import annotations

from typing import Any

import pytest

from checks.kernel.chain import Event
from checks.kernel.trail import Trail

TRAIL = Trail(
    manifest="m",
    signatures=("s1", "s2"),
    division="d",
    agent="a",
    evaluation="v",
    allocation="l",
)


def event(kind: str, **payload: Any) -> Event:
    """An event of which only type and payload matter."""
    return Event(
        id=kind,
        event_type=kind,
        payload=payload,
        prev_hash=None,
        hash="",
        signature="",
        signer_id="",
        key_version="",
        ts="",
    )


def decision(**context: Any) -> Event:
    """A decision on something."""
    return event("policy.decision", context=context)


SOUND = (
    decision(manifestId="m"),
    event("manifest.signed", signatureId="s1", manifestId="m"),
    decision(manifestId="m"),
    event("manifest.signed", signatureId="s2", manifestId="m"),
    decision(manifestId="d"),
    event("manifest.update", manifestId="d"),
    decision(manifestId="d"),
    event("manifest.update", manifestId="d"),
    event("agent.create", agentId="a"),
    event("eval.ingest", evalId="v"),
    decision(allocation={"entityId": "d"}),
    event("allocation.requested", allocationId="l"),
)
OTHERS = (event("agent.create", agentId="another"), event("signer.rotation", signerId="k"))


def test_what_was_done_is_there_once() -> None:
    """Events of others stand in between, and are not counted."""
    assert list(TRAIL.problems([*OTHERS, *SOUND, *OTHERS])) == []
    assert TRAIL.of([*OTHERS, *SOUND]) == list(SOUND)


@pytest.mark.parametrize(
    ("events", "problem"),
    [
        (SOUND[:-1], "0 events allocation.requested of l, for 1"),
        ((*SOUND, SOUND[-1]), "2 events allocation.requested of l, for 1"),
        (SOUND[1:], "1 decisions on m, for 2"),
        ((*SOUND, SOUND[5]), "3 events manifest.update of d, for 2"),
        (
            (*SOUND, event("manifest.signed", signatureId="s3", manifestId="m")),
            "3 events manifest.signed of m, for 2",
        ),
    ],
)
def test_more_or_less_is_a_problem(events: tuple[Event, ...], problem: str) -> None:
    """Each by what is counted."""
    assert list(TRAIL.problems(events)) == [problem]
