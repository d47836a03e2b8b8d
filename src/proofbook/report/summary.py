"""What a run's report says, in words and in order; how it looks is `proofbook.report.table`'s."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from proofbook.evidence import NO_CHECK, NOT_SELECTED
from proofbook.report.characters import printable
from proofbook.report.steps import next_step
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.evidence import Measurement, Record, Run

#: So many different values of one measurement are shown; the rest are counted.
_SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ToDo:
    """Claims that did not pass for one and the same reason, and what to do about them."""

    verdict: Verdict
    asked: bool
    #: In reading order.
    records: tuple[Record, ...]
    reason: str
    step: str


def pages(run: Run) -> tuple[tuple[str, tuple[Record, ...]], ...]:
    """Each page with its claims, in reading order; claims that were not selected are left out."""
    ordered = sorted(_selected(run), key=position)
    grouped = groupby(ordered, key=lambda record: position(record)[0])
    return tuple((page, tuple(records)) for page, records in grouped)


def position(record: Record) -> tuple[str, int, str]:
    """Where a claim stands: path, line, id."""
    path, _, line = record.place.rpartition(":")
    return path, int(line), record.claim


def measured(record: Record) -> tuple[str, ...]:
    """
    `p95 <= 600 ms → 412 ms`, a line for each promise, those first that do not hold.

    Then what qualifies them: the target's scale, and how many cases ran if not all did.
    """
    promises: dict[str, list[Measurement]] = {}
    for measurement in sorted(record.measured, key=lambda m: m.holds):
        promises.setdefault(measurement.promised, []).append(measurement)
    lines = [f"{promised} → {_values(found)}" for promised, found in promises.items()]
    ran = sum(bool(case.attempts) for case in record.cases)
    missing = f"{ran} of {len(record.cases)} cases ran" if ran < len(record.cases) else ""
    return (*map(printable, lines), *filter(None, [record.scaled, missing]))


def to_do(run: Run) -> tuple[ToDo, ...]:
    """Everything that is not a pass: fails first, what was not asked last; equal reasons together."""
    found: dict[tuple[object, ...], list[Record]] = {}
    for record in sorted(_selected(run), key=position):
        if run.verdict(record) is not Verdict.PASS:
            found.setdefault(_alike(record, run), []).append(record)
    todos = [
        ToDo(
            verdict=run.verdict(records[0]),
            asked=records[0].asked,
            records=tuple(records),
            reason=printable(run.reason(records[0])),
            step=next_step(records[0], run, *records[1:]),
        )
        for records in found.values()
    ]
    order = (*PRECEDENCE, Verdict.WAIVED)
    return tuple(sorted(todos, key=lambda todo: (not todo.asked, order.index(todo.verdict))))


def _alike(record: Record, run: Run) -> tuple[object, ...]:
    """What claims share that are told together: what stood in the way, or else what to do."""
    verdict = run.verdict(record)
    stood_in_the_way = verdict is Verdict.NO_VERDICT and record.asked and record.note != NO_CHECK
    shared = record.verdict if stood_in_the_way else next_step(record, run)
    return verdict, record.asked, printable(run.reason(record)), shared


def count(run: Run) -> str:
    """The last line: what was asked and came out how; what was not asked, and why, in groups."""
    asked = [run.verdict(record) for record in run.records if record.asked]
    verdicts = [f"{n} {verdict}" for verdict in Verdict if (n := asked.count(verdict))]
    left_out = [record for record in _selected(run) if not record.asked]
    parts = [f"{len(asked)} asked: {', '.join(verdicts)}" if asked else "nothing was asked"]
    if left_out:
        parts.append(f"{len(left_out)} not asked: {_grouped(left_out)}")
    if others := len(run.records) - len(asked) - len(left_out):
        parts.append(f"{others} not selected")
    if run.aborted:
        parts.append(f"the run was cut short: {printable(run.aborted)}")
    return " · ".join(parts)


def heading(run: Run) -> str:
    """Which run this is: where, on what, of which suite, and whether a fault was planted."""
    release = ", ".join(f"{part} {text[:19]}" for part, text in sorted(run.release.items()))
    facts = [
        f"run {run.id} on {run.target} ({run.kind})",
        f"release {release}" if release else "",
        f"suite {run.suite[:12]}" if run.suite else "",
        f"planted: {run.fault}; nothing here is a verdict" if run.fault else "",
    ]
    return printable(" · ".join(filter(None, facts)))


def _selected(run: Run) -> Iterable[Record]:
    return (record for record in run.records if record.note != NOT_SELECTED)


def _values(found: list[Measurement]) -> str:
    values = list(dict.fromkeys(measurement.measured for measurement in found))
    more = f" (and {len(values) - _SHOWN} more)" if len(values) > _SHOWN else ""
    return ", ".join(values[:_SHOWN]) + more


def _grouped(records: list[Record]) -> str:
    reasons = Counter(printable(record.reason) or "no reason given" for record in records)
    return ", ".join(f"{n} × {reason}" for reason, n in reasons.most_common())
