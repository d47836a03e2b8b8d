"""
Two pictures of a load run, each a whole SVG that says its numbers in words, too.

The curve shows latency over percentiles, stretched towards the slow end as HdrHistogram's plots are; the
histogram counts requests in steps of time that grow. Both axes of time are logarithmic.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from proofbook.latency.quantiles import quantile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.latency.recording import Recording

#: The names under which a run's pictures are kept, and the figures beside them.
CURVE, HISTOGRAM, FIGURES = "latency.svg", "histogram.svg", "load.json"
WIDTH, HEIGHT = 560, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 12, 26, 34
#: Marks of time in seconds; those within the picture are drawn.
_TIMES = tuple(base * 10**power for power in range(-5, 2) for base in (1.0,))
_SHARES = (0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
#: Steps of the histogram for each factor of ten.
_STEPS = 10
_STYLE = (
    "text{font:11px system-ui,sans-serif;fill:#555}.t{font-weight:600;fill:#333}"
    ".g{stroke:#ddd}.c{fill:none;stroke:#2563a8;stroke-width:2}.b{stroke:#b3261e;stroke-dasharray:5 3}"
    ".h{fill:#2563a8}.l{fill:#b3261e}"
)


def curve(recording: Recording, bound: float | None, share: float) -> str:
    """Latency by percentile; the bound, where there is one, and the percentile it is of."""
    took = _ordered(recording)
    if not took:
        return _empty("Latency by percentile")
    low, high = _ends(took, bound)
    deepest = math.log10(max(10, len(took)))

    def across(part: float) -> float:
        depth = min(deepest, -math.log10(max(1e-9, 1 - part)))
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * depth / deepest

    points = [
        (across(part), _up(quantile(took, part), low, high))
        for part in (1 - 10 ** (-deepest * step / 200) for step in range(201))
    ]
    marks = [part for part in _SHARES if across(part) < WIDTH - _RIGHT - 1]
    grid = [_line("g", across(part), _TOP, across(part), HEIGHT - _BOTTOM) for part in marks]
    names = [_text(across(p), HEIGHT - _BOTTOM + 15, f"{p * 100:g} %", "middle") for p in marks]
    said = f"{share * 100:g} % within {_time(quantile(took, share))}, all within {_time(took[-1])}"
    path = " ".join(f"{'L' if at else 'M'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
    body = [
        *_times(low, high),
        *grid,
        *names,
        f'<path class="c" d="{path}"/>',
        *_bound(bound, low, high),
    ]
    return _picture(f"Latency by percentile: {said}", body)


def histogram(recording: Recording, bound: float | None) -> str:
    """How many requests took how long; those past the bound in another colour."""
    took = _ordered(recording)
    if not took:
        return _empty("Requests by latency")
    counts: dict[int, int] = {}
    for each in took:
        step = math.floor(math.log10(max(each, 1e-6)) * _STEPS)
        counts[step] = counts.get(step, 0) + 1
    first, last, most = min(counts), max(counts), max(counts.values())
    wide = (WIDTH - _LEFT - _RIGHT) / (last - first + 1)
    tall = HEIGHT - _TOP - _BOTTOM
    body = []
    for step, count in sorted(counts.items()):
        height = tall * math.log1p(count) / math.log1p(most)
        x, y = _LEFT + (step - first) * wide, HEIGHT - _BOTTOM - height
        is_past = bound is not None and 10 ** (step / _STEPS) >= bound
        body.append(
            f'<rect class="{"l" if is_past else "h"}" x="{x:.1f}" y="{y:.1f}" '
            f'width="{max(1, wide - 1):.1f}" height="{height:.1f}"/>'
        )
    for step in range(first, last + 2):
        if step % _STEPS == 0 or last - first < _STEPS:
            x = _LEFT + (step - first) * wide
            body.append(_text(x, HEIGHT - _BOTTOM + 15, _time(10 ** (step / _STEPS)), "middle"))
    body.append(_text(_LEFT - 6, _TOP + 8, str(most), "end"))
    return _picture(f"Requests by latency: {len(took)}, at most {most} in one step", body)


def _ordered(recording: Recording) -> list[float]:
    return sorted(min(each.latency, recording.patience) for each in recording.answers)


def _ends(took: Sequence[float], bound: float | None) -> tuple[float, float]:
    """The least and the most that the axis of time shows, in powers of ten."""
    low, high = max(took[0], 1e-6), max(took[-1], bound or 0, 1e-5)
    return 10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high) + 1e-9)


def _up(seconds: float, low: float, high: float) -> float:
    """How far down a time stands."""
    part = math.log(max(seconds, low) / low) / math.log(high / low)
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * part


def _times(low: float, high: float) -> Iterator[str]:
    for mark in _TIMES:
        if low * 0.99 <= mark <= high * 1.01:
            y = _up(mark, low, high)
            yield _line("g", _LEFT, y, WIDTH - _RIGHT, y)
            yield _text(_LEFT - 6, y + 4, _time(mark), "end")


def _bound(bound: float | None, low: float, high: float) -> Iterator[str]:
    if bound is not None:
        y = _up(bound, low, high)
        yield _line("b", _LEFT, y, WIDTH - _RIGHT, y)
        yield _text(WIDTH - _RIGHT, y - 4, f"promised {_time(bound)}", "end")


def _time(seconds: float) -> str:
    """A time as people say it."""
    if seconds < 1e-3:  # noqa: PLR2004 - a millisecond
        return f"{seconds * 1e6:.3g} µs"
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _empty(title: str) -> str:
    return _picture(f"{title}: nothing was answered", [])


def _picture(title: str, body: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img">'
    )
    named = f'<title>{escape(title)}</title><text class="t" x="12" y="16">{escape(title)}</text>'
    ground = f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    return f"{head}<style>{_STYLE}</style>{ground}{named}{''.join(body)}</svg>\n"
