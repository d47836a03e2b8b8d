"""
Five verdicts, and how several become one.

Inside a run the cases and shards of a claim join by `fail > no_verdict > stale > pass`: the join is
associative, commutative and idempotent, so it does not matter which shard or worker came first. No
cases at all join to `no_verdict`. `waived` is laid over a verdict, never joined into one.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Verdict(StrEnum):
    """What is known of a claim."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    NO_VERDICT = "no_verdict"
    STALE = "stale"
    WAIVED = "waived"


#: From the strongest: one `fail` makes the whole a `fail`.
PRECEDENCE = (Verdict.FAIL, Verdict.NO_VERDICT, Verdict.STALE, Verdict.PASS)


def joined(verdicts: Iterable[Verdict]) -> Verdict:
    """
    The one verdict of several; `no_verdict` of none.

    Raises `ValueError` for `waived`, which is a person's word over a verdict and joins with nothing.
    """
    verdicts = tuple(verdicts)
    if Verdict.WAIVED in verdicts:
        message = "waived is laid over a verdict; it joins with none"
        raise ValueError(message)
    return next((verdict for verdict in PRECEDENCE if verdict in verdicts), Verdict.NO_VERDICT)
