"""Records of drills: what they come to, what they measured, and when the next one is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from proofbook.drills import (
    QUARTER,
    Control,
    Drill,
    Phase,
    lost_seconds,
    put_off,
    recovery_seconds,
    standings,
)
from proofbook.verdicts import Verdict

PHASES = (
    Phase(name="select", verdict="pass", seconds=1.0),
    Phase(name="fetch", verdict="pass", seconds=2.0),
    Phase(name="restore", verdict="pass", seconds=4.0),
    Phase(name="boot", verdict="pass", seconds=8.0),
    Phase(name="destroy", verdict="pass", seconds=16.0),
)
CAUGHT = Control(name="flipped-bit", caught_by="decrypt", told="decrypt: it is damaged")
DRILL = Drill(
    id="r1",
    system="kernel",
    backup="daily",
    backup_kind="pg_dump",
    target="prod",
    kind="deployment",
    data="",
    operator="ada@desk",
    started="2026-11-21T12:00:00.000Z",
    finished="2026-11-21T12:01:00.000Z",
    artefact="a",
    taken="2026-11-21T03:00:00.000Z",
    sha256="ab",
    key_id="",
    rpo_seconds=None,
    rto_seconds=14.0,
    rows=1,
    tables=1,
    phases=PHASES,
    controls=(CAUGHT,),
    due="",
)


@pytest.mark.parametrize(
    ("control", "verdict"),
    [
        (CAUGHT, Verdict.PASS),
        (replace(CAUGHT, caught_by="", told=""), Verdict.FAIL),
        (replace(CAUGHT, caught_by="", told="no room", done=False), Verdict.NO_VERDICT),
    ],
)
def test_a_damage_that_nobody_notices_fails_the_drill(control: Control, verdict: Verdict) -> None:
    """One that could not be done proves nothing."""
    assert replace(DRILL, controls=(control,)).verdict is verdict


def test_a_drill_without_phases_or_controls_is_no_pass() -> None:
    """Nothing that was not found out is one."""
    assert DRILL.verdict is Verdict.PASS
    assert replace(DRILL, phases=()).verdict is Verdict.NO_VERDICT
    assert replace(DRILL, controls=()).verdict is Verdict.NO_VERDICT


def test_a_copy_that_was_not_destroyed_fails_the_drill() -> None:
    """However well all else went."""
    left = replace(PHASES[-1], verdict="fail", told="data could not be removed")
    drill = replace(DRILL, phases=(*PHASES[:-1], left))
    assert drill.verdict is Verdict.FAIL
    assert drill.reasons == ("destroy: data could not be removed",)


def test_reasons_name_phases_and_controls() -> None:
    """In their order; a control that nobody noticed says so."""
    missed = replace(CAUGHT, caught_by="", told="")
    late = replace(PHASES[0], verdict="no_verdict", told="nothing is listed")
    drill = replace(DRILL, phases=(late, *PHASES[1:]), controls=(missed,))
    assert drill.reasons == ("select: nothing is listed", "control flipped-bit: nobody noticed")


def test_recovery_takes_from_the_fetch_to_the_boot() -> None:
    """Neither the choice before nor the destruction after; nothing if it never ended well."""
    assert recovery_seconds(PHASES) == 14.0
    failed = replace(PHASES[3], verdict="fail")
    assert recovery_seconds([*PHASES[:3], failed]) is None
    assert recovery_seconds(PHASES[:2]) is None
    assert recovery_seconds(()) is None


def test_what_would_be_lost_is_the_age_of_the_newest_event() -> None:
    """A clock that is ahead loses nothing; without an event nobody knows."""
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert lost_seconds(now - timedelta(seconds=90), now) == 90.0
    assert lost_seconds(now + timedelta(seconds=90), now) == 0.0
    assert lost_seconds(None, now) is None


def test_the_next_is_due_a_quarter_after_the_last_that_passed() -> None:
    """One that failed puts nothing off; what was never drilled is late and comes first."""
    passed = put_off(DRILL, QUARTER)
    assert passed.due == "2027-02-21T12:01:00Z"
    failed = put_off(
        replace(
            DRILL, finished="2026-12-24T12:00:00.000Z", controls=(replace(CAUGHT, caught_by=""),)
        ),
        QUARTER,
    )
    never, daily = standings([failed, passed], [DRILL.of, ("prod", "kernel", "base"), DRILL.of])
    assert (never.backup, never.last) == ("base", None)
    assert daily.last == passed
    at = datetime(2027, 2, 21, 12, tzinfo=UTC)
    assert never.is_late(at)
    assert not daily.is_late(at)
    assert daily.is_late(at + timedelta(minutes=2))
