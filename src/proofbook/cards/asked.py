"""A log laid out for the pages: which runs asked which claims, where, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.acts import Ruling, SignOff
from proofbook.evidence import NOT_SELECTED
from proofbook.judging import archive
from proofbook.log import head

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.evidence import Record
    from proofbook.judging import Archive, Entry
    from proofbook.log import Log


@dataclass(frozen=True, slots=True)
class Evidence:
    """A log laid out, and which claims it says something of."""

    laid_out: Archive
    #: Claim id → every run in which it was asked, with its record, the last opened last.
    asked: Mapping[str, Sequence[tuple[Entry, Record]]]
    #: Claim id → the targets for which people answered it.
    answered: Mapping[str, frozenset[str]]
    #: Target → its kind.
    places: Mapping[str, str]
    #: The first thing wrong with the log; empty where it is whole.
    damage: str

    def of(self, claim: Claim) -> list[tuple[Entry, Record]]:
        """Every run in which a claim was asked, by this id or the one before."""
        former = self.asked.get(claim.formerly, ()) if claim.formerly else ()
        return [*former, *self.asked.get(claim.id, ())]

    def where(self, claim: Claim) -> set[str]:
        """The targets on which a claim was asked or answered."""
        return {entry.run.target for entry, _ in self.of(claim)} | self.answered.get(
            claim.id, set()
        )


def evidence(log: Log) -> Evidence:
    """Lay a log out for the pages."""
    laid_out = archive(log)
    asked: dict[str, list[tuple[Entry, Record]]] = {}
    for entry in laid_out.entries:
        for record in entry.records.values():
            if record.note != NOT_SELECTED:
                asked.setdefault(record.claim, []).append((entry, record))
    answered: dict[str, frozenset[str]] = {}
    places: dict[str, str] = {}
    for _, word in laid_out.spoken(SignOff):
        answered[word.claim] = answered.get(word.claim, frozenset()) | {word.target}
        places[word.target] = word.kind
    places |= {entry.run.target: entry.run.kind for entry in laid_out.entries}
    return Evidence(laid_out, asked, answered, places, next(_damage(log, laid_out), ""))


def _damage(log: Log, laid_out: Archive) -> Iterator[str]:
    """What is wrong with a log: files, acts that are none, what an earlier decision still saw."""
    yield from (f"{damage.place}: {damage.what}" for damage in log.damage)
    yield from (f"{act.head.chain}: {why}" for act, why in laid_out.unreadable)
    seen = {head(text) for _, ruling in laid_out.spoken(Ruling) for text in ruling.heads}
    yield from (f"it does not go on from {lost}, which a decision saw" for lost in log.lacks(seen))
