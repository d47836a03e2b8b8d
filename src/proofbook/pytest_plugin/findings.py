"""What an exception says of the claim, and how that travels on a report from worker to controller."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.errors import NotAsked, NoVerdict, ProofbookError, StackError
from proofbook.evidence import Attachment, Measurement
from proofbook.redaction import redacted
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from types import TracebackType

_ATTRIBUTE = "proofbook"
_PHASES = {"setup": "set-up", "teardown": "tear-down", "collect": "collection"}
#: A longer reason keeps so much of its beginning and of its end.
_HEAD, _TAIL = 240, 160
_MARKED = "it is marked xfail, and it passed; take the mark away"
#: Code of pytest's and its plugins' that ends a test for a reason of its own: a timeout, a coroutine
#: that nobody awaits.
_NOT_THE_CHECK = ("_pytest.python", "_pytest.runner", "pytest_timeout")
#: Lines of pytest's that speak of its options, not of what was compared.
_PYTESTS_ADVICE = ("Use -v", "Omitting ", "...Full output truncated")
#: From here on it is told once more, line by line: with -vv, and wherever the environment says `CI`.
_ONCE_MORE = "Full diff:"
#: Where pytest sets fixtures up: on the way of whatever they raise.
_SET_UP = "_pytest.fixtures"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one phase of one attempt found out."""

    verdict: Verdict = Verdict.NO_VERDICT
    asked: bool = True
    reason: str = ""
    remedy: str = ""
    measured: tuple[Measurement, ...] = ()
    attachments: tuple[Attachment, ...] = ()

    def put(self, report: pytest.TestReport) -> None:
        """Write it on a report, in the plain types that xdist carries."""
        setattr(
            report,
            _ATTRIBUTE,
            {
                "verdict": str(self.verdict),
                "asked": self.asked,
                "reason": self.reason,
                "remedy": self.remedy,
                "measured": [(m.name, m.promised, m.measured, m.holds) for m in self.measured],
                "attachments": [
                    (kept.name, kept.media_type, kept.sha256, kept.size_bytes)
                    for kept in self.attachments
                ],
            },
        )

    def without(self, secrets: Collection[str]) -> Finding:
        """The same with secrets redacted, and then its reason cut to a bearable length."""
        return replace(
            self,
            reason=_shortened(redacted(self.reason, secrets)),
            remedy=redacted(self.remedy, secrets),
            measured=tuple(
                replace(m, measured=redacted(m.measured, secrets)) for m in self.measured
            ),
        )


def is_told(report: object) -> bool:
    """Whether a finding stands on a report."""
    return hasattr(report, _ATTRIBUTE)


def of_report(report: object) -> Finding | None:
    """What stands on a report; `None` for a phase that passed without measuring, or is no check's."""
    written: dict[str, Any] | None = getattr(report, _ATTRIBUTE, None)
    if written is None:
        return None
    return Finding(
        verdict=Verdict(written["verdict"]),
        asked=written["asked"],
        reason=written["reason"],
        remedy=written["remedy"],
        measured=tuple(
            Measurement(name=name, promised=promised, measured=measured, holds=holds)
            for name, promised, measured, holds in written["measured"]
        ),
        attachments=tuple(
            Attachment(name=name, media_type=kind, sha256=digest, size_bytes=size)
            for name, kind, digest, size in written["attachments"]
        ),
    )


def most_severe(findings: Iterable[Finding]) -> Finding:
    """The first of those that decide the verdict: findings join as cases do."""
    return min(findings, key=lambda finding: PRECEDENCE.index(finding.verdict))


def of_phase(call: pytest.CallInfo[None], report: pytest.TestReport) -> Finding | None:
    """What a phase says; `None` where it passed."""
    if call.excinfo is not None:
        error = call.excinfo.value
        return of_call(error) if call.when == "call" else of_error(error, _PHASES[call.when])
    if hasattr(report, "wasxfail"):
        return Finding(reason=_MARKED)
    if report.outcome == "passed":
        return None
    said = _first_line(report.longreprtext)
    return Finding(reason=_MARKED if said.startswith("[XPASS(strict)]") else said)


def of_call(error: BaseException) -> Finding:
    """
    What an exception of the call phase says: `fail` if the claim does not hold, else `no_verdict`.

    The parts of an exception group join as cases do, `fail > no_verdict`: an assertion that broke
    among other errors was still seen to break.
    """
    broken = next(_broken(error), None)
    if broken is not None:
        return Finding(verdict=Verdict.FAIL, reason=_why_broken(broken))
    return of_error(error, "set-up" if _is_of_fixture(error) else "")


def of_error(error: BaseException, phase: str = "") -> Finding:
    """What stood in the way of a verdict; `phase` is `set-up` or `tear-down` where it was one."""
    if isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        return of_error(error.exceptions[0], phase)
    if isinstance(error, NoVerdict):
        asked = not isinstance(error, NotAsked)
        return Finding(asked=asked, reason=_line(str(error)), remedy=error.remedy)
    if isinstance(error, pytest.skip.Exception):
        return Finding(reason=f"skipped: {_line(error.msg or 'no reason given')}")
    if isinstance(error, pytest.xfail.Exception):
        return Finding(reason=f"expected to fail: {_line(error.msg or 'no reason given')}")
    if isinstance(error, StackError):  # alike for all that meet it
        return Finding(reason=_line(error.brief), remedy=error.remedy)
    what = _what_broke(error)
    return Finding(reason=f"{phase}: {what}" if phase else what)


def _what_broke(error: BaseException) -> str:
    """An error that nobody raised on the check's behalf, in one line."""
    said = _line(str(error)) if isinstance(error, ProofbookError) else _first_line(str(error))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


def _broken(error: BaseException) -> Iterator[BaseException]:
    """The assertions of the check that do not hold, in an exception or a group of them."""
    if _is_of_fixture(error):
        return
    if isinstance(error, BaseExceptionGroup):
        for part in error.exceptions:
            yield from _broken(part)
    elif isinstance(error, AssertionError | pytest.fail.Exception) and _is_of_check(error):
        yield error


def _is_of_check(error: BaseException) -> bool:
    """Whether the check spoke, rather than pytest or a plugin on its own account."""
    if isinstance(error, pytest.xfail.Exception):
        return False
    inner = [name for name in _modules(error.__traceback__) if name != "_pytest.outcomes"]
    return not inner or inner[-1] not in _NOT_THE_CHECK


def _is_of_fixture(error: BaseException) -> bool:
    """Whether it came out of a fixture's set-up, also of one that the check asked for as it ran."""
    return _SET_UP in _modules(error.__traceback__)


def _modules(traceback: TracebackType | None) -> Iterator[str]:
    """The names of the modules that a traceback goes through, outermost first."""
    while traceback is not None:
        yield traceback.tb_frame.f_globals.get("__name__", "")
        traceback = traceback.tb_next


def _why_broken(error: BaseException) -> str:
    if said := _first_line(str(error)):
        return said + _cut_out(said, str(error))
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    where = f" at {last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else ""
    return f"an assertion without a message{where}"


def _cut_out(said: str, text: str) -> str:
    """What pytest says below a comparison of which it shows no more than both ends."""
    if not (said.startswith("assert ") and "..." in said):
        return ""
    below = [_line(line) for line in text.strip().splitlines()[1:]]
    brief = takewhile(lambda line: not line.startswith(_ONCE_MORE), below)
    told = [line for line in brief if line and not line.startswith(_PYTESTS_ADVICE)]
    return f": {' '.join(told)}" if told else ""


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return _line(lines[0]) if lines else ""


def _line(text: str) -> str:
    """All of a text in one line."""
    return " ".join(text.split())


def _shortened(text: str) -> str:
    """A text of a bearable length: its beginning, and its end, where a program's last words stand."""
    if len(text) <= _HEAD + _TAIL:
        return text
    head, tail = text[:_HEAD], text[-_TAIL:]
    return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"
