"""Waivers: laid over a verdict that is no pass, where the gate allows it, until an instant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.acts import Waiver, instant
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from proofbook.judging.archive import Archive
    from proofbook.judging.standing import Standing
    from proofbook.judging.terms import Terms
    from proofbook.log import Act


def waived(standing: Standing, archive: Archive, terms: Terms) -> Standing:
    """The standing with the waiver in force that lasts longest laid over it, if there is one."""
    if standing.judged is Verdict.PASS or not terms.gate.may_waive(standing.claim.id):
        return standing
    found = list(_in_force(standing, archive, terms))
    if not found:
        return standing
    until, _, act = max(found, key=lambda each: each[:2])
    return replace(standing, waiver=act, valid_until=until)


def _in_force(
    standing: Standing, archive: Archive, terms: Terms
) -> Iterator[tuple[datetime, str, Act]]:
    where = standing.testimony.run.target if standing.testimony else None
    for act, word in archive.spoken(Waiver):
        until = instant(word.until)
        if (
            word.claim == standing.claim.id
            and word.digest == standing.claim.digest
            and word.verdict == standing.judged
            and terms.fits(word.target, word.kind)
            and where in (None, word.target)
            and act.at <= terms.now < until
            and until - act.at <= terms.gate.longest_waiver
            and terms.policy.speakers(
                act.signers, terms.gate.waived_by, dated=act.at, now=terms.now
            )
        ):
            yield until, str(act.head), act
