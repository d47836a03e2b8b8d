"""What evidence says of a claim, here and now: pure values in, a standing out."""

from proofbook.judging.archive import Archive, Entry, archive
from proofbook.judging.judge import judge
from proofbook.judging.promise import Promise
from proofbook.judging.standing import Standing
from proofbook.judging.terms import Terms

__all__ = ["Archive", "Entry", "Promise", "Standing", "Terms", "archive", "judge"]
