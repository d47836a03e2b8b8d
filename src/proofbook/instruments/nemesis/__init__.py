"""
A nemesis: who breaks what a system stands on, by a schedule that a seed draws, while workers work.

    powers = [killed("store restarted", [store], lane="ground"), backends_ended(dsn, lane="ground")]
    schedule = drawn(powers, troubles=12, seed=seed)
    nemesis = Nemesis(powers, schedule, fleet.recorder)
    jobs = endure(fleet, nemesis, jobs=100, workers=6, troubles=Troubles(kill=2), deadline_seconds=90)
    violations = judge(fleet.history, promises)
    lacks = nemesis.unwitnessed()

A power that touched nothing proves nothing, and `unwitnessed` names it. At the end everything is healed,
whatever happened in between: only then is anybody asked what became of the jobs.
"""

from proofbook.instruments.nemesis.endurance import endure
from proofbook.instruments.nemesis.lines import answers_cut, delayed, shut
from proofbook.instruments.nemesis.nemesis import Nemesis
from proofbook.instruments.nemesis.postgres import backends_ended, connections_taken
from proofbook.instruments.nemesis.powers import Power, Touch
from proofbook.instruments.nemesis.processes import frozen, killed
from proofbook.instruments.nemesis.schedule import Deed, Schedule, drawn

__all__ = [
    "Deed",
    "Nemesis",
    "Power",
    "Schedule",
    "Touch",
    "answers_cut",
    "backends_ended",
    "connections_taken",
    "delayed",
    "drawn",
    "endure",
    "frozen",
    "killed",
    "shut",
]
