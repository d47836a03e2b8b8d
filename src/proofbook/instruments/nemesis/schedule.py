"""
What is done when, drawn from a seed before anything starts: the same seed, the same schedule.

A deed counts its pause from when the one before it in its lane was healed, not from the beginning: on a
slow machine everything comes later, and nothing comes closer together.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.instruments.nemesis.powers import Power

#: Calm before a deed, in seconds: time for a few calls to come through.
CALM = (0.2, 0.6)
#: Victims are chosen by the remainder of a number below this.
AIMS = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One stroke."""

    lane: str
    #: Name of a power.
    power: str
    #: Calm before it.
    pause_seconds: float
    #: From the stroke until it is healed.
    seconds: float
    #: Chooses among victims.
    aim: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """All deeds, in each lane in the order in which they are done."""

    seed: int
    deeds: tuple[Deed, ...]

    def lanes(self) -> dict[str, tuple[Deed, ...]]:
        """The deeds of each lane."""
        names = dict.fromkeys(deed.lane for deed in self.deeds)
        return {name: tuple(d for d in self.deeds if d.lane == name) for name in names}

    def as_json(self) -> dict[str, object]:
        """What a history and the evidence keep of it."""
        return {"seed": self.seed, "deeds": [asdict(deed) for deed in self.deeds]}


def drawn(powers: Sequence[Power], *, troubles: int, seed: int) -> Schedule:
    """
    Each power once, in random order, and then any of them until there are so many troubles.

    `ValueError` when there are fewer troubles than powers.
    """
    if troubles < len(powers):
        raise ValueError(
            f"{troubles} troubles for {len(powers)} powers: ask for more, or for fewer powers"
        )
    dice = random.Random(seed)  # noqa: S311 - schedules want replay, not secrecy
    first = dice.sample(powers, len(powers))
    more = [dice.choice(powers) for _ in range(troubles - len(powers))]
    return Schedule(seed=seed, deeds=tuple(_deed(power, dice) for power in (*first, *more)))


def _deed(power: Power, dice: random.Random) -> Deed:
    return Deed(
        lane=power.lane,
        power=power.name,
        pause_seconds=round(dice.uniform(*CALM), 3),
        seconds=round(dice.uniform(power.least_seconds, power.most_seconds), 3),
        aim=dice.randrange(AIMS),
    )
