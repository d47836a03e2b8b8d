"""One claim as a card: its sentence, and how it stands on each target."""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from proofbook.cards.elements import Content, append, badge, between, colour, css, el, instant
from proofbook.cards.evidence import evidence, picture
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from xml.etree.ElementTree import Element

    from proofbook.cards.book import Book
    from proofbook.cards.elements import Content
    from proofbook.cards.seen import Seen
    from proofbook.cards.standing import Standing
    from proofbook.claims import Claim
    from proofbook.evidence import Measurement

#: So many different measurements of one promise are shown; the rest are counted.
_SHOWN = 3
#: A release's digest is cut to this; its whole is the mark's title.
_DIGEST = 12


def card(claim: Claim, sentence: Element, book: Book) -> Element:
    """The card of `claim`, around the paragraph `sentence` as the page shows it."""
    verdict = book.verdict(claim)
    sentence.set("class", "pb-sentence")
    values = {value.text for value in claim.values}
    for code in sentence.iter("code"):
        if " ".join(unescape(code.text or "").split()) in values:
            code.set("class", "pb-value")
    return el(
        "section",
        el("a", claim.id, cls="pb-id", href=f"#{claim.id}"),
        sentence,
        *(proof(standing, book.seen.get(claim.id)) for standing in book.standings[claim.id]),
        cls=f"pb-card {colour(verdict, book.ends(claim))}",
        id=claim.id,
        data_pb_claim=claim.id,
        data_pb_digest=claim.digest,
    )


def proof(standing: Standing, seen: Seen | None) -> Element:
    """How a claim stands on one target."""
    made = el(
        "div",
        el("p", *_heading(standing), cls="pb-verdict"),
        cls=f"pb-proof {colour(standing.verdict, standing.valid_until)}",
        data_pb_target=standing.target or "",
    )
    record = standing.record
    if record and record.measured:
        append(made, measured(record.measured))
    facts = [el("span", *fact) for fact in _facts(standing, seen)]
    if facts:
        append(made, el("p", *between(" · ", facts), cls="pb-facts"))
    if standing.run and record and record.cases:
        append(made, evidence(standing.run, record))
    return made


def measured(measurements: Iterable[Measurement]) -> Element:
    """Promised beside measured: a row for each promise, those that do not hold first."""
    promises: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        promises.setdefault(measurement.promised, []).append(measurement)
    rows = sorted(promises.items(), key=lambda item: all(m.holds for m in item[1]))
    return el(
        "table",
        el("thead", el("tr", el("th", "promised"), el("th", "measured"), el("th", "holds"))),
        el("tbody", *(_row(promised, found) for promised, found in rows)),
        cls="pb-measured",
    )


def _row(promised: str, found: list[Measurement]) -> Element:
    """One promise and what was measured of it."""
    holds = all(measurement.holds for measurement in found)
    values = list(dict.fromkeys(m.measured for m in sorted(found, key=lambda m: m.holds)))
    more = f" and {len(values) - _SHOWN} more" if len(values) > _SHOWN else ""
    return el(
        "tr",
        el("td", el("code", promised)),
        el("td", ", ".join(values[:_SHOWN]) + more),
        el("td", "yes" if holds else "no", cls=css(Verdict.PASS if holds else Verdict.FAIL)),
    )


def _heading(standing: Standing) -> Iterable[Content]:
    """The verdict, why, and where."""
    yield badge(standing.verdict, standing.valid_until, standing.judged.flaky)
    if standing.reason:
        yield el("span", ": ", cls="pb-said")
        yield el("span", standing.reason, cls="pb-reason")
    if standing.target:
        where = el("strong", standing.target)
        yield el("span", "on ", where, f" ({standing.kind})", cls="pb-where")
    if len(standing.history) > 1:
        yield picture(standing.history)


def _facts(standing: Standing, seen: Seen | None) -> Iterable[tuple[Content, ...]]:
    """When, on which release, until when, and how far the verdict can be trusted."""
    run, record = standing.run, standing.record
    if run and record:
        yield (instant(run.started),)
        yield ("release ", *_release(run.release)) if run.release else ("of no stated release",)
    for act in standing.judged.answers:
        yield "answered ", instant(act.at)
    if standing.valid_until:
        verb = "valid until " if standing.verdict is Verdict.PASS else "was valid until "
        yield verb, instant(standing.valid_until)
    elif standing.verdict is Verdict.PASS:
        yield ("valid for this release",)
    if run and record:
        if record.scaled:
            yield (record.scaled,)
        yield (f"took {record.seconds:.1f} s",)
    for waiver in standing.waivers:
        said = f"waived for the gate {waiver.gate} by {waiver.owner} ({waiver.reason}) until "
        yield said, instant(waiver.until)
    if seen and seen.of:
        yield (el("span", f"seen to fail {seen.seen}/{seen.of}", title=", ".join(seen.faults)),)
    elif seen:
        yield ("no fault breaks it yet",)


def _release(release: Mapping[str, str]) -> Iterable[Content]:
    """Each component with the beginning of its digest."""
    for number, (component, digest) in enumerate(sorted(release.items())):
        short = digest.removeprefix("sha256:")[:_DIGEST]
        yield f"{', ' if number else ''}{component} "
        yield el("code", short, title=digest)
