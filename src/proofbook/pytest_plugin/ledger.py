"""Every try at every planned case, put together from the reports of its phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proofbook.evidence import Attempt
from proofbook.pytest_plugin.findings import Finding, is_told, most_severe, of_report
from proofbook.pytest_plugin.words import Words
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.scribe import Scribe

#: After these phases another comes; the death of a worker is reported under a name of its own.
_GOES_ON = ("setup", "call")
_NO_CALL = Finding(reason="its call phase reported nothing")


class _Draft:
    """A try of which some phases were reported."""

    __slots__ = ("details", "findings", "seconds", "was_called")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.was_called = False
        self.findings: list[Finding] = []
        self.details: list[str] = []

    def add(self, report: pytest.TestReport) -> None:
        """What a phase tells beside its duration."""
        finding = of_report(report)
        if finding is not None:
            self.findings.append(finding)
        if report.outcome != "passed":
            self.details.append(_printed(report))
            if finding is None:
                self.findings.append(Finding(reason=f"pytest calls it {report.outcome}"))

    def attempt(self) -> Attempt:
        """The try, now that it is over."""
        if not self.findings and self.was_called:
            return Attempt(verdict=Verdict.PASS, seconds=self.seconds)
        worst = most_severe([*self.findings, *([] if self.was_called else [_NO_CALL])])
        return Attempt(
            verdict=worst.verdict,
            asked=worst.asked,
            reason=worst.reason,
            remedy=worst.remedy,
            details="\n".join(self.details),
            seconds=self.seconds,
            measured=tuple(m for finding in self.findings for m in finding.measured),
            attachments=tuple(kept for finding in self.findings for kept in finding.attachments),
        )


class Ledger:
    """Listens to reports where the run is written; keeps every try, in the order in which they ended."""

    def __init__(self, collection: Collection, config: pytest.Config, scribe: Scribe) -> None:
        self._collection = collection
        self._config = config
        self._scribe = scribe
        self._tell = config.hook.pytest_proofbook_attempt
        self._has_words = False
        self._open: dict[tuple[str, object], _Draft] = {}
        self._attempts: dict[str, tuple[Attempt, ...]] = {}

    def attempts(self, nodeid: str) -> tuple[Attempt, ...]:
        """Every try at a case so far."""
        return self._attempts.get(nodeid, ())

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add a phase to its try; the tear-down ends it, and so does the death of its worker."""
        nodeid = self._collection.planned(report.nodeid)
        if nodeid is None:
            return
        key = (nodeid, getattr(report, "node", None))
        draft = self._open.get(key)
        if draft is None:
            draft = self._open[key] = _Draft()
        when = report.when
        if when == "call":
            if isinstance(report, pytest.SubtestReport):
                return
            draft.was_called = True
        draft.seconds += report.duration
        if report.outcome != "passed" or is_told(report):
            draft.add(report)
            if draft.findings and not self._has_words:
                self._config.pluginmanager.register(Words())
                self._has_words = True
        if when not in _GOES_ON:
            del self._open[key]
            self._ended(nodeid, draft.attempt())

    def close(self) -> None:
        """The session is over: a try that has not ended by now never will."""
        for (nodeid, _), draft in self._open.items():
            draft.findings.append(Finding(reason="the session ended before this try did"))
            self._ended(nodeid, draft.attempt())
        self._open.clear()

    def _ended(self, nodeid: str, attempt: Attempt) -> None:
        self._attempts[nodeid] = (*self._attempts.get(nodeid, ()), attempt)
        claim = self._collection.claims[nodeid]
        self._scribe.ended(claim, nodeid)
        if self._tell.get_hookimpls():
            self._tell(config=self._config, claim=claim, nodeid=nodeid, attempt=attempt)


def _printed(report: pytest.TestReport) -> str:
    """The traceback and what was captured, as pytest shows them."""
    parts = [report.longreprtext, *(f"--- {name} ---\n{text}" for name, text in report.sections)]
    return "\n".join(part.rstrip() for part in parts if part.strip())
