"""Exit codes: what a script learns of a run without reading it."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from proofbook.errors import ClaimError, InvalidInput, LogError, NoVerdict, WrongPlace
from proofbook.verdicts import Verdict, joined

if TYPE_CHECKING:
    from proofbook.errors import ProofbookError
    from proofbook.evidence import Run


class Exit(IntEnum):
    """How a command ended."""

    PASS = 0
    FAIL = 1
    #: A runbook, target, policy or command line that is not one, or the wrong place.
    INVALID = 3
    #: Nothing was inspected, or something that was asked gave no verdict.
    NO_VERDICT = 5
    STALE = 6
    #: What was begun could not be undone.
    NOT_ROLLED_BACK = 7
    #: A signature, trust or the log.
    LOG = 8
    ABORTED = 10
    INTERNAL = 20


_OF_VERDICT = {
    Verdict.PASS: Exit.PASS,
    Verdict.FAIL: Exit.FAIL,
    Verdict.NO_VERDICT: Exit.NO_VERDICT,
    Verdict.STALE: Exit.STALE,
}


def exit_code(run: Run) -> Exit:
    """What the asked claims of a run come to; `NO_VERDICT` if there were none."""
    if run.aborted:
        return Exit.ABORTED
    return _OF_VERDICT[joined(run.verdict(record) for record in run.records if record.asked)]


def exit_of(error: ProofbookError) -> Exit:
    """How a command ends that ran into `error`."""
    if isinstance(error, InvalidInput | WrongPlace):
        return Exit.INVALID
    if isinstance(error, LogError):
        return Exit.LOG
    return Exit.NO_VERDICT if isinstance(error, NoVerdict | ClaimError) else Exit.INTERNAL
