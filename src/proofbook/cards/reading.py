"""Read the verdicts back out of built pages, from what a reader sees and not from what we wrote."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Elements without an end.
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)


@dataclass(slots=True, kw_only=True)
class ShownProof:
    """How a card shows a claim on one target."""

    target: str
    #: Every class of the part.
    classes: frozenset[str]
    #: The word in the badge.
    word: str = ""
    drawing: str = ""
    #: When its script turns it stale; `None` where it never does.
    until: str | None = None
    reason: str = ""
    #: Promised, measured, holds: the cells of each row.
    rows: list[list[str]] = field(default_factory=list)
    #: The instants beside the verdict, RFC 3339.
    instants: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ShownCard:
    """A claim as a built page shows it."""

    file: str
    id: str
    digest: str
    classes: frozenset[str]
    sentence: str = ""
    spans: list[str] = field(default_factory=list)
    proofs: list[ShownProof] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class ShownPage:
    """A built page: its cards and its counts."""

    file: str
    #: The runbook that its opening names; `None` where it has none.
    path: str | None = None
    cards: list[ShownCard] = field(default_factory=list)
    #: System or runbook, target and verdict → the number in a tally.
    counts: dict[tuple[str, str, str], str] = field(default_factory=dict)
    #: Claim and the word of its badge, for each that the page lists as not proved.
    unproved: list[tuple[str, str]] = field(default_factory=list)
    #: Addresses that the page fetches when it is opened.
    fetched: list[str] = field(default_factory=list)


def pages(folder: Path) -> list[ShownPage]:
    """Every page below `folder`, by path."""
    found = []
    for file in sorted(folder.rglob("*.html")):
        reader = _Reader(file.relative_to(folder).as_posix())
        reader.feed(file.read_text("utf-8"))
        reader.close()
        found.append(reader.page)
    return found


class _Reader(HTMLParser):
    """Follows the elements of one page."""

    def __init__(self, file: str) -> None:
        super().__init__(convert_charrefs=True)
        self.page = ShownPage(file=file)
        self._open: list[tuple[str, frozenset[str]]] = []
        self._row: tuple[str, str] = ("", "")
        self._count: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what opens."""
        found = {name: value or "" for name, value in attrs}
        classes = frozenset(found.get("class", "").split())
        self._note_fetch(tag, found)
        if tag not in _VOID:
            self._open.append((tag, classes))
        if "data-pb-page" in found:
            self.page.path = found["data-pb-page"]
        if "data-pb-of" in found:
            self._row = found["data-pb-of"], found.get("data-pb-target", "")
        self._count = found.get("data-pb-count")
        if "data-pb-claim" in found:
            self.page.cards.append(
                ShownCard(
                    file=self.page.file,
                    id=found["data-pb-claim"],
                    digest=found.get("data-pb-digest", ""),
                    classes=classes,
                )
            )
        if "data-pb-unproved" in found:
            self.page.unproved.append((found["data-pb-unproved"], ""))
        if "pb-proof" in classes and self.page.cards:
            proof = ShownProof(target=found.get("data-pb-target", ""), classes=classes)
            self.page.cards[-1].proofs.append(proof)
        self._note_in_card(tag, found)

    def handle_endtag(self, tag: str) -> None:
        """Close whatever `tag` closes."""
        while self._open and self._open.pop()[0] != tag:
            pass
        self._count = None

    def handle_data(self, data: str) -> None:
        """Put text where it stands."""
        if self._count:
            self.page.counts[(*self._row, self._count)] = data.strip()
        if self._in("pb-unproved") and self._in("pb-word"):
            self.page.unproved[-1] = (self.page.unproved[-1][0], data)
        if not self._in("pb-card") or self._in("pb-evidence"):
            return
        card = self.page.cards[-1]
        if self._in("pb-sentence"):
            card.sentence += data
            if any(tag == "code" for tag, _ in self._open):
                card.spans[-1] += data
        elif self._in("pb-verdict") and self._in("pb-word"):
            card.proofs[-1].word += data
        elif self._in("pb-reason"):
            card.proofs[-1].reason += data
        elif self._in("pb-measured") and any(tag == "td" for tag, _ in self._open):
            card.proofs[-1].rows[-1][-1] += data

    def _note_in_card(self, tag: str, found: dict[str, str]) -> None:
        """Note what opens within a card."""
        if not self._in("pb-card") or self._in("pb-evidence"):
            return
        card = self.page.cards[-1]
        if self._in("pb-sentence") and tag == "code":
            card.spans.append("")
        if not card.proofs:
            return
        proof = card.proofs[-1]
        if self._in("pb-verdict") and "data-pb-verdict" in found:
            proof.until = found.get("data-pb-until")
        elif self._in("pb-badge") and tag == "path":
            proof.drawing = found.get("d", "")
        elif tag == "time":
            proof.instants.append(found.get("datetime", ""))
        elif self._in("pb-measured") and tag == "tr":
            proof.rows.append([])
        elif self._in("pb-measured") and tag == "td":
            proof.rows[-1].append("")

    def _note_fetch(self, tag: str, found: dict[str, str]) -> None:
        """Note what the browser fetches without being asked."""
        name = {"link": "href", "object": "data"}.get(tag, "src")
        if name in found and tag != "a":
            self.page.fetched.append(found[name])

    def _in(self, name: str) -> bool:
        """Whether an element of that class is open."""
        return any(name in classes for _, classes in self._open)
