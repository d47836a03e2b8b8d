"""
What a policy keeps, judged on a listing: the real one, or a calendar that nobody had to wait for.

    policy = Retention(at_least=timedelta(days=30), at_most=timedelta(days=90))
    wrong = judged(before, after, policy, now)
    wrong = shown(listing, policy, every=timedelta(days=1), now=now)
    months = simulated(policy, days=400, every=timedelta(days=1), prune=prune)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from proofbook.instruments.restore.artefacts import Artefact, newest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

#: Where a simulated calendar begins: a Monday before a leap day, and years whose ends it crosses.
EPOCH = datetime(2027, 11, 1, 3, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Nothing younger than `at_least` goes; nothing older than `at_most` stays, but for the newest."""

    at_least: timedelta
    at_most: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Generations:
    """Grandfather, father, son: the newest of so many days, ISO weeks and months is kept."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12


def survivors(artefacts: Iterable[Artefact], kept: Generations) -> frozenset[str]:
    """The names that must still be there: of each newest day, week and month the newest backup."""
    ordered = sorted(artefacts, key=lambda each: (each.at, each.name), reverse=True)
    days: dict[object, str] = {}
    weeks: dict[object, str] = {}
    months: dict[object, str] = {}
    for each in ordered:
        at = each.at.astimezone(UTC)
        days.setdefault(at.date(), each.name)
        weeks.setdefault(tuple(at.isocalendar())[:2], each.name)
        months.setdefault((at.year, at.month), each.name)
    chosen = (
        *list(days.values())[: kept.daily],
        *list(weeks.values())[: kept.weekly],
        *list(months.values())[: kept.monthly],
    )
    return frozenset(chosen)


def judged(
    before: Collection[Artefact], after: Collection[Artefact], policy: Retention, now: datetime
) -> tuple[str, ...]:
    """What a prune at `now` did wrong: gone too early, kept too long, or the newest of all gone."""
    left = {each.name for each in after}
    last = newest(before)
    wrong = []
    for each in sorted(before, key=lambda each: (each.at, each.name)):
        age, is_left = now - each.at, each.name in left
        if each == last:
            wrong += [] if is_left else [f"{each.name}, the newest, is gone"]
        elif not is_left and age < policy.at_least:
            wrong.append(f"{each.name} is gone after {age.days} d")
        elif is_left and age > policy.at_most:
            wrong.append(f"{each.name} is still there after {age.days} d")
    return tuple(wrong)


def shown(
    listing: Collection[Artefact], policy: Retention, every: timedelta, now: datetime
) -> tuple[str, ...]:
    """
    What one listing shows, of which nobody knows what it was before: what is too old, and what lacks.

    From the oldest backup on, or from `at_least` ago where that is later, no two may be further apart
    than twice `every`: a single one that failed is the schedule's affair, and not retention's.
    """
    there = sorted(listing, key=lambda each: (each.at, each.name))
    last = newest(there)
    wrong = [
        f"{each.name} is still there after {(now - each.at).days} d"
        for each in there
        if each != last and now - each.at > policy.at_most
    ]
    wanted = [each for each in there if now - each.at <= policy.at_least]
    for before, after in pairwise(wanted):
        if after.at - before.at > 2 * every:
            days = (after.at - before.at) / timedelta(days=1)
            wrong.append(
                f"between {before.name} and {after.name} there is nothing for {days:.1f} d"
            )
    return tuple(wrong)


def simulated(
    policy: Retention,
    *,
    days: int,
    every: timedelta,
    prune: Callable[[tuple[Artefact, ...], datetime], Collection[str]],
) -> tuple[str, ...]:
    """
    Play a calendar: a backup each `every`, after each `prune(there, now)` says which names go.

    What it did wrong on any day; empty if nothing.
    """
    there: tuple[Artefact, ...] = ()
    wrong: list[str] = []
    for number in range(int(timedelta(days=days) / every)):
        now = EPOCH + number * every
        there = (*there, Artefact(name=f"b-{now:%Y%m%dT%H%M%SZ}", at=now))
        gone = prune(there, now)
        left = tuple(each for each in there if each.name not in gone)
        wrong += judged(there, left, policy, now)
        there = left
    return tuple(wrong)
