"""Hold built pages against the evidence: every difference in what they say of a claim."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.cards.elements import CLOCK, DRAWINGS, ENDS, colour, css, word
from proofbook.cards.gates import end, said, verdict
from proofbook.claims import blocks, render
from proofbook.report.characters import printable
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.cards.book import Book
    from proofbook.cards.reading import ShownCard, ShownPage, ShownProof
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim
    from proofbook.evidence import Measurement
    from proofbook.gate import Decision


#: Promised, measured, holds.
_CELLS = 3


def differences(pages: Sequence[ShownPage], book: Book) -> Iterator[str]:
    """What the pages say and the book does not, and the other way round, one sentence each."""
    cards = [(page, card) for page in pages for card in page.cards]
    for claim in book.claims.values():
        shown = [(page, card) for page, card in cards if card.id == claim.id]
        if len(shown) != 1 or shown[0][0].path != claim.place.path:
            files = ", ".join(page.file for page, _ in shown) or "no page"
            yield f"{claim.id} of {claim.place} is shown on {files}"
        for page, card in shown:
            yield from (f"{page.file}: {claim.id} {what}" for what in _card(card, claim, book))
    for page, card in cards:
        if card.id not in book.claims:
            yield f"{page.file}: {card.id} is shown, and no runbook states it"
    for page in pages:
        lists = (*_tallies(page, book), *_due(page, book), *_gates(page, book))
        yield from (f"{page.file}: the page {what}" for what in lists)


def _due(page: ShownPage, book: Book) -> Iterator[str]:
    """How the list of what is due differs from the standings."""
    for id_, target, shown in page.due:
        there = [s for s in book.standings.get(id_, ()) if (s.target or "") == target]
        true = [word(s.verdict, s.valid_until) for s in there]
        yield from _unless(f"lists {id_} on {target or 'no target'} as", [shown], true)


def _gates(page: ShownPage, book: Book) -> Iterator[str]:
    """How the list of the gates differs from their decisions."""
    if page.gates:
        true = {d.gate: (word(verdict(d), _end(d)), said(d)) for d in book.decisions}
        yield from _unless("says of the gates", page.gates, true)


def _end(decision: Decision) -> str | None:
    return end(decision) if decision.opens else None


def _card(card: ShownCard, claim: Claim, book: Book) -> Iterator[str]:
    """How one card differs from its claim."""
    read = blocks.page(render(claim)).blocks[0]
    sentence = " ".join(read.plain.split()).removeprefix(f"{claim.id} — ")
    if claim.formerly:
        sentence = sentence.removeprefix(f"(was {claim.formerly}) ")
    yield from _unless("reads", card.sentence, sentence)
    spans = tuple(" ".join(span.split()) for span in read.spans)
    yield from _unless("states", card.spans, spans)
    yield from _unless("carries the digest", card.digest, claim.digest)
    worst = colour(book.verdict(claim), book.ends(claim))
    if worst not in card.classes:
        yield f"is drawn as {_class(card.classes)}; it is {worst}"
    standings = book.standings[claim.id]
    names = [standing.target or "" for standing in standings]
    yield from _unless("is shown on", [proof.target for proof in card.proofs], names)
    for proof, standing in zip(card.proofs, standings, strict=False):
        yield from _proof(proof, standing)


def _proof(proof: ShownProof, standing: Standing) -> Iterator[str]:
    """How one target's part of a card differs from the standing there."""
    found, until = standing.verdict, standing.valid_until
    where = f"on {standing.target} " if standing.target else ""
    drawn = colour(found, until)
    yield from _unless(f"{where}says", proof.word, word(found, until))
    yield from _unless(f"{where}gives as its reason", proof.reason, _shown(standing.reason))
    if drawn not in proof.classes or drawn not in proof.badge:
        other = proof.badge if drawn in proof.classes else proof.classes
        yield f"{where}is drawn as {_class(other)}; it is {drawn}"
    if proof.drawing != (CLOCK if standing.is_ending else DRAWINGS[found]):
        yield f"{where}bears another drawing than that of {word(found, until)}"
    yield from _unless(f"{where}ends", proof.until, until if standing.is_ending else None)
    if until and _at(until) not in map(_at, proof.instants):
        yield f"{where}does not say that it ends {until}"
    flaky = standing.judged.flaky if found is Verdict.PASS else None
    shown = "· flaky {}/{}".format(*flaky) if flaky else ""
    yield from _unless(f"{where}shows of its failures", proof.flaky, shown)
    yield from (f"{where}{what}" for what in _measured(proof, standing))


def _measured(proof: ShownProof, standing: Standing) -> Iterator[str]:
    """How the table of promises differs from what was measured; the worst measurement stands first."""
    promises: dict[str, list[Measurement]] = {}
    for measurement in standing.record.measured if standing.record else ():
        promises.setdefault(measurement.promised, []).append(measurement)
    shown = {row[0]: row[-1] == "yes" for row in proof.rows}
    held = {promised: all(m.holds for m in found) for promised, found in promises.items()}
    yield from _unless("shows the promises", shown, held)
    for row in (row for row in proof.rows if len(row) == _CELLS):
        worst = min(promises.get(row[0], ()), key=lambda m: m.holds, default=None)
        if worst and not row[1].startswith(_shown(worst.measured)):
            yield f"hides that {worst.measured} was measured of {row[0]}"


def _tallies(page: ShownPage, book: Book) -> Iterator[str]:
    """How a page's numbers, and its list of what is not proved, differ from the standings."""
    unproved: list[tuple[str, str]] = []
    for of in dict.fromkeys(of for of, _, _ in page.counts):
        unproved += [
            (claim.id, str(standing.verdict))
            for claim in _claims_of(of, book)
            for standing in book.standings[claim.id]
            if standing.verdict not in (Verdict.PASS, Verdict.WAIVED)
        ]
    yield from _unless("lists as not proved", sorted(page.unproved), sorted(unproved))
    for (of, target, column), shown in page.counts.items():
        claims = _claims_of(of, book)
        there = {
            claim.id: standing.verdict
            for claim in claims
            for standing in book.standings[claim.id]
            if (standing.target or "") == target
        }
        verdicts = [there.get(claim.id, Verdict.NO_VERDICT) for claim in claims]
        counted = str(verdicts.count(Verdict(column)))
        yield from _unless(f"counts {column} of {of} on {target}:", shown, counted)


def _claims_of(of: str, book: Book) -> list[Claim]:
    """The claims of a system, or of a runbook's path."""
    return [claim for claim in book.claims.values() if of in (claim.system, claim.place.path)]


def _unless(what: str, shown: object, true: object) -> Iterator[str]:
    """The difference between what is shown and what is true, if there is one."""
    if shown != true:
        yield f"{what} {shown!r}; it is {true!r}"


def _class(classes: frozenset[str]) -> str:
    """The verdict's class among others."""
    known = {ENDS, *map(css, Verdict)}
    return ", ".join(sorted(classes & known)) or "nothing"


def _shown(text: str) -> str:
    """A text as a page can show it."""
    return " ".join(printable(text).split())


def _at(written: str) -> datetime:
    """An instant, to the second."""
    return datetime.fromisoformat(written).replace(microsecond=0)
