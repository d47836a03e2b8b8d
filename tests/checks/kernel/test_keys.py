"""Approvals and rotations by the contract's formulas, held against its vectors."""

from __future__ import annotations

from checks.kernel import approvals, keepers
from checks.kernel.adapter_kms import public_bytes
from checks.kernel.known_answers import vectors


def test_approvals_are_signed_as_the_contract_says() -> None:
    """Each of its signatures comes out."""
    assert approvals.missed_answers() == ()


def test_rotations_are_read_as_the_contract_says() -> None:
    """Both signatures hold, each under its own key and under no other, and over nothing else."""
    known = vectors("rotation")
    new = public_bytes(known["publicKey"])

    assert keepers.missed_answers() == ()
    assert not keepers.signs_rotation(known, 0, new)
    assert not keepers.signs_rotation({**known, "keyId": "v2"}, 1, new)
    assert not keepers.signs_rotation({**known, "signatures": []}, 0, new)
