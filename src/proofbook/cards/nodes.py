"""A built page as a tree, read as a browser reads it and not as we wrote it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Elements without an end.
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)


@dataclass(frozen=True, slots=True)
class Node:
    """An element, with what is in it."""

    tag: str
    attributes: Mapping[str, str]
    content: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> frozenset[str]:
        """Its classes."""
        return frozenset(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        """All text in it, whitespace normalised."""
        return " ".join("".join(self.texts()).split())

    @property
    def words(self) -> str:
        """All words in it, those of two elements apart."""
        return " ".join(" ".join(self.texts()).split())

    def all(self, *, tag: str = "", cls: str = "", attribute: str = "") -> list[Node]:
        """The elements in it, however deep, that have this tag, class and attribute; in order."""
        return [
            node
            for node in self.nodes()
            if tag in ("", node.tag)
            and (not cls or cls in node.classes)
            and (not attribute or attribute in node.attributes)
        ]

    def first(self, *, tag: str = "", cls: str = "", attribute: str = "") -> Node:
        """The first of `all`; an empty element where there is none."""
        return next(iter(self.all(tag=tag, cls=cls, attribute=attribute)), Node("", {}))

    def without(self, *classes: str) -> Node:
        """The same element without those in it that have one of `classes`."""
        kept: list[Node | str] = [
            item if isinstance(item, str) else item.without(*classes)
            for item in self.content
            if isinstance(item, str) or not item.classes & set(classes)
        ]
        return Node(self.tag, self.attributes, kept)

    def nodes(self) -> Iterator[Node]:
        """Every element in it, in order."""
        for item in self.content:
            if isinstance(item, Node):
                yield item
                yield from item.nodes()

    def texts(self) -> Iterator[str]:
        """Every piece of text in it, in order; pictures by what they are called."""
        if self.tag == "img":
            yield self.attributes.get("alt", "")
        for item in self.content:
            if isinstance(item, str):
                yield item
            else:
                yield from item.texts()


def tree(text: str) -> Node:
    """The page that `text` is; elements that nothing closes end with what they stand in."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root


class _Builder(HTMLParser):
    """Follows what opens and closes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Node("", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        node = Node(tag, {name: value or "" for name, value in attrs})
        self._open[-1].content.append(node)
        if tag not in _VOID:
            self._open.append(node)

    def handle_endtag(self, tag: str) -> None:
        """The innermost element of that tag ends, with all in it; without one, nothing does."""
        if tag in [node.tag for node in self._open[1:]]:
            while self._open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        """Text stands in what is open."""
        self._open[-1].content.append(data)
