"""A run as one row of a gate sees it: what of it can be believed, and on which release it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.judging.releases import differences

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.evidence import Run
    from proofbook.judging.archive import Entry
    from proofbook.judging.terms import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """One run, under the terms of one row."""

    entry: Entry
    run: Run
    #: Who signed it that nobody trusts here; empty if all are trusted.
    untrusted: str
    #: Whether it is of a deployment that does not say which release it is.
    homeless: bool
    #: Why its clock cannot be believed; empty if it can.
    unbelievable: str
    release: Mapping[str, str]
    #: System → how its release differs from the one asked for; filled as systems are met.
    _differs: dict[str, str] = field(default_factory=dict)

    def moved(self, system: str) -> str:
        """How the release differs, for the claims of a system; empty if it does not."""
        if system not in self._differs:
            self._differs[system] = differences(system, self.release, self.run.release)
        return self._differs[system]


def witness(entry: Entry, terms: Terms) -> Witness:
    """A run under the terms of a row."""
    run = entry.run
    return Witness(
        entry=entry,
        run=run,
        untrusted=terms.untrusted(entry.testimony.signers, entry.opened),
        homeless=run.kind == "deployment" and not run.release,
        unbelievable=_unbelievable(entry, terms),
        release=terms.release,
    )


def _unbelievable(entry: Entry, terms: Terms) -> str:
    """Nobody can have seen what is yet to come."""
    run, ended = entry.run, entry.ended
    if entry.opened > terms.now:
        return f"run {run.id} is dated {run.started}, which is yet to come"
    if entry.seen is not None:
        dated = f"{run.started} to {run.finished or 'nobody knows when'}"
        return f"run {run.id} is dated {dated}, and the decision of {entry.seen.isoformat()} saw it before"
    if ended is not None and ended > terms.now:
        return f"run {run.id} ended on {run.finished}, which is yet to come"
    if ended is not None and ended < entry.opened:
        return f"run {run.id} ended on {run.finished}, before it began"
    return ""
