"""What a prune may take and must take, on listings and on calendars that nobody had to wait for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.instruments.restore.artefacts import Artefact
from proofbook.instruments.restore.retention import (
    EPOCH,
    Generations,
    Retention,
    judged,
    shown,
    simulated,
    survivors,
)

if TYPE_CHECKING:
    from collections.abc import Collection

DAY = timedelta(days=1)
NOW = datetime(2028, 3, 1, 3, tzinfo=UTC)
MONTH = Retention(at_least=30 * DAY, at_most=90 * DAY)


def aged(*days: int) -> tuple[Artefact, ...]:
    """Backups so many days old."""
    return tuple(Artefact(name=f"{day} d", at=NOW - day * DAY) for day in days)


def kept_for(days: int, there: tuple[Artefact, ...], now: datetime) -> list[str]:
    """What a prune by age takes, the newest never."""
    return [each.name for each in there[:-1] if now - each.at > days * DAY]


def test_nothing_goes_too_early_and_nothing_stays_too_long() -> None:
    """Each by its name and age."""
    before = aged(100, 91, 60, 20, 1)
    assert judged(before, aged(60, 20, 1), MONTH, NOW) == ()
    assert judged(before, aged(100, 60, 1), MONTH, NOW) == (
        "100 d is still there after 100 d",
        "20 d is gone after 20 d",
    )


def test_the_newest_stays_however_old_it_is() -> None:
    """A job that has stopped must not empty the folder."""
    assert judged(aged(200, 150), aged(150), MONTH, NOW) == ()
    assert judged(aged(200, 150), (), MONTH, NOW) == ("150 d, the newest, is gone",)


def test_one_listing_shows_what_is_too_old_and_what_lacks() -> None:
    """A gap before the days that must be kept is no one's affair; nor is a single backup that failed."""
    daily = aged(*range(60))
    assert shown(daily, MONTH, DAY, NOW) == ()
    assert shown([*daily[:5], *daily[6:30], *daily[50:]], MONTH, DAY, NOW) == ()
    assert shown([*daily[:5], *daily[12:], *aged(120)], MONTH, DAY, NOW) == (
        "120 d is still there after 120 d",
        "between 12 d and 4 d there is nothing for 8.0 d",
    )
    assert shown(aged(120), MONTH, DAY, NOW) == ()
    assert shown((), MONTH, DAY, NOW) == ()


@pytest.mark.parametrize("days", [30, 60, 90])
def test_daily_snapshots_of_four_hundred_days_are_kept_between_30_and_90(days: int) -> None:
    """Any age in between will do, day by day, over a leap day and the turns of two years."""
    assert simulated(MONTH, days=400, every=DAY, prune=partial(kept_for, days)) == ()


def test_a_week_and_a_prune_that_never_prunes_are_noticed() -> None:
    """On the first day on which they do wrong."""
    week = simulated(MONTH, days=20, every=DAY, prune=partial(kept_for, 7))
    assert week[0] == f"b-{EPOCH:%Y%m%dT%H%M%SZ} is gone after 8 d"
    never = simulated(MONTH, days=92, every=DAY, prune=lambda there, now: [])  # noqa: ARG005 - a prune's
    assert never == (f"b-{EPOCH:%Y%m%dT%H%M%SZ} is still there after 91 d",)


def test_grandfathers_fathers_and_sons() -> None:
    """Of 400 days: 7 days, 4 weeks, 12 months, and no backup twice."""
    all_days = [Artefact(name=f"{day:03}", at=EPOCH + day * DAY) for day in range(400)]
    kept = survivors(all_days, Generations())
    assert {f"{day:03}" for day in range(393, 400)} <= kept
    months = {(EPOCH + int(name) * DAY).strftime("%Y-%m") for name in kept}
    assert len(months) == 12
    assert 7 + 11 <= len(kept) <= 7 + 4 + 12


@given(
    ages=st.sets(st.integers(0, 400), min_size=1),
    kept=st.builds(
        Generations, daily=st.integers(1, 9), weekly=st.integers(0, 9), monthly=st.integers(0, 24)
    ),
)
def test_the_newest_always_survives_and_a_second_prune_takes_nothing(
    ages: set[int], kept: Generations
) -> None:
    """Pruning is idempotent."""
    there: Collection[Artefact] = aged(*ages)
    names = survivors(there, kept)
    assert f"{min(ages)} d" in names
    assert survivors([each for each in there if each.name in names], kept) == names
