"""The policy: asked before anything takes effect, recorded whatever it says, and missed by nobody who goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.kernel.known_answers import vectors
from checks.kernel.policy import RATIONALE
from checks.kernel.remains import remains

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.between import Ruled
    from checks.kernel.chain import Event
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

#: What the policy is asked about → a request for it; its subject an id of the check's own.
ACTS: Mapping[str, Callable[[Kernel, str], Reply]] = {
    "manifest.sign": lambda kernel, subject: kernel.sign({"id": subject}),
    "manifest.update": lambda kernel, subject: kernel.put_division(id=subject),
    "allocation.request": lambda kernel, subject: kernel.allocate(entity_id=subject),
}
#: The event of each effect, and what in its payload names the subject.
EFFECTS = {
    "manifest.sign": "manifest.signed",
    "manifest.update": "manifest.update",
    "allocation.request": "allocation.requested",
}


@pytest.mark.claim("kernel.policy-rules-manifests")
def test_a_denied_manifest_is_neither_signed_nor_written(
    claim: ClaimHandle, standing: Deployment, ruled: Ruled
) -> None:
    """What the policy denies is not done, and what it allows is."""
    acts = [ACTS["manifest.sign"], ACTS["manifest.update"]]
    ids = [str(uuid4()) for _ in acts]
    before = len(ruled.policy.asked())
    ruled.policy.deny()
    denied = [act(ruled.kernel, subject) for act, subject in zip(acts, ids, strict=True)]
    asked = len(ruled.policy.asked()) - before
    ruled.policy.allow()
    allowed = [act(ruled.kernel, str(uuid4())) for act in acts]

    claim.require(all(r.status == 200 for r in allowed), f"nothing is done when allowed: {allowed}")
    for reply in denied:
        claim.expect(denied=reply.status)
        assert (reply.error, reply.body.get("reason")) == ("policy.denied", RATIONALE)
    assert asked >= len(acts), "the policy was not asked for each"
    assert remains(standing, ruled.kernel, *ids) == []


@pytest.mark.claim("kernel.policy-rules-allocations")
def test_an_allocation_beyond_the_policy_is_not_made(
    claim: ClaimHandle, standing: Deployment, ruled: Ruled
) -> None:
    """Up to the policy's bound it is granted; one more is denied."""
    bound = claim["bound"]
    ruled.policy.decide(lambda asked: bool(asked["resource"]["delta"] <= bound))
    denied_id, granted_id = str(uuid4()), str(uuid4())

    denied = ruled.kernel.allocate(entity_id=denied_id, delta=bound + 1)
    granted = ruled.kernel.allocate(entity_id=granted_id, delta=bound)

    claim.expect(denied=denied.status)
    assert denied.error == "policy.denied"
    assert granted.status == 200, f"what the policy allows is not granted: {granted!r}"
    assert remains(standing, ruled.kernel, denied_id) == []


@pytest.mark.claim("kernel.decisions-recorded")
def test_each_decision_stands_in_the_chain(claim: ClaimHandle, ruled: Ruled) -> None:
    """Allowed or denied: what was asked, what was said, by which rule and why, for whom; before the effect."""
    ids = {(action, word): str(uuid4()) for action in ACTS for word in ("allow", "deny")}
    before = len(ruled.policy.asked())
    for (action, word), subject in ids.items():
        getattr(ruled.policy, word)()
        ACTS[action](ruled.kernel, subject)
    asked = ruled.policy.asked()[before:]
    events = ruled.kernel.events()

    claim.require(len(asked) == claim["decisions"], f"the policy was asked {len(asked)} times")
    seen = {key: _decisions(events, subject) for key, subject in ids.items()}
    assert seen == {
        (action, word): [_decided(action, word, question["actor"])]
        for (action, word), question in zip(ids, asked, strict=True)
    }
    late = [key for key, subject in ids.items() if not _is_before_its_effect(events, *key, subject)]
    assert late == []


@pytest.mark.claim("kernel.no-decision-no-effect")
def test_without_a_decision_nothing_is_done(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel, ruled: Ruled
) -> None:
    """Silent, broken, talking nonsense or gone: each request is refused, and leaves nothing."""
    gone = standing.policy()
    orphan = standing.kernel({"SENTINEL_URL": gone.url, "SENTINEL_TIMEOUT_MS": "2000"})
    sound = [act(orphan, str(uuid4())) for act in ACTS.values()]
    replies: dict[str, tuple[str, Reply]] = {}
    for case in vectors("policy_replies"):
        ruled.policy.answer(case["status"], case["body"])
        for act in ACTS.values():
            subject = str(uuid4())
            replies[subject] = (case["kernel"], act(ruled.kernel, subject))
    for hurt in (gone.stall, gone.close):
        hurt()
        for act in ACTS.values():
            subject = str(uuid4())
            replies[subject] = ("unavailable", act(orphan, subject))

    claim.require(all(r.status == 200 for r in sound), f"not each is done when allowed: {sound}")
    statuses = {"allow": 200, "deny": 403, "unavailable": claim["unavailable"]}
    wrong = {s: (w, r) for s, (w, r) in replies.items() if r.status != statuses[w]}
    assert wrong == {}
    refused = [subject for subject, (word, _) in replies.items() if word != "allow"]
    assert remains(standing, kernel, *refused) == []


def _decisions(events: list[Event], subject: str) -> list[dict[str, Any]]:
    """What the chain tells of decisions on a subject."""
    return [
        {
            "policy": event.payload.get("policy"),
            "principal": event.payload.get("principal"),
            **{name: event.payload["decision"].get(name) for name in ("id", "allowed", "ruleId")},
            "rationale": event.payload["decision"].get("rationale"),
        }
        for event in events
        if _is_decision(event, subject)
    ]


def _decided(action: str, word: str, actor: Any) -> dict[str, Any]:
    """What it must tell of one decision of the suite's policy."""
    return {
        "policy": action,
        "principal": actor,
        "id": f"policy-{word}",
        "allowed": word == "allow",
        "ruleId": f"rule-{word}",
        "rationale": RATIONALE,
    }


def _is_decision(event: Event, subject: str) -> bool:
    context = event.payload.get("context") or {} if event.event_type == "policy.decision" else {}
    allocation = context.get("allocation") or {}
    return subject in (context.get("manifestId"), allocation.get("entityId"))


def _is_before_its_effect(events: list[Event], action: str, word: str, subject: str) -> bool:
    """Whether a decision stands before the event of what it allowed; what it denied has none."""
    kinds = [
        event.event_type
        for event in events
        if _is_decision(event, subject)
        or (event.event_type == EFFECTS[action] and subject in str(event.payload))
    ]
    wanted = ["policy.decision", EFFECTS[action]] if word == "allow" else ["policy.decision"]
    return kinds == wanted
