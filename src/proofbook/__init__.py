"""
Runbooks that prove themselves.

What a project's checks import; everything else that they use comes as fixtures.
"""

from proofbook.effects import Effect, disrupts, exercises, loads, observes
from proofbook.errors import NotAsked, NoVerdict, ProofbookError
from proofbook.handle import Bounds, ClaimHandle

__all__ = [
    "Bounds",
    "ClaimHandle",
    "Effect",
    "NoVerdict",
    "NotAsked",
    "ProofbookError",
    "disrupts",
    "exercises",
    "loads",
    "observes",
]
