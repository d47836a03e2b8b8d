"""
Record first, judge afterwards: what workers did to a queue, and what that says about it.

An instrument fills a `History`; pure functions judge it. Nothing here opens anything or asks a clock.
"""

from proofbook.history.events import Event, History, Kind, Outcome, Phase
from proofbook.history.promises import RULES, Promises, Violation

__all__ = [
    "RULES",
    "Event",
    "History",
    "Kind",
    "Outcome",
    "Phase",
    "Promises",
    "Violation",
]
