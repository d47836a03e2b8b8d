"""A waiver is laid over the verdict that it names, where the gate allows it, until its instant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import Waiver
from proofbook.gate import decide
from proofbook.verdicts import Verdict
from tests.engine.gate import world
from tests.engine.gate.world import DAY, HOUR, NOON, PAID, SOLD

if TYPE_CHECKING:
    from proofbook.log import Act

FAILED = world.run(world.record(SOLD, Verdict.FAIL), at=NOON - 2 * HOUR)
WORD = Waiver(
    claim=SOLD.id,
    digest=SOLD.digest,
    target="copy",
    kind="twin",
    verdict="fail",
    owner="ada",
    reason="the fix lands tomorrow",
    until=(NOON + DAY).isoformat(),
)


def opens(*acts: Act, **facts: Any) -> bool:
    """Whether a gate with one failed claim opens."""
    return decide(world.question(world.log(FAILED, *acts), SOLD, **facts)).opens


def test_a_waiver_opens_and_is_seen() -> None:
    """The verdict beneath it stays."""
    act = world.act(WORD, "SHA256:ada")
    (answer,) = decide(world.question(world.log(FAILED, act))).answers
    assert answer.holds
    assert answer.standing.shown == "waived (fail)"
    assert (answer.standing.verdict, answer.standing.judged) == (Verdict.WAIVED, Verdict.FAIL)
    assert answer.standing.waiver == act
    assert answer.standing.valid_until == NOON + DAY


def test_it_ends_at_its_instant() -> None:
    """And not a moment later."""
    act = world.act(WORD, "SHA256:ada")
    assert opens(act, now=NOON + DAY - world.MINUTE)
    assert not opens(act, now=NOON + DAY)


@pytest.mark.parametrize(
    ("changed", "signer"),
    [
        ({}, "SHA256:eve"),
        ({}, "SHA256:ci"),
        ({"claim": "shop.other"}, "SHA256:ada"),
        ({"digest": "ab" * 32}, "SHA256:ada"),
        ({"verdict": "stale"}, "SHA256:ada"),
        ({"target": "other"}, "SHA256:ada"),
        ({"target": "copy", "kind": "deployment", "until": NOON.isoformat()}, "SHA256:ada"),
        ({"until": (NOON + 14 * DAY).isoformat()}, "SHA256:ada"),
    ],
    ids=["foreign", "machine", "claim", "sentence", "verdict", "target", "ended", "too long"],
)
def test_what_does_not_fit_waives_nothing(changed: dict[str, object], signer: str) -> None:
    """Each part of a waiver binds."""
    word = replace(WORD, **changed)  # type: ignore[arg-type] # fields as they come
    assert not opens(world.act(word, signer))


def test_a_waiver_from_the_future_waives_nothing() -> None:
    """It counts from when it was signed."""
    assert not opens(world.act(WORD, "SHA256:ada", at=NOON + HOUR))


def test_what_a_gate_never_waives_stays_shut() -> None:
    """Whatever else it allows."""
    failed = world.run(world.record(PAID, Verdict.FAIL))
    act = world.act(replace(WORD, claim=PAID.id, digest=PAID.digest), "SHA256:ada")
    assert not decide(world.question(world.log(failed, act), PAID)).opens
    rules = world.policy(world.GATES.replace('waivers = "shop.*"\n', ""))
    assert not opens(world.act(WORD, "SHA256:ada"), policy=rules)
