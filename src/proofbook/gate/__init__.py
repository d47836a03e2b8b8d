"""Whether a release may go on: policy, claims, log and the time go in, yes or no and why come out."""

from proofbook.gate.checklist import checklist
from proofbook.gate.decide import decide
from proofbook.gate.decision import Answer, Decision, Shut, Way
from proofbook.gate.question import Question
from proofbook.gate.ways import runnable, ways

__all__ = [
    "Answer",
    "Decision",
    "Question",
    "Shut",
    "Way",
    "checklist",
    "decide",
    "runnable",
    "ways",
]
