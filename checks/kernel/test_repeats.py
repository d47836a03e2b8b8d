"""Keys of idempotency: an answer is its caller's, for the same request, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.kernel.adapter import ALLOCATE, SIGN
from checks.kernel.adapter_access import NOBODY
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

SOON_SECONDS = 10


@pytest.mark.claim("kernel.answers-repeated-to-their-caller")
def test_an_answer_is_repeated_to_whoever_got_it(claim: ClaimHandle, kernel: Kernel) -> None:
    """Unchanged, to the same caller, for the same request; to nobody else, and no refusal at all."""
    key, manifest = str(uuid4()), {"id": str(uuid4())}
    first, again = (kernel.sign(manifest, key=key) for _ in range(2))
    other = kernel.sign(manifest, key=key, role="SuperAdmin")
    conflict = kernel.sign({"id": str(uuid4())}, key=key)
    forbidden = str(uuid4())
    refused = kernel.send("POST", SIGN, role=NOBODY, json={"manifest": manifest}, key=forbidden)
    granted = kernel.send(
        "POST", SIGN, role="SuperAdmin", json={"manifest": manifest}, key=forbidden
    )
    allocation = {"entity_id": str(uuid4()), "delta": 1}
    retried = [
        kernel.send("POST", ALLOCATE, role="Operator", json=allocation, key=str(key))
        for _ in range(2)
    ]

    claim.require(first.status == other.status == 200, f"not signed: {first!r}, {other!r}")
    claim.require(refused.status == 403, f"a caller without a role is not refused: {refused!r}")
    assert (again.status, again.body) == (first.status, first.body)
    assert _record(other) != _record(first), "another caller got the answer"
    claim.expect(conflict=conflict.status)
    assert granted.status == 200, f"another caller's refusal is repeated: {granted!r}"
    assert retried[0].is_done, f"not allocated: {retried[0]!r}"
    assert retried[1].body == retried[0].body


@pytest.mark.claim("kernel.repeats-expire")
def test_an_answer_is_repeated_for_a_while(claim: ClaimHandle, standing: Deployment) -> None:
    """Then the same key is free again."""
    seconds = claim["ttl"].total_seconds()
    kernel = standing.kernel({"IDEMPOTENCY_TTL_SECONDS": f"{seconds:g}"})
    key, manifest = str(uuid4()), {"id": str(uuid4())}

    first = kernel.sign(manifest, key=key)
    later = until(
        lambda: kernel.sign(manifest, key=key),
        lambda reply: _record(reply) != _record(first),
        seconds + SOON_SECONDS,
    )

    claim.require(first.status == 200, f"not signed: {first!r}")
    assert later.status == 200, later
    assert _record(later) != _record(first), "it is still repeated"


def _record(reply: Reply) -> str:
    return str((reply.body.get("signature_record") or {}).get("id"))
