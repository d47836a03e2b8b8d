"""Read the verdicts back out of built pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.cards.nodes import tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proofbook.cards.nodes import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProof:
    """How a card shows a claim on one target."""

    target: str
    classes: frozenset[str]
    #: The classes of the badge.
    badge: frozenset[str]
    #: How often a pass was a fail before, as the badge says it.
    flaky: str
    #: The word in the badge.
    word: str
    #: The path that the badge draws.
    drawing: str
    #: When the page's script turns it stale; `None` where it never does.
    until: str | None
    reason: str
    #: Promised, measured, holds: the cells of each row.
    rows: tuple[tuple[str, ...], ...]
    #: The instants beside the verdict, RFC 3339.
    instants: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCard:
    """A claim as a built page shows it."""

    id: str
    digest: str
    classes: frozenset[str]
    sentence: str
    #: The code spans in its sentence.
    spans: tuple[str, ...]
    proofs: tuple[ShownProof, ...]
    #: All that it says.
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPage:
    """A built page: its cards, its counts, and what it lists as not proved."""

    file: str
    #: The runbook that its opening names; `None` where it has none.
    path: str | None
    cards: tuple[ShownCard, ...]
    #: System or runbook, target and verdict → the number in a tally.
    counts: Mapping[tuple[str, str, str], str]
    #: Claim and the word of its badge.
    unproved: tuple[tuple[str, str], ...]
    #: Claim, target, and the word of its badge in the list of what is due.
    due: tuple[tuple[str, str, str], ...]
    #: Gate → the word of its badge, and what is said of it.
    gates: Mapping[str, tuple[str, str]]
    #: What the browser fetches without being asked.
    fetched: tuple[str, ...]


def pages(folder: Path) -> list[ShownPage]:
    """Every page below `folder`, by path."""
    return [
        page(file.relative_to(folder).as_posix(), file.read_text("utf-8"))
        for file in sorted(folder.rglob("*.html"))
    ]


def page(file: str, text: str) -> ShownPage:
    """The page that `text`, found at `file`, is."""
    root = tree(text)
    return ShownPage(
        file=file,
        path=root.first(attribute="data-pb-page").attributes.get("data-pb-page"),
        cards=tuple(_card(node) for node in root.all(attribute="data-pb-claim")),
        counts={
            (
                row.attributes["data-pb-of"],
                row.attributes.get("data-pb-target", ""),
                cell.attributes["data-pb-count"],
            ): cell.text
            for row in root.all(attribute="data-pb-of")
            for cell in row.all(attribute="data-pb-count")
        },
        unproved=tuple(
            (node.attributes["data-pb-unproved"], node.first(cls="pb-word").text)
            for node in root.all(attribute="data-pb-unproved")
        ),
        due=tuple(
            (
                row.attributes["data-pb-due"],
                row.attributes.get("data-pb-target", ""),
                row.first(cls="pb-word").text,
            )
            for row in root.all(attribute="data-pb-due")
        ),
        gates={
            node.attributes["data-pb-gate"]: (
                node.first(cls="pb-word").text,
                node.first(cls="pb-gate-said").text,
            )
            for node in root.all(attribute="data-pb-gate")
        },
        fetched=tuple(
            node.attributes[name]
            for tag, name in _FETCHED
            for node in root.all(tag=tag, attribute=name)
        ),
    )


#: Elements, and the attribute that makes a browser fetch something.
_FETCHED = (
    ("audio", "src"),
    ("embed", "src"),
    ("iframe", "src"),
    ("img", "src"),
    ("link", "href"),
    ("object", "data"),
    ("script", "src"),
    ("source", "src"),
    ("video", "src"),
)


def _card(node: Node) -> ShownCard:
    """The claim that an element shows."""
    sentence = node.first(cls="pb-sentence")
    return ShownCard(
        id=node.attributes["data-pb-claim"],
        digest=node.attributes.get("data-pb-digest", ""),
        classes=node.classes,
        sentence=sentence.text,
        spans=tuple(code.text for code in sentence.all(tag="code")),
        proofs=tuple(_proof(part.without("pb-evidence")) for part in node.all(cls="pb-proof")),
        words=node.without("pb-history").words,
    )


def _proof(node: Node) -> ShownProof:
    """How a part of a card shows its claim on one target."""
    verdict = node.first(cls="pb-verdict")
    badge = verdict.first(cls="pb-badge")
    rows = node.first(cls="pb-measured").all(tag="tr")
    cells = [tuple(cell.text for cell in row.all(tag="td")) for row in rows]
    return ShownProof(
        target=node.attributes.get("data-pb-target", ""),
        classes=node.classes,
        badge=badge.classes,
        flaky=badge.first(cls="pb-flaky").text,
        word=badge.first(cls="pb-word").text,
        drawing=badge.first(tag="path").attributes.get("d", ""),
        until=badge.attributes.get("data-pb-until"),
        reason=verdict.first(cls="pb-reason").text,
        rows=tuple(row for row in cells if row),
        instants=tuple(time.attributes.get("datetime", "") for time in node.all(tag="time")),
    )
