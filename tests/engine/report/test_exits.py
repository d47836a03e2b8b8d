"""Exit codes of errors, and the order in which verdicts decide one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import (
    ClaimError,
    NotAsked,
    NoVerdict,
    ProofbookError,
    ReportError,
    RunbookError,
    SiteError,
    StackError,
    TargetError,
    WrongPlace,
)
from proofbook.report import exit_code, exit_of

if TYPE_CHECKING:
    from proofbook.evidence import Run


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RunbookError([]), 3),
        (TargetError([]), 3),
        (WrongPlace("elsewhere"), 3),
        (NoVerdict("nothing ran"), 5),
        (NotAsked("not here"), 5),
        (ClaimError("it states no such value"), 5),
        (StackError("no start"), 20),
        (SiteError("no site"), 20),
        (ReportError("no room"), 20),
        (ProofbookError("else"), 20),
    ],
)
def test_each_error_has_its_code(error: ProofbookError, code: int) -> None:
    """The user's files and the wrong place are 3, no verdict is 5, the machine is 20."""
    assert exit_of(error) == code


def test_the_strongest_asked_verdict_decides(every_kind: Run) -> None:
    """fail, then no verdict, then stale, then pass; an interruption before all."""
    codes = []
    records = list(every_kind.records)
    for _ in every_kind.records:
        codes.append(exit_code(replace(every_kind, records=tuple(records))))
        records.pop(0)
    assert codes == [1, 5, 5, 5, 5, 5, 6, 5, 5, 5, 5]
    assert exit_code(replace(every_kind, aborted="interrupted")) == 10
