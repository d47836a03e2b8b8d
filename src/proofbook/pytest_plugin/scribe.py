"""The log of a session: its plan before anything runs, each record as it is made, its end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from proofbook.errors import ReportError
from proofbook.evidence import NOT_SELECTED
from proofbook.log import plans
from proofbook.store import Writer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.evidence import Record, Run
    from proofbook.log import Head
    from proofbook.pytest_plugin.awake import Awake
    from proofbook.pytest_plugin.collecting import Collection
    from proofbook.pytest_plugin.records import Clerk


class Scribe:
    """Writes the chain of a run; a record is made when the last of its claim's cases has ended."""

    def __init__(self, awake: Awake, collection: Collection) -> None:
        self._awake = awake
        self._collection = collection
        self._writer: Writer | None = None
        self._clerk: Clerk | None = None
        self._left: dict[str, set[str]] = {}
        self._made: dict[str, Record] = {}
        #: Why nothing more can be logged, if that is so.
        self.broken: ReportError | None = None

    @property
    def head(self) -> Head | None:
        """Of what is logged; `None` before the plan is."""
        return self._writer.head if self._writer else None

    def begin(self, run: Run, clerk: Clerk) -> None:
        """Log the plan; raises `ReportError` or `LogError` where that cannot be done."""
        plan = self._collection.plan
        self._clerk = clerk
        self._left = {
            claim: {case.nodeid for case in cases if case.selected}
            for claim, cases in plan.cases.items()
        }
        known = self._awake.claims
        claims = tuple(
            plans.planned(
                clerk.planned(known[record.claim], record),
                plan.elsewhere.get(record.claim, plan.shard if record.wanted else 1),
            )
            for record in run.records
            if record.note != NOT_SELECTED
        )
        identity = self._awake.target.identity
        value = plans.Plan(
            chain=self._awake.chain,
            identity=identity.equals if identity else "",
            run=replace(run, id=self._awake.run_id),
            shard=plan.shard,
            of=plan.of,
            claims=claims,
        )
        self._writer = Writer.begin(self._awake.store, self._awake.key, value)

    def ended(self, claim: str, nodeid: str) -> None:
        """Log the record of a claim whose last case has ended; a further try at it makes another."""
        left = self._left.get(claim, set())
        left.discard(nodeid)
        if left or self._clerk is None or self.broken is not None:
            return
        record = self._clerk.record(self._awake.claims[claim], datetime.now(UTC))
        try:
            self._log([record])
        except ReportError as error:
            self.broken = error
            for name in ("session", "dsession"):
                if session := self._awake.config.pluginmanager.getplugin(name):
                    session.shouldstop = "the log cannot be written"

    def made(self, claim: str) -> Record | None:
        """The record of a claim as it was last logged, with every try so far: evidence is as old as its proof."""
        return self._made.get(claim)

    def end(self, run: Run) -> None:
        """Log what was not yet, and that it is over; raises `ReportError` where that cannot be done."""
        if self.broken is not None:
            raise self.broken
        if self._writer is None or run.finished is None:
            return
        self._log(
            record
            for record in run.records
            if record.cases and record.wanted and self._made.get(record.claim) != record
        )
        self._writer.end(plans.End(finished=run.finished, aborted=run.aborted))

    def _log(self, records: Iterable[Record]) -> None:
        records = tuple(records)
        if self._writer is not None and records:
            self._writer.record(records)
            self._made |= {record.claim: record for record in records}
