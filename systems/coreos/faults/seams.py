"""How a fault is planted in CORE OS: by the seams of the chassis."""

from __future__ import annotations

from systems.chassis import seams
from systems.chassis.seams import (
    Fault,
    NotPlanted,
    Plant,
    around,
    default,
    more_queries,
    nothing,
    query,
    together,
    value,
)

__all__ = [
    "Fault",
    "NotPlanted",
    "Plant",
    "around",
    "default",
    "ids",
    "more_queries",
    "nothing",
    "query",
    "together",
    "value",
]

#: Claim ids of this system, by their second halves.
ids = seams.ids("coreos")
