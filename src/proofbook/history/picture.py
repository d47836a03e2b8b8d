"""
A part of a history as a picture: a row for each worker, a bar for each call, bands for what befell the system.

It is one SVG that needs nothing else: no script, no font, no address. A full bar took effect, a hollow
one was refused, a dashed one was never seen answered.
"""

from __future__ import annotations

from html import escape
from textwrap import wrap
from typing import TYPE_CHECKING

from proofbook.history.events import Kind, Outcome
from proofbook.history.jobs import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from proofbook.history.events import Event

#: Pixels: a row, the names before the rows, the time beside them, the margin.
ROW, NAMES, WIDE, MARGIN = 36, 150, 720, 12
#: A bar is seen however short the call was, and a call that nobody saw answered is this long.
LEAST, OPEN = 3, 40
#: A title has lines of so many pixels, and so many letters fit in one.
LINE, LETTERS = 16, 130
STYLE = (
    "text{font:12px sans-serif;fill:#333}.t{font-size:10px;fill:#666}.ok{fill:#2a6fb0;stroke:#2a6fb0}"
    ".rejected{fill:#fff;stroke:#b03a2a}.unknown{fill:#eee;stroke:#888;stroke-dasharray:3 2}"
    ".trouble{fill:#f3d9a4;opacity:.6}.line{stroke:#ddd}svg{background:#fff}"
)


def picture(events: Iterable[Event], title: str, *, beside: Iterable[Event] = ()) -> str:
    """
    An SVG of these events, by invocation, with whatever befell the system meanwhile.

    `beside` are more events, of which the troubles that overlap are shown.
    """
    shown = sorted(events, key=lambda event: event.invoked_ns)
    first = min((e.invoked_ns for e in shown), default=0)
    last = max((_end(e) for e in shown), default=0)
    bands = [e for e in beside if e.kind is Kind.TROUBLE and _end(e) > first < _end(e)]
    bands = [e for e in bands if e.invoked_ns < last]
    scale = _Scale(first, max(last - first, 1))
    workers = list(dict.fromkeys(event.worker for event in shown))
    said = wrap(title, LETTERS)
    top = MARGIN + LINE * len(said)
    tall = top + MARGIN * 3 + ROW * (len(workers) + 1)
    wide = NAMES + WIDE + 2 * MARGIN + OPEN
    parts = [_text(MARGIN, MARGIN + LINE * n, line) for n, line in enumerate(said, start=1)]
    parts += [part for band in bands for part in _band(band, scale, top, tall)]
    for row, worker in enumerate(workers):
        base = top + MARGIN + ROW * (row + 1)
        parts.append(_text(MARGIN, base, worker))
        parts.append(
            f'<line class="line" x1="{NAMES}" x2="{wide - MARGIN}" y1="{base + 8}" y2="{base + 8}"/>'
        )
        own = [event for event in shown if event.worker == worker]
        parts += [part for event in own for part in _bar(event, scale, base)]
    parts.append(_text(NAMES, tall - MARGIN, f"0 to {(last - first) / SECOND:.3f} s", small=True))
    return _whole(wide, tall, title, parts)


class _Scale:
    """Instants to pixels."""

    def __init__(self, first_ns: int, span_ns: int) -> None:
        self._first, self._span = first_ns, span_ns

    def __call__(self, instant_ns: int) -> float:
        share = (instant_ns - self._first) / self._span
        return round(NAMES + WIDE * min(max(share, 0.0), 1.0), 1)


def _end(event: Event) -> int:
    return event.invoked_ns if event.returned_ns is None else event.returned_ns


def _bar(event: Event, scale: _Scale, base: int) -> list[str]:
    start = scale(event.invoked_ns)
    is_open = event.outcome is Outcome.UNKNOWN
    long = OPEN if is_open else max(scale(_end(event)) - start, LEAST)
    token = "" if event.token is None else f" {event.token}"
    said = f"{event.kind}{token} {event.outcome} {event.detail}".strip()
    place = f'x="{start}" y="{base - 4}" width="{long:.1f}" height="9"'
    return [
        f'<rect class="{event.outcome}" {place}><title>{escape(said)}</title></rect>',
        _text(start, base - 7, f"{event.kind}{token}", small=True),
    ]


def _band(event: Event, scale: _Scale, top: int, tall: int) -> list[str]:
    start = scale(event.invoked_ns)
    long = max(scale(_end(event)) - start, LEAST)
    place = f'x="{start}" y="{top + 4}" width="{long:.1f}" height="{tall - top - MARGIN * 3}"'
    return [
        f'<rect class="trouble" {place}/>',
        _text(start, top + MARGIN + 4, event.detail, small=True),
    ]


def _text(x: float, y: float, said: str, *, small: bool = False) -> str:
    kind = ' class="t"' if small else ""
    return f'<text x="{x}" y="{y}"{kind}>{escape(said)}</text>'


def _whole(wide: int, tall: int, title: str, parts: Sequence[str]) -> str:
    lines = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" '
        f'height="{tall}" role="img">\n<title>{escape(title)}</title>\n<style>{STYLE}</style>\n'
        f"{lines}\n</svg>\n"
    )
