"""The end of a key: after its overlap when it was replaced, at once when it leaked."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING

import pytest

from checks.kernel.keepers import Keeper, report_compromise
from proofbook.instruments.signatures import is_ed25519
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.adapter_kms import Kms
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

DATA = "a check"
OVERLAP = "KMS_KEY_OVERLAP_SECONDS"
COMPROMISED = "signer.compromise"
#: So much longer than the overlap is waited for the key's end.
GRACE_SECONDS = 15
#: How often a key is replaced where a busy machine let the overlap go by before the key was asked for.
TRIES = 3
#: Signs of the key before it is known to have leaked.
BEFORE = 3


@pytest.mark.claim("kernel.old-key-retires-after-overlap")
def test_a_replaced_key_ends_after_its_overlap(claim: ClaimHandle, deployment: Deployment) -> None:
    """As long as both may be in use, both are; then the old one is a public key and nothing more."""
    overlap = claim["overlap"].total_seconds()
    kms = deployment.start_kms({OVERLAP: f"{overlap:g}"})
    keeper = Keeper(kms)

    for _ in range(TRIES):
        old = keeper.new()
        before = kms.sign("/signData", signerId=old, data=DATA)
        began = time.monotonic()
        new = keeper.new(replaces=old)
        early = keeper.retire(old)
        during = [kms.sign("/signData", signerId=each, data=DATA) for each in (old, new)]
        asked = time.monotonic() - began
        if asked < overlap:
            break
    late = until(lambda: keeper.retire(old), lambda reply: reply.is_done, overlap + GRACE_SECONDS)
    took = time.monotonic() - began
    after = kms.sign("/signData", signerId=old, data=DATA)

    claim.require(before.is_done, f"the old key signs nothing to begin with: {before!r}")
    claim.require(asked < overlap, f"it took {asked:.1f} s to ask for both keys in their overlap")
    claim.expect(early=early.status)
    assert [each.status for each in during] == [200, 200]
    claim.expect(late=late.status)
    assert took >= overlap, f"it was retired after {took:.1f} s"
    claim.expect(signs=after.status)
    signed = {old: [before, during[0]], new: [during[1]]}
    assert [
        signer
        for signer, replies in signed.items()
        for reply in replies
        if not _holds(kms, signer, reply)
    ] == []


@pytest.mark.claim("kernel.compromised-key-stops")
def test_a_leaked_key_stops_at_once(claim: ClaimHandle, standing: Deployment) -> None:
    """It signs no more; under an emergency key it is put on record, and the chain holds."""
    keeper = Keeper.of(standing)
    leaked, emergency = keeper.new(), keeper.new()
    kernel = standing.kernel({"SIGNER_ID": leaked})
    before = [kernel.sign() for _ in range(BEFORE)]

    disabled = keeper.disable(leaked)
    refused = kernel.sign()
    kernel.process.stop()
    kernel = standing.kernel({"SIGNER_ID": emergency})
    reported = report_compromise(kernel, leaked)
    event = kernel.event(str(reported.body.get("audit_id")))
    signed, verified = kernel.sign(), kernel.verify()

    claim.require(all(each.status == 200 for each in before), f"it signed nothing: {before}")
    claim.require(disabled.is_done, f"the KMS does not disable it: {disabled!r}")
    claim.expect(refused=refused.status, reported=reported.status)
    assert event.body.get("eventType") == COMPROMISED
    told = event.body["payload"]
    assert (told.get("signerId"), told.get("affectedSignatures")) == (leaked, len(before))
    claim.expect(signed=signed.status, verify=verified.status)


def _holds(kms: Kms, signer: str, reply: Reply) -> bool:
    """Whether a signature of the KMS verifies with what it publishes of the key now."""
    version, raw = reply.body["keyVersion"], base64.b64decode(reply.body["signature"])
    return is_ed25519(kms.public_key(signer, version), DATA.encode(), raw)
