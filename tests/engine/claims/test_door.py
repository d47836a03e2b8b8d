"""The public door of `proofbook.claims`."""

from __future__ import annotations

from proofbook import claims


def test_the_door_lists_what_can_be_imported() -> None:
    """`__all__` is sorted, without doubles, and every name in it exists."""
    assert (
        sorted(claims.__all__, key=lambda n: (not n.isupper(), n[0].islower(), n)) == claims.__all__
    )
    assert all(hasattr(claims, name) for name in claims.__all__)
