"""Named steps of a runbook: what they are, which comes next, and what became of those that were run."""

from proofbook.steps.journal import Began, Ended, Opened, entries, line, opening
from proofbook.steps.matching import ANYTHING, differs
from proofbook.steps.model import Step
from proofbook.steps.reader import read
from proofbook.steps.render import render
from proofbook.steps.walk import Standing, back, check_unchanged, chosen

__all__ = [
    "ANYTHING",
    "Began",
    "Ended",
    "Opened",
    "Standing",
    "Step",
    "back",
    "check_unchanged",
    "chosen",
    "differs",
    "entries",
    "line",
    "opening",
    "read",
    "render",
]
