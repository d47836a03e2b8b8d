"""
The service in which a target keeps its Kernel's state.

    store_of(system)      its role: "store"
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook import NotAsked

if TYPE_CHECKING:
    from proofbook.targets import System


def store_of(system: System) -> str:
    """The role of its store. Raises `NotAsked` where the target names none."""
    if system.store is None:
        raise NotAsked(
            f"systems.{system.name}.store is not given: where its database is, is not known",
            remedy=f'store = "…" in systems.{system.name}, and url = "…" in its service',
        )
    return system.store
