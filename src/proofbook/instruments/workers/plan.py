"""What befalls which job, drawn from a seed before anything starts: the same seed, the same plan."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Fate(StrEnum):
    """What the first holder of a job does, besides working; with `*`, what each of its holders does."""

    WORKS = "works"
    #: Dies with the lease in its hands, and says nothing.
    DIES = "dies"
    #: Freezes until somebody else has the job, then goes on as if nothing had been.
    FREEZES = "freezes"
    FAILS = "fails"
    #: * Works for longer than a lease, and keeps it by heartbeats.
    LASTS = "lasts"
    #: * Fails, until the queue gives the job up.
    IS_HOPELESS = "is hopeless"
    #: * Dies, until the queue gives the job up.
    IS_DEADLY = "is deadly"


#: Fates that every holder of a job meets, not the first alone.
OF_ALL = (Fate.LASTS, Fate.IS_HOPELESS, Fate.IS_DEADLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long each job takes and what becomes of its first holder: properties of the job, not of a worker."""

    seed: int
    workers: int
    fates: Mapping[str, Fate]
    seconds: Mapping[str, float]

    def fate(self, job: str, token: int) -> Fate:
        """What the holder of this attempt does."""
        fate = self.fates.get(job, Fate.WORKS)
        return fate if token == 1 or fate in OF_ALL else Fate.WORKS

    def jobs(self, fate: Fate) -> tuple[str, ...]:
        """The jobs of one fate."""
        return tuple(job for job, its in self.fates.items() if its is fate)

    def as_json(self) -> dict[str, object]:
        """What a history keeps of the plan."""
        return {
            "seed": self.seed,
            "workers": self.workers,
            "fates": {
                job: fate.value for job, fate in self.fates.items() if fate is not Fate.WORKS
            },
            "seconds": dict(self.seconds),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Troubles:
    """How many jobs have which fate, each job at most one."""

    #: The first holder dies, freezes, fails.
    kill: int = 0
    pause: int = 0
    fail: int = 0
    #: Every holder works for longer than a lease, fails, dies.
    last: int = 0
    hopeless: int = 0
    deadly: int = 0

    def fates(self) -> list[Fate]:
        """One fate for each job that has one."""
        return (
            [Fate.DIES] * self.kill
            + [Fate.FREEZES] * self.pause
            + [Fate.FAILS] * self.fail
            + [Fate.LASTS] * self.last
            + [Fate.IS_HOPELESS] * self.hopeless
            + [Fate.IS_DEADLY] * self.deadly
        )


def drawn(
    jobs: Sequence[str], troubles: Troubles, *, seed: int, workers: int, lease_seconds: float
) -> Plan:
    """
    A plan in which so many jobs have each fate, all others just being worked on.

    `ValueError` when there are fewer jobs than fates.
    """
    dice = random.Random(seed)  # noqa: S311 - schedules want replay, not secrecy
    fates = troubles.fates()
    if len(fates) > len(jobs):
        raise ValueError(
            f"{len(fates)} troubles for {len(jobs)} jobs: put more in, or ask for fewer"
        )
    chosen = dict(zip(dice.sample(jobs, len(fates)), fates, strict=True))

    def takes(job: str) -> float:
        # Mostly far shorter than a lease; a job that lasts outlives it, and lives on by heartbeats.
        share = dice.uniform(0, 0.02)
        return lease_seconds * (1.3 if chosen.get(job) is Fate.LASTS else share)

    return Plan(
        seed=seed,
        workers=workers,
        fates=MappingProxyType(chosen),
        seconds=MappingProxyType({job: round(takes(job), 4) for job in jobs}),
    )
