"""
Small pieces of HTML: elements, badges, instants.

Python-Markdown writes them out. It takes `&lt;` in a text for an entity of the author's, and control
characters for its own marks: what a check printed may hold both, so text is made safe here.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from proofbook.report.characters import printable
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

Content = Element | str

#: One drawing a verdict, 16 by 16, so that none is told by its colour alone.
DRAWINGS: Mapping[Verdict, str] = {
    Verdict.PASS: "M3 8.6l3.2 3.2L13 4.6",
    Verdict.FAIL: "M4 4l8 8M12 4l-8 8",
    Verdict.NO_VERDICT: "M5.4 6.1a2.6 2.6 0 1 1 3.7 2.3c-.8.4-1.1.9-1.1 1.7M8 12.9v.1",
    Verdict.STALE: "M8 4.2V8l2.6 1.7M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8",
    Verdict.WAIVED: "M4 14V2.6h7.6L9.8 5.8l1.8 3.2H4",
}


def el(tag: str, *content: Content, **attributes: str | None) -> Element:
    """
    An element with text and elements in it, in order.

    `cls` stands for `class`, and `_` in a name for `-`; an attribute that is `None` is left out.
    """
    names = {"cls": "class"}
    made = Element(
        tag,
        {
            names.get(name, name.replace("_", "-")): _safe(value)
            for name, value in attributes.items()
            if value is not None
        },
    )
    append(made, *content)
    return made


def append(parent: Element, *content: Content) -> None:
    """Put text and elements at the end of `parent`."""
    for item in content:
        if isinstance(item, Element):
            parent.append(item)
        elif len(parent):
            parent[-1].tail = (parent[-1].tail or "") + _safe(item)
        else:
            parent.text = (parent.text or "") + _safe(item)


def _safe(text: str) -> str:
    """`text` so that the page shows it as it is, without control characters."""
    return printable(text).replace("&", "&amp;")


def css(verdict: Verdict) -> str:
    """The class of everything that shows a verdict."""
    return f"pb-{verdict.replace('_', '-')}"


def badge(verdict: Verdict, valid_until: str | None = None) -> Element:
    """A verdict as a drawing and its word; the page turns it stale when `valid_until` has passed."""
    return el(
        "span",
        drawing(verdict),
        el("span", str(verdict), cls="pb-word"),
        cls=f"pb-badge {css(verdict)}",
        data_pb_verdict=str(verdict),
        data_pb_until=valid_until if verdict is Verdict.PASS else None,
    )


def drawing(verdict: Verdict) -> Element:
    """The drawing of a verdict."""
    return el(
        "svg",
        el("path", d=DRAWINGS[verdict]),
        cls="pb-drawing",
        viewBox="0 0 16 16",
        aria_hidden="true",
    )


def instant(written: str | datetime) -> Element:
    """An instant, given in RFC 3339 or aware, as people read it, in UTC."""
    at = datetime.fromisoformat(written) if isinstance(written, str) else written
    at = at.astimezone(UTC)
    return el("time", f"{at.day} {at:%b %Y, %H:%M} UTC", datetime=at.isoformat(timespec="seconds"))


def between(separator: str, items: list[Element]) -> list[Content]:
    """The items with `separator` between them."""
    spread: list[Content] = []
    for item in items:
        spread += [separator, item] if spread else [item]
    return spread
