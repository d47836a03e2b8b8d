"""Whatever was changed in the stored chain is found, by the Kernel or by who kept an old head."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from checks.kernel.chain import exported, head_digest, is_signed, ordered, stored
from checks.kernel.tampering import SWAP, TAMPERINGS, Copy, beheaded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle


@pytest.mark.claim("kernel.tampering-found")
def test_no_change_of_the_stored_chain_goes_unseen(claim: ClaimHandle, drill: Deployment) -> None:
    """Each change alone, undone before the next; and the lost tail by the head that was kept."""
    kernel = drill.kernel()
    for _ in range(claim.bound("events").lower):
        kernel.allocate()
    kept = kernel.head()
    events = ordered(stored(row) for row in drill.sql.rows("select * from audit_events"))
    copy = Copy(drill.writer)
    before, rows, seen = {}, {}, {}
    for name, tamper in TAMPERINGS.items():
        if name == SWAP and events[0].seq is None:
            continue  # places have no number here
        before[name] = kernel.verify().status
        rows[name] = tamper(drill.writer, events)
        seen[name] = kernel.verify().status
        copy.restore()
    sound, cut = kernel.verify().status, beheaded(drill.writer, events)

    claim.require({*before.values(), sound} == {200}, f"a sound chain does not verify: {before}")
    claim.require({*rows.values(), cut} == {1}, f"not each change took hold: {rows}, {cut}")
    claim.expect(events=kept.body.get("count"))
    assert {name: status for name, status in seen.items() if status != claim["found"]} == {}
    head = kept.body
    data = head_digest(head["count"], head["headHash"])
    keys = drill.kms.keys(head["signerId"], head["keyVersion"])
    assert is_signed(data, head["ts"], head["signature"], keys), f"the kept head: {head}"
    assert _shows_loss(kernel, head), "who kept the head cannot tell that the tail is lost"


def _shows_loss(kernel: Kernel, kept: Mapping[str, Any]) -> bool:
    """Whether a head that was kept and what is there now cannot both be true."""
    count = kernel.head().body.get("count", 0)
    events, _ = exported(kernel.export().text)
    place = kept["count"] - 1
    lost = count < kept["count"] or len(events) <= place
    return bool(lost or events[place].hash != kept["headHash"])
