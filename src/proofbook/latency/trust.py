"""
Whether a generator did what it was meant to do: a run that it did not is no measurement.

A late start counts as slowness of the server, although it is none. Where a claim holds all the same, that
does no harm; where it does not, it must be broken by requests that were not late (`judge` sees to that).
Many late ones, a request that was not sent at all, and a generator that was busy to its limit spoil a run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.latency.deciding import Decision, decide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.latency.finding import Finding
    from proofbook.latency.recording import Recording

#: With more late ones than this share it was not the load that was meant.
LATE_SHARE = 0.2
#: Above this share of one processor a generator measures itself.
BUSY = 0.9


def doubts(recording: Recording, finding: Finding) -> Iterator[str]:
    """Why the run is no measurement; nothing: it is one."""
    sent = len(recording.answers)
    if recording.stopped:
        yield f"the run was stopped: {recording.stopped}"
        return
    if not sent:
        yield "no request was sent"
        return
    if recording.dropped:
        yield f"{recording.dropped} requests were never sent: too many were under way"
    elif sent < recording.planned:
        yield f"{recording.planned - sent} of {recording.planned} requests are not accounted for"
    if recording.processor > BUSY:
        yield f"the generator was busy {recording.processor:.0%} of the time"
    if finding.late > sent * LATE_SHARE or _is_their_fault(finding):
        yield f"{finding.late} of {sent} requests started late, by the generator's fault"


def _is_their_fault(finding: Finding) -> bool:
    """Whether the claim is broken, and would not be without those that started late."""
    with_them = decide(finding.bad, finding.trials, finding.allowed, finding.alpha)
    return with_them is Decision.FAIL and finding.decision is not Decision.FAIL
