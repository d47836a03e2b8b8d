"""Hold built pages against the evidence: every difference in what they say of a claim."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.cards.elements import DRAWINGS, css
from proofbook.claims import blocks, render
from proofbook.report.characters import printable
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.cards.book import Book
    from proofbook.cards.reading import ShownCard, ShownPage, ShownProof
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim


def differences(pages: Sequence[ShownPage], book: Book) -> Iterator[str]:
    """What the pages say and the book does not, and the other way round, one sentence each."""
    cards = [(page, card) for page in pages for card in page.cards]
    for claim in book.claims.values():
        shown = [(page, card) for page, card in cards if card.id == claim.id]
        if len(shown) != 1 or shown[0][0].path != claim.place.path:
            files = ", ".join(page.file for page, _ in shown) or "no page"
            yield f"{claim.id} of {claim.place} is shown on {files}"
        for _, card in shown:
            yield from (f"{card.file}: {claim.id} {what}" for what in _card(card, claim, book))
    for page, card in cards:
        if card.id not in book.claims:
            yield f"{page.file}: {card.id} is shown, and no runbook states it"
    for page in pages:
        yield from _tallies(page, book)


def _card(card: ShownCard, claim: Claim, book: Book) -> Iterator[str]:
    """How one card differs from its claim."""
    read = blocks.page(render(claim)).blocks[0]
    sentence = " ".join(read.plain.split()).removeprefix(f"{claim.id} — ")
    if claim.formerly:
        sentence = sentence.removeprefix(f"(was {claim.formerly}) ")
    yield from _unless("reads", " ".join(card.sentence.split()), sentence)
    spans = [" ".join(span.split()) for span in read.spans]
    yield from _unless("states", [" ".join(span.split()) for span in card.spans], spans)
    yield from _unless("carries the digest", card.digest, claim.digest)
    worst = css(book.verdict(claim))
    if worst not in card.classes:
        yield f"is drawn as {_class(card.classes)}; it is {worst}"
    standings = book.standings[claim.id]
    names = [standing.target or "" for standing in standings]
    yield from _unless("is shown on", [proof.target for proof in card.proofs], names)
    for proof, standing in zip(card.proofs, standings, strict=False):
        yield from _proof(proof, standing)


def _proof(proof: ShownProof, standing: Standing) -> Iterator[str]:
    """How one target's part of a card differs from the standing there."""
    verdict = standing.verdict
    where = f"on {standing.target} " if standing.target else ""
    yield from _unless(f"{where}says", proof.word, str(verdict))
    yield from _unless(f"{where}gives as its reason", proof.reason, _shown(standing.reason))
    if css(verdict) not in proof.classes or proof.drawing != DRAWINGS[verdict]:
        yield f"{where}is drawn as {_class(proof.classes)}; it is {css(verdict)}"
    end = standing.valid_until
    yield from _unless(f"{where}ends", proof.until, end if verdict is Verdict.PASS else None)
    if end and _at(end) not in map(_at, proof.instants):
        yield f"{where}does not say that it ends {end}"
    measured = standing.record.measured if standing.record else ()
    promised = {measurement.promised: True for measurement in measured}
    for measurement in measured:
        promised[measurement.promised] &= measurement.holds
    rows = {row[0]: row[2] == "yes" for row in proof.rows if row}
    yield from _unless(f"{where}shows the promises", rows, promised)
    for measurement in measured:
        row = next((row for row in proof.rows if row and row[0] == measurement.promised), None)
        if row and not measurement.holds and not row[1]:
            yield f"{where}hides what was measured of {measurement.promised}"


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
    yield from (
        f"{page.file}: the page {what}"
        for what in _unless("lists as not proved", sorted(page.unproved), sorted(unproved))
    )
    for (of, target, verdict), shown in page.counts.items():
        claims = _claims_of(of, book)
        there = {
            claim.id: standing.verdict
            for claim in claims
            for standing in book.standings[claim.id]
            if (standing.target or "") == target
        }
        verdicts = [there.get(claim.id, Verdict.NO_VERDICT) for claim in claims]
        counted = str(verdicts.count(Verdict(verdict)))
        yield from (
            f"{page.file}: the page {what}"
            for what in _unless(f"counts {verdict} of {of} on {target}:", shown, counted)
        )


def _claims_of(of: str, book: Book) -> list[Claim]:
    """The claims of a system, or of a runbook's path."""
    return [claim for claim in book.claims.values() if of in (claim.system, claim.place.path)]


def _unless(what: str, shown: object, true: object) -> Iterator[str]:
    """The difference between what is shown and what is true, if there is one."""
    if shown != true:
        yield f"{what} {shown!r}; it is {true!r}"


def _class(classes: frozenset[str]) -> str:
    """The verdict's class among others."""
    return ", ".join(sorted(classes & {css(verdict) for verdict in Verdict})) or "nothing"


def _shown(text: str) -> str:
    """A reason as a page can show it."""
    return printable(text)


def _at(written: str) -> datetime:
    """An instant, to the second."""
    return datetime.fromisoformat(written).replace(microsecond=0)
