"""What a nemesis can do: a name, how long it lasts, and a context that strikes and heals."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

#: Tells, once it is healed, how many things were touched: connections, processes, pieces of an answer.
Touch = Callable[[], int]
#: Entering it strikes, leaving it heals; its argument chooses among victims, by remainder.
Strike = Callable[[int], AbstractContextManager[Touch]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """One way to break something, and to mend it again."""

    #: As histories and schedules call it: `store restarted`.
    name: str
    #: What is done in one lane comes one after the other; what is in two may overlap.
    lane: str
    strike: Strike
    #: How long it lasts, drawn between these.
    least_seconds: float
    most_seconds: float
