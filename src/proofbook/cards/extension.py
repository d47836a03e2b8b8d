"""
The Markdown extension that shows each claim with its verdict, in MkDocs and in Zensical.

It works on the page as Python-Markdown has cut it, and holds it against the runbook as the claim
reader has read it: an id, a sentence or a value that the two see differently ends the build.

Options: `root`, the project's folder (the nearest above the working directory that holds
`gates.toml`), and `now`, the instant at which verdicts are judged, in RFC 3339 (this one).
"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from proofbook import project
from proofbook.cards import anchors, book, chronicle, due, loads, overview
from proofbook.cards.card import card
from proofbook.cards.elements import el
from proofbook.cards.opening import opening
from proofbook.cards.sight import Sight
from proofbook.errors import Place, Problem, RunbookError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from markdown import Markdown

    from proofbook.cards.book import Book

#: After inline text is read (20) and before links are resolved (0), so that ours are too.
_PRIORITY = 6


class ProofbookExtension(Extension):
    """Cards, openings and the overview."""

    def __init__(self, **options: Any) -> None:
        self.config = {
            "root": ["", "The project's folder; the nearest with gates.toml if it is empty."],
            "now": ["", "When verdicts are judged, RFC 3339; this instant if it is empty."],
        }
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Python-Markdown's name
        """Put the cards where Python-Markdown has a tree of the page."""
        root, now = self.getConfig("root"), self.getConfig("now")
        found = Path(root) if root else project.root(Path.cwd())
        if found is None:
            raise RunbookError(
                [
                    Problem(
                        Place(project.MARK, 1),
                        f"not in {Path.cwd()} or above it; build in a project",
                    )
                ]
            )
        at = datetime.fromisoformat(now) if now else datetime.now(UTC)
        cards = Cards(md, book.load(found, at))
        md.treeprocessors.register(cards, "proofbook", _PRIORITY)
        md.preprocessors.register(anchors.Anchors(md), "proofbook-steps", anchors.PRIORITY)


class Cards(Treeprocessor):
    """Turns the claims of one page into cards, and opens the page."""

    def __init__(self, md: Markdown, book: Book) -> None:
        super().__init__(md)
        self.book = book
        self.sight = Sight(md)

    def run(self, root: Element) -> None:
        """Change the page in place; `RunbookError` where it shows other claims than were read."""
        quotes = [child for child in root if child.tag == "blockquote"]
        shown = [id_ for quote in quotes for id_ in self.sight.ids(quote)]
        self.sight.refuse_others(root, set(quotes), self.book)
        for quote in quotes:
            if self.sight.ids(quote):
                self._replace(root, quote)
        marked = self._mark(root)
        # Builders take a page's title from its first element alone.
        behind_heading = int(len(root) > 0 and root[0].tag == "h1")
        if shown:
            page = self.book.page_of(self.book.claims[shown[0]])
            self.sight.refuse_missing(page, shown)
            heading = next((n for n, child in enumerate(root) if child.tag == "h1"), -1)
            root.insert(heading + 1, opening(page, self.book))
        if shown or marked:
            root.insert(behind_heading, _asset("style", "cards.css"))
            root.append(_asset("script", "cards.js"))

    def _replace(self, root: Element, quote: Element) -> None:
        """Put cards in the place of a quote with claims; what else it holds stays a quote."""
        made: list[Element] = []
        for paragraph in quote:
            claim = self.sight.claim(paragraph, self.book)
            if claim:
                made.append(card(claim, self.sight.sentence(paragraph), self.book))
            elif made and made[-1].tag == "blockquote":
                made[-1].append(paragraph)
            else:
                made.append(el("blockquote", paragraph))
        place = list(root).index(quote)
        root[place : place + 1] = made

    def _mark(self, root: Element) -> bool:
        """Put what is asked for in the place of each marker, and say whether there was one."""
        found = False
        for number, child in enumerate(root):
            if made := _MARKED.get(self.sight.raw(child) or ""):
                root[number] = made(self.book)
                found = True
        return found


#: A line of a page → what stands there instead.
_MARKED = {
    overview.MARKER: overview.overview,
    due.MARKER: due.due,
    loads.MARKER: loads.loads,
    chronicle.MARKER: chronicle.chronicle,
}


def _asset(tag: str, name: str) -> Element:
    """A file that is shipped beside this module, to stand in the page itself, letter by letter."""
    made = el(tag)
    made.text = resources.files("proofbook.cards").joinpath(name).read_text("utf-8")
    return made
