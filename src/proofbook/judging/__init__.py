"""What evidence says of a claim, here and now: pure values in, a standing out."""

from proofbook.judging.standing import Standing

__all__ = ["Standing"]
