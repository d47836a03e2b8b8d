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


#: The class of a pass that runs out: no colour of its own until a clock has looked at it.
ENDS = "pb-ends"
#: What such a pass is drawn as until then: a clock.
CLOCK = DRAWINGS[Verdict.STALE]


def colour(verdict: Verdict, valid_until: str | None = None) -> str:
    """The class of everything that shows a verdict, one that lasts until an instant."""
    return ENDS if verdict is Verdict.PASS and valid_until else css(verdict)


def word(verdict: Verdict, valid_until: str | None = None) -> str:
    """What a badge says before any clock has looked at it: of a pass that runs out, when it does."""
    if verdict is Verdict.PASS and valid_until:
        return f"pass until {read(valid_until)}"
    return str(verdict)


def badge(
    verdict: Verdict, valid_until: str | None = None, flaky: tuple[int, int] | None = None
) -> Element:
    """
    A verdict as a drawing and its word.

    A pass that runs out is drawn as a clock and says when: a page without a script can say no more.
    The script makes it a pass, or stale, by the reader's clock. `flaky` stands beside a pass.
    """
    ends = verdict is Verdict.PASS and valid_until
    path = CLOCK if ends else DRAWINGS[verdict]
    made = el(
        "span",
        drawing(path),
        el("span", word(verdict, valid_until), cls="pb-word"),
        cls=f"pb-badge {colour(verdict, valid_until)}",
        data_pb_verdict=str(verdict),
        data_pb_until=valid_until if ends else None,
    )
    if flaky and verdict is Verdict.PASS:
        append(made, el("span", f" · flaky {flaky[0]}/{flaky[1]}", cls="pb-flaky"))
    return made


def drawing(path: str) -> Element:
    """The drawing of a verdict."""
    return el(
        "svg",
        el("path", d=path),
        cls="pb-drawing",
        viewBox="0 0 16 16",
        aria_hidden="true",
    )


def instant(written: str | datetime) -> Element:
    """An instant, given in RFC 3339 or aware, as people read it, in UTC."""
    return el("time", read(written), datetime=_utc(written).isoformat(timespec="seconds"))


def read(written: str | datetime) -> str:
    """The words of `instant`: `1 Dec 2026, 12:00 UTC`."""
    at = _utc(written)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def _utc(written: str | datetime) -> datetime:
    at = datetime.fromisoformat(written) if isinstance(written, str) else written
    return at.astimezone(UTC)


def between(separator: str, items: list[Element]) -> list[Content]:
    """The items with `separator` between them."""
    spread: list[Content] = []
    for item in items:
        spread += [separator, item] if spread else [item]
    return spread
