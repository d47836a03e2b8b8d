"""
Which backups are kept, and which go.

All of the last days, and besides the newest whole one of each of some days, Sundays and months; the newest whole one
always. Pure: what there is and today go in, what is kept comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from datetime import date, datetime

SUNDAY = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A backup that is there: its name, the start of its dump in UTC, and whether it is whole."""

    name: str
    moment: datetime
    is_whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How many days all are kept for, and of how many days, Sundays and months one is; 0 switches a rule off."""

    days: int
    daily: int
    weekly: int
    monthly: int


def kept(stored: Collection[Stored], rules: Rules, today: date) -> set[str]:
    """The names of those that stay."""
    whole = sorted(
        (each for each in stored if each.is_whole), key=lambda each: each.moment, reverse=True
    )
    sundays = [each for each in whole if each.moment.weekday() == SUNDAY]
    return {
        *(each.name for each in stored if _is_recent(each, rules, today)),
        *(each.name for each in whole[:1]),
        *_newest(whole, rules.daily, lambda moment: moment.date()),
        *_newest(sundays, rules.weekly, lambda moment: moment.date()),
        *_newest(whole, rules.monthly, lambda moment: (moment.year, moment.month)),
    }


def _is_recent(stored: Stored, rules: Rules, today: date) -> bool:
    return rules.days > 0 and (today - stored.moment.date()).days <= rules.days


def _newest(
    newest_first: Iterable[Stored], count: int, period: Callable[[datetime], object]
) -> list[str]:
    """The newest of each of so many periods, those that have one."""
    found: dict[object, str] = {}
    for each in newest_first:
        found.setdefault(period(each.moment), each.name)
    return list(found.values())[:count]
