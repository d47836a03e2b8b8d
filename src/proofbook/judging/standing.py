"""How a claim stands where a gate asks for it, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.claims.model import Claim
    from proofbook.evidence import Record
    from proofbook.log import Act, Testimony


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the log says of a claim now."""

    claim: Claim
    #: By evidence and answers alone; a waiver changes nothing here.
    judged: Verdict
    #: Empty for a plain pass; else why it is no pass, or what qualifies one; one line.
    reason: str = ""
    #: The run that counts; `None` where none does, and where people answer.
    testimony: Testimony | None = None
    #: What that run recorded of the claim.
    record: Record | None = None
    #: The signed answers that make the verdict of a claim that people answer.
    answers: tuple[Act, ...] = ()
    #: When this verdict runs out by itself; `None`: as long as the release.
    valid_until: datetime | None = None
    #: Failed and judged runs of this release, where some failed: `(1, 4)`.
    flaky: tuple[int, int] | None = None
    #: The waiver in force, laid over a verdict that is no pass.
    waiver: Act | None = None
    #: Whether what stands in the way is a key that nobody here trusts.
    untrusted: bool = False

    @property
    def verdict(self) -> Verdict:
        """What everybody shows: `waived` where a waiver is in force."""
        return Verdict.WAIVED if self.waiver else self.judged

    @property
    def shown(self) -> str:
        """The verdict in words: `pass · flaky 1/4`, `waived (fail)`, `stale: reworded`."""
        if self.waiver:
            return f"{Verdict.WAIVED} ({self.judged})"
        if self.flaky and self.judged is Verdict.PASS:
            return f"{self.judged} · flaky {self.flaky[0]}/{self.flaky[1]}"
        if self.judged is Verdict.STALE and self.reason.startswith("reworded"):
            return f"{self.judged}: reworded"
        return str(self.judged)
