"""What Python-Markdown sees of a page: the claims in its tree, held against those that were read."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from markdown.util import ETX, HTML_PLACEHOLDER_RE, STX

from proofbook.claims import blocks, render
from proofbook.claims.openings import ID
from proofbook.errors import Place, Problem, RunbookError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown import Markdown

    from proofbook.cards.book import Book
    from proofbook.claims import Claim, Runbook

_ID = re.compile(ID)
_DASH = re.compile(rf"\s+—\s+(?:\(was\s+{ID}\)\s+)?")
_ESCAPED = re.compile(f"{STX}([0-9]+){ETX}")


class Sight:
    """Reads the tree of one page."""

    def __init__(self, md: Markdown) -> None:
        self._md = md

    def ids(self, element: Element) -> list[str]:
        """The ids of all claims in an element, in order."""
        return [id_ for paragraph in element.iter("p") if (id_ := self._id(paragraph))]

    def claim(self, paragraph: Element, book: Book) -> Claim | None:
        """The claim that a paragraph shows; `RunbookError` if it was read otherwise."""
        id_ = self._id(paragraph) if paragraph.tag == "p" else None
        if id_ is None:
            return None
        claim = book.claims[id_]
        read = blocks.page(render(claim)).blocks[0]
        seen, spans = self._words(paragraph), self._spans(paragraph)
        if seen != " ".join(read.plain.split()):
            raise _error(claim.place, f"{id_} shows as “{seen}” on the page; {_PLAINLY}")
        if spans != [" ".join(span.split()) for span in read.spans]:
            raise _error(claim.place, f"{id_} shows the code {spans} on the page; {_PLAINLY}")
        return claim

    def sentence(self, paragraph: Element) -> Element:
        """A claim's paragraph without its id, dash and former id."""
        strong = paragraph[0]
        made = Element("p")
        made.text = _DASH.sub("", strong.tail or "", count=1)
        made.extend(list(paragraph)[1:])
        return made

    def refuse_others(self, root: Element, quotes: set[Element], book: Book) -> None:
        """Refuse claims that the page shows and the reader has not read, or not in a quote."""
        for child in root:
            for id_ in self.ids(child):
                claim = book.claims.get(id_)
                if claim is None:
                    raise _error(
                        Place("runbooks", 1),
                        f"a page shows {id_}, which no runbook states; {_PLAINLY}",
                    )
                if child not in quotes:
                    raise _error(
                        claim.place, f"{id_} shows outside a quote on the page; {_PLAINLY}"
                    )

    def refuse_missing(self, page: Runbook, shown: Sequence[str]) -> None:
        """Refuse a page that shows other claims than it states, or in another order."""
        stated = [claim.id for claim in page.claims]
        if list(shown) != stated:
            raise _error(
                Place(page.path, 1),
                f"the page shows {', '.join(shown)} and states {', '.join(stated)}; {_PLAINLY}",
            )

    def raw(self, element: Element) -> str | None:
        """The HTML that a paragraph stands for, as the author wrote it."""
        match = HTML_PLACEHOLDER_RE.fullmatch((element.text or "").strip())
        if element.tag != "p" or match is None:
            return None
        stashed = self._md.htmlStash.rawHtmlBlocks[int(match[1])]
        return stashed.strip() if isinstance(stashed, str) else None

    def _id(self, paragraph: Element) -> str | None:
        """The id with which a paragraph opens as a claim does."""
        if (paragraph.text or "").strip() or not len(paragraph) or paragraph[0].tag != "strong":
            return None
        strong = paragraph[0]
        text = strong.text or ""
        opens = not len(strong) and _ID.fullmatch(text) and _DASH.match(strong.tail or "")
        return text if opens else None

    def _words(self, element: Element) -> str:
        """The words of an element without marks, whitespace normalised."""
        text = "".join(self._texts(element))
        return " ".join(text.split())

    def _texts(self, element: Element) -> list[str]:
        """Every piece of text in an element, in order; code is kept escaped until here."""
        texts = [self._text(element.text)]
        for child in element:
            texts += self._texts(child) if child.tag != "img" else [child.get("alt", "")]
            texts.append(self._text(child.tail))
        if element.tag == "br":
            texts.append("\n")
        return texts

    def _text(self, text: str | None) -> str:
        """A piece of text as the page will show it."""
        shown = _ESCAPED.sub(lambda match: chr(int(match[1])), text or "")
        return unescape(HTML_PLACEHOLDER_RE.sub(self._stashed, shown))

    def _stashed(self, match: re.Match[str]) -> str:
        """The words of inline HTML, which are none, or of an entity."""
        stashed = self._md.htmlStash.rawHtmlBlocks[int(match[1])]
        return stashed if isinstance(stashed, str) and stashed.startswith("&") else ""

    def _spans(self, element: Element) -> list[str]:
        """The code spans in an element."""
        return [self._words(code) for code in element.iter("code")]


_PLAINLY = "Markdown readers disagree on it: write it more plainly"


def _error(place: Place, message: str) -> RunbookError:
    return RunbookError([Problem(place, message)])
