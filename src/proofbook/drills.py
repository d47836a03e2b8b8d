"""
What a drill found: its phases with their times, what was damaged on purpose and by what it was caught.

The signed record of a drill is a `Drill`; it holds counts, digests, times and our own words, never a
row of anybody's table.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict, joined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: How long a drill lasts where no claim says otherwise: a quarter.
QUARTER = timedelta(days=92)
#: The phase that destroys what was restored, and whose failure fails the drill.
DESTROY = "destroy"
#: What lies between "we need the backup" and "the service answers on it".
RECOVERY = ("fetch", "decrypt", "digest", "cluster", "restore", "wal", "replay", "content", "boot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One step of a drill."""

    name: str
    #: `pass`, `fail` or `no_verdict`.
    verdict: str
    seconds: float
    #: What was found; for a failure, what is wrong.
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something damaged on purpose, which the drill must notice by the same means as on any day."""

    name: str
    #: The guard that noticed; "" where none did.
    caught_by: str
    #: What it said; why the damage could not be done, where there is no verdict.
    told: str
    #: Whether the damage was done at all.
    done: bool = True

    @property
    def verdict(self) -> Verdict:
        """A damage that nobody noticed is a failure."""
        if not self.done:
            return Verdict.NO_VERDICT
        return Verdict.PASS if self.caught_by else Verdict.FAIL


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """The record of one drill of one backup."""

    id: str
    system: str
    #: The table of the target: `systems.<system>.backups.<backup>`.
    backup: str
    backup_kind: str
    target: str
    #: The target's kind.
    kind: str
    #: `production` where the backup holds people's data; else "".
    data: str
    #: Who ran it, as their machine calls them.
    operator: str
    #: RFC 3339 with an offset.
    started: str
    finished: str
    #: Name, instant and SHA-256 of what was restored; "" where there was nothing.
    artefact: str
    taken: str
    sha256: str
    #: Digest of the key's own id, never the key; "" where the backup is not encrypted.
    key_id: str
    #: Seconds between the newest event that was restored and the drill's beginning; `None`: not known.
    rpo_seconds: float | None
    #: Seconds of all phases from the fetch to the service that answers; `None`: it never did.
    rto_seconds: float | None
    rows: int
    tables: int
    phases: tuple[Phase, ...] = ()
    controls: tuple[Control, ...] = ()
    #: When the next one is due.
    due: str
    #: What else is known: `bytes` that were fetched, the versions `dumped_from` and `restored_on`.
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The join of all phases and controls: nothing that was not found out is a pass."""
        if not self.phases or not self.controls:
            return joined([*self._verdicts, Verdict.NO_VERDICT])
        return joined(self._verdicts)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it is no pass, in order."""
        phases = [f"{p.name}: {p.told}" for p in self.phases if p.verdict != Verdict.PASS]
        controls = [
            f"control {each.name}: {each.told or 'nobody noticed'}"
            for each in self.controls
            if each.verdict is not Verdict.PASS
        ]
        return (*phases, *controls)

    @property
    def of(self) -> tuple[str, str, str]:
        """What it is a drill of: target, system, backup."""
        return self.target, self.system, self.backup

    @property
    def _verdicts(self) -> list[Verdict]:
        return [
            *(Verdict(each.verdict) for each in self.phases),
            *(each.verdict for each in self.controls),
        ]


def recovery_seconds(phases: Iterable[Phase]) -> float | None:
    """How long it took from the first byte fetched to the service that answers; `None`: it does not."""
    found = [each for each in phases if each.name in RECOVERY]
    if not found or any(each.verdict == Verdict.FAIL for each in found):
        return None
    if not any(each.name == "restore" for each in found):
        return None
    return sum(each.seconds for each in found)


def lost_seconds(newest_event: datetime | None, at: datetime) -> float | None:
    """What a failure at `at` would have cost: the time since the newest event that came back."""
    return None if newest_event is None else max(0.0, (at - newest_event).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a backup stands: its last drill that passed, and whether the next one is late."""

    target: str
    system: str
    backup: str
    #: `None`: it was never drilled.
    last: Drill | None
    #: `None`: now.
    due: datetime | None

    def is_late(self, now: datetime) -> bool:
        """Whether it should have been drilled again by now."""
        return self.due is None or self.due <= now


def standings(
    drills: Iterable[Drill], wanted: Iterable[tuple[str, str, str]]
) -> tuple[Standing, ...]:
    """
    Where each wanted backup (target, system, backup) stands; the most urgent first.

    Only a drill that passed puts the next one off.
    """
    passed: dict[tuple[str, str, str], Drill] = {}
    for drill in sorted(drills, key=lambda each: datetime.fromisoformat(each.finished)):
        if drill.verdict is Verdict.PASS:
            passed[drill.of] = drill
    found = [
        Standing(
            target=of[0],
            system=of[1],
            backup=of[2],
            last=passed.get(of),
            due=datetime.fromisoformat(passed[of].due) if of in passed else None,
        )
        for of in dict.fromkeys(wanted)
    ]
    return tuple(sorted(found, key=_urgency))


def put_off(drill: Drill, lasts: timedelta) -> Drill:
    """The drill with the instant at which the next one is due."""
    due = datetime.fromisoformat(drill.finished) + lasts
    return replace(drill, due=due.isoformat().replace("+00:00", "Z"))


def _urgency(standing: Standing) -> tuple[str, str, str, str]:
    due = standing.due.isoformat() if standing.due else ""
    return due, standing.target, standing.system, standing.backup
