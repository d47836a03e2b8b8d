"""What to do about a claim that did not pass: one line, with the command to copy."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from proofbook.evidence import NO_CHECK, NOT_SELECTED
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.evidence import Record, Run


#: As many claims are named in a command; of more, their systems.
_NAMED = 5


def next_step(record: Record, run: Run, *alike: Record) -> str:
    """The next thing to do, for others too that did not pass for the same reason; empty for a pass."""
    again = f"`{command(record, run, *alike)}`"
    verdict = run.verdict(record)
    if verdict in (Verdict.PASS, Verdict.WAIVED):
        return ""
    if not record.asked or record.note == NO_CHECK:
        return _unasked(record, run, again)
    if record.verdict is Verdict.PASS:
        return f"to learn whether it holds, run {again}"
    if verdict is Verdict.STALE:
        return f"its evidence ran out; gather new with {again}"
    if verdict is Verdict.FAIL:
        return f"hold {_spot(record)} against {record.place}, see {_folder(run)}, then run {again}"
    return f"{_remedy(record) or f'see what stood in the way in {_folder(run)}'}, then run {again}"


def _unasked(record: Record, run: Run, again: str) -> str:
    if record.note == NOT_SELECTED:
        return f"to learn whether it holds, run {again}"
    if record.note == NO_CHECK:
        return _write_check(record)
    if not record.cases:
        return "no machine answers it: ask the person whom its sentence names"
    return _provide(record, run)


def command(record: Record, run: Run, *alike: Record) -> str:
    """The command that asks these claims again, where they were asked; a failure by the same schedule."""
    claims = [each.claim for each in (record, *alike)]
    systems = sorted({claim.partition(".")[0] for claim in claims})
    words = ["proofbook", "verify", *(claims if len(claims) <= _NAMED else systems)]
    words += [] if run.target == "local" else ["--target", run.target]
    if run.seed is not None and record.verdict is Verdict.FAIL:
        words += ["--seed", str(run.seed)]
    return shlex.join(words)


def _write_check(record: Record) -> str:
    system = record.claim.partition(".")[0]
    return (
        f'write its check in checks/{system}/ and mark it @pytest.mark.claim("{record.claim}"); '
        "`proofbook lint` lists every claim that has none"
    )


def _provide(record: Record, run: Run) -> str:
    """What would have let it be asked, in the words of whoever refused."""
    return (
        _remedy(record)
        or f"let the target {run.target} permit or provide it, or ask another target"
    )


def _remedy(record: Record) -> str:
    """What to do in the words of whoever could not find out; empty where nobody knew."""
    attempts = (attempt for case in record.cases for attempt in case.attempts)
    undecided = (a for a in attempts if a.verdict is Verdict.NO_VERDICT and a.asked == record.asked)
    return next((attempt.remedy for attempt in undecided if attempt.remedy), "")


def _spot(record: Record) -> str:
    """The cases that failed: by name if it is one, counted if there are more."""
    failed = [case.nodeid for case in record.cases if case.verdict is Verdict.FAIL]
    if len(failed) == 1:
        return failed[0]
    return f"its {len(failed)} failed cases of {len(record.cases)}"


def _folder(run: Run) -> str:
    return f"reports/runs/{run.id}/"
