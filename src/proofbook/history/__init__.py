"""
Record first, judge afterwards: what workers did to a queue, and what that says about it.

An instrument fills a `History`; pure functions judge it. Nothing here opens anything or asks a clock.

    lacks = unwitnessed(history, claims=500, reclaims=1)
    violations = judge(history, promises)
    accusation = accused(history, promises)      # the first of them at its shortest, in words and drawn
"""

from proofbook.history.accusing import Accusation, accused
from proofbook.history.drawing import explained, timeline
from proofbook.history.events import Event, History, Kind, Outcome, Phase
from proofbook.history.judging import judge
from proofbook.history.lines import from_lines, to_lines
from proofbook.history.picture import picture
from proofbook.history.promises import RULES, Promises, Violation
from proofbook.history.shrinking import shortest
from proofbook.history.witness import Witness, unwitnessed, witness

__all__ = [
    "RULES",
    "Accusation",
    "Event",
    "History",
    "Kind",
    "Outcome",
    "Phase",
    "Promises",
    "Violation",
    "Witness",
    "accused",
    "explained",
    "from_lines",
    "judge",
    "picture",
    "shortest",
    "timeline",
    "to_lines",
    "unwitnessed",
    "witness",
]
