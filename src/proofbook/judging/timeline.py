"""
What several runs in one scope come to, the run opened last standing last.

The last run speaks, except that it takes `clean_reruns` passes to clear a fail; then the pass is
shown as flaky. What a run says that nobody trusts, or of lowered values, helps nobody: such a pass
is left out. A failure needs no trust: whoever saw it, it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.evidence import Record
    from proofbook.judging.witness import Witness

#: A run, and what it recorded of the claim.
Found = tuple["Witness", "Record"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the runs of one target come to."""

    verdict: Verdict
    reason: str = ""
    #: The run that counts, and its record.
    found: Found
    flaky: tuple[int, int] | None = None
    untrusted: bool = False


def outcome(found: Sequence[Found], *, clean_reruns: int, scaled: bool) -> Outcome:
    """What the runs in one scope come to; at least one."""
    kept: list[tuple[Verdict, Found]] = []
    fails = passes = since = 0
    for each in found:
        witness, record = each
        verdict = witness.run.verdict(record)
        if verdict is Verdict.PASS:
            if witness.untrusted or witness.homeless or (record.scaled and not scaled):
                continue
            if witness.unbelievable:
                verdict = Verdict.NO_VERDICT
            else:
                passes, since = passes + 1, since + 1
        elif verdict is Verdict.FAIL:
            fails, since = fails + 1, 0
        kept.append((verdict, each))
    if not kept:
        return _helpless(found[-1])
    if fails and since < clean_reruns:
        return _failed(kept, since, clean_reruns)
    verdict, (witness, record) = kept[-1]
    return Outcome(
        verdict=verdict,
        reason=witness.run.reason(record)
        or ("" if verdict is Verdict.PASS else witness.unbelievable),
        found=(witness, record),
        flaky=(fails, fails + passes) if fails else None,
    )


def _helpless(found: Found) -> Outcome:
    """Passes alone, and none that counts: why the last does not."""
    witness, record = found
    if witness.untrusted:
        why = f", signed by {witness.untrusted}"
    elif witness.homeless:
        why = " of a deployment that states no release"
    else:
        why = f" of lowered values ({record.scaled}), which do not count here"
    return Outcome(
        verdict=Verdict.NO_VERDICT,
        reason=f"run {witness.run.id} says pass{why}",
        found=found,
        untrusted=bool(witness.untrusted),
    )


def _failed(kept: Sequence[tuple[Verdict, Found]], since: int, clean_reruns: int) -> Outcome:
    """The last fail, and how far it is from being cleared."""
    witness, record = next(each for verdict, each in reversed(kept) if verdict is Verdict.FAIL)
    reason = witness.run.reason(record)
    if since:
        reason = f"{reason} ({since} of {clean_reruns} clean runs since)"
    return Outcome(verdict=Verdict.FAIL, reason=reason, found=(witness, record))
