"""
What a run found out, as values: cases with all their attempts, one record a claim, one run.

`Run` is what `reports/runs/<id>/run.json` holds and what every report is made from. Everything here
is a value; `to_json` and `from_json` in `proofbook.runs` turn it into text and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict, joined

if TYPE_CHECKING:
    from collections.abc import Mapping


#: The note of a claim that no check is bound to.
NO_CHECK = "no check"
#: The note of a claim that the command line left out of this run.
NOT_SELECTED = "not selected"
#: Key of the metadata of a field that evidence of earlier versions lacks; its default stands for it.
LATE = "late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """A measured value beside what the sentence promised."""

    name: str
    #: As the runbook writes it: `p95 <= 600 ms`.
    promised: str
    #: In the unit of the promise, ready to print: `412 ms`.
    measured: str
    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Something kept of an attempt, in a file of the store that its digest names."""

    #: What it is: `exchanges`, `history`.
    name: str
    #: `application/json`, `text/plain`.
    media_type: str
    #: Of its bytes, hexadecimal; they are redacted.
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one case."""

    verdict: Verdict
    #: Whether the target permitted and provided what the check needs.
    asked: bool = True
    #: Empty for a pass: else what did not hold, or what stood in the way; one line.
    reason: str = ""
    #: What would change that, where whoever refused knows it: the target's line to add.
    remedy: str = ""
    #: What the failing test printed: traceback and captured output, redacted.
    details: str = ""
    seconds: float = 0.0
    measured: tuple[Measurement, ...] = ()
    attachments: tuple[Attachment, ...] = field(default=(), metadata={LATE: True})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One planned test function call of a check, with every attempt at it."""

    nodeid: str
    attempts: tuple[Attempt, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """`no_verdict` if it never ran; a later attempt may replace a `no_verdict`, never a `fail`."""
        if not self.attempts:
            return Verdict.NO_VERDICT
        last = self.attempts[-1].verdict
        if len(self.attempts) > 1 and any(each.verdict is Verdict.FAIL for each in self.attempts):
            return Verdict.FAIL
        return last

    @property
    def asked(self) -> bool:
        """Whether any attempt was, or whether it was planned and never ran."""
        return not self.attempts or any(attempt.asked for attempt in self.attempts)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one run found out about one claim."""

    claim: str
    claim_digest: str
    #: SHA-256 of the normalised source of the check's file and its conftest chain; "" with no check,
    #: and of a claim that the run is not about.
    check_digest: str
    #: `path:line` of the sentence.
    place: str
    sentence: str
    cases: tuple[Case, ...] = ()
    #: Why nothing ran, where nothing did: `NO_CHECK`, `NOT_SELECTED`, or whose answer is awaited.
    note: str = ""
    #: False where a person must answer, or the run did not select the claim.
    wanted: bool = True
    #: `scaled 4/40`, where the target's scale lowered a value; else "".
    scaled: str = ""
    #: Until when this evidence lasts, RFC 3339; `None`: as long as the release.
    valid_until: str | None = None

    @cached_property
    def verdict(self) -> Verdict:
        """The join of the cases: `no_verdict` where there are none."""
        return joined(case.verdict for case in self.cases)

    @cached_property
    def asked(self) -> bool:
        """Whether the exit code of this run depends on it."""
        if not self.wanted or not self.cases:
            return self.wanted
        judged = any(case.asked and case.verdict is not Verdict.PASS for case in self.cases)
        return judged or all(case.asked for case in self.cases)

    @cached_property
    def reason(self) -> str:
        """The first reason of the cases that make the verdict, asked ones first; else the note."""
        if self.note or not self.cases:
            return self.note
        verdict = self.verdict
        if verdict is Verdict.PASS:
            return ""
        deciding = [case for case in self.cases if case.verdict is verdict]
        case = next((case for case in deciding if case.asked), deciding[0])
        if not case.attempts:
            return f"{case.nodeid} was planned and did not run"
        return next(attempt.reason for attempt in case.attempts if attempt.verdict is verdict)

    @cached_property
    def seconds(self) -> float:
        """All attempts of all cases."""
        return sum(attempt.seconds for case in self.cases for attempt in case.attempts)

    @cached_property
    def measured(self) -> tuple[Measurement, ...]:
        """The last attempts' measurements, in the order of the cases."""
        return tuple(m for case in self.cases if case.attempts for m in case.attempts[-1].measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of checks against one target."""

    id: str
    #: RFC 3339, UTC.
    started: str
    #: `None`: it never ended, and nothing in it is a pass.
    finished: str | None
    #: Commit of the suite, with `+` appended where the work tree differed; "" outside git.
    suite: str
    target: str
    kind: str
    #: SHA-256 of the target file as it stood.
    target_digest: str
    #: Component → digest or revision, read from the deployment.
    release: Mapping[str, str] = field(default_factory=dict)
    #: The planted fault, `system.name`: such a run is never judged.
    fault: str | None = None
    records: tuple[Record, ...] = ()
    #: What its random schedules were drawn from.
    seed: int | None = None
    #: Set where the run was cut short: `interrupted`.
    aborted: str | None = None
    schema: int = 1

    def verdict(self, record: Record) -> Verdict:
        """What this run may say of a claim: a pass only where it ended and nothing was planted."""
        return Verdict.NO_VERDICT if self._is_hollow(record) else record.verdict

    def reason(self, record: Record) -> str:
        """Why `verdict` is not a pass; empty for a pass."""
        if not self._is_hollow(record):
            return record.reason
        if self.fault:
            return f"it held with the fault {self.fault} planted, which proves nothing"
        return "the run never ended"

    def _is_hollow(self, record: Record) -> bool:
        """Whether a claim that held in this run is still no pass."""
        held = record.verdict is Verdict.PASS
        return held and (self.fault is not None or self.finished is None)
