"""The public door of the engine."""

from __future__ import annotations

import proofbook


def test_the_door_names_what_can_be_imported_in_order() -> None:
    """Sorted, each once, each there."""
    names = proofbook.__all__

    assert names == sorted(set(names))
    assert all(hasattr(proofbook, name) for name in names)


def test_a_check_finds_what_it_needs() -> None:
    """The four effects, and the two ways of saying that nothing was found out."""
    assert {"NoVerdict", "NotAsked", "disrupts", "exercises", "loads", "observes"} <= set(
        proofbook.__all__
    )
