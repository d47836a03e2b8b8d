"""
A drill: one backup from its listing to a service that runs on what came back, and its destruction.

    record = drill(Drilling(…))

A phase that does not pass stops those that need it, never the destruction of what was restored. Of
production data nothing leaves a drill but counts, digests and our own words.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook import drills
from proofbook.instruments.restore import fetching, restoring
from proofbook.instruments.restore.damaging import damage
from proofbook.instruments.restore.drilling import text
from proofbook.instruments.restore.looking import look
from proofbook.instruments.restore.phases import Stopped
from proofbook.instruments.restore.places import destroyed, let_in

if TYPE_CHECKING:
    from proofbook.drills import Drill
    from proofbook.instruments.restore.drilling import Drilling


def drill(at: Drilling) -> Drill:
    """Do all phases and controls of one backup."""
    let_in(at.work)
    _begin(at)
    try:
        with suppress(Stopped):
            fetching.select(at)
            restoring.restore(at)
            look(at)
        controls = damage(at)
    except BaseException:
        for (
            cluster
        ) in at.clusters:  # what was restored stays where it is, to go on with or to destroy
            cluster.stop()
        raise
    at.phases.run(drills.DESTROY, lambda: _destroyed(at), vital=False)
    return at.record(controls)


def _begin(at: Drilling) -> None:
    """Loss is measured from the moment at which the backup was first wanted."""
    before = at.phases.passed_before("begin")
    if before is not None and at.phases.keep("begin"):
        at.started = datetime.fromisoformat(before)
    else:
        at.phases.run("begin", lambda: text(at.started))


def _destroyed(at: Drilling) -> str:
    if at.service is not None:
        at.service.stop()
    for cluster in at.clusters:
        cluster.stop()
    destroyed(at.work)
    return "the copy and all that was fetched are gone"
