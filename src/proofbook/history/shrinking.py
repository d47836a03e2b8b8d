"""The smallest part of a history in which a judge still finds what it found: delta debugging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.history.events import History

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from proofbook.history.events import Event
    from proofbook.history.promises import Violation


def shortest(
    history: History, judge: Callable[[History], Sequence[Violation]]
) -> tuple[History, Violation]:
    """
    A part of the history in which no event can be left out, and the violation that it shows.

    The violation kept is the first that `judge` finds, by rule, job and attempts: what looks wrong only
    because something else was left out is another one. `ValueError` if it finds none.
    """
    found = judge(history)
    if not found:
        raise ValueError("the judge finds nothing in this history: there is nothing to shorten")
    wanted = _what(found[0])

    def shown(events: Sequence[Event]) -> Violation | None:
        violations = judge(History.of(events, history.plan))
        return next((v for v in violations if _what(v) == wanted), None)

    events = [event for event in history if event.job == wanted[1]]
    if shown(events) is None:
        events = list(history)
    events = _without_needless(events, lambda part: shown(part) is not None)
    violation = shown(events)
    assert violation is not None, "the part was kept because it shows the violation"  # noqa: S101 - holds by construction
    return History.of(events, history.plan), violation


def _what(violation: Violation) -> tuple[str, str | None, tuple[int, ...]]:
    return violation.rule, violation.job, violation.tokens


def _without_needless(events: list[Event], fails: Callable[[Sequence[Event]], bool]) -> list[Event]:
    """Leave out halves, then quarters, down to single events, for as long as it still fails."""
    size = max(len(events) // 2, 1)
    while True:
        start, before = 0, len(events)
        while start < len(events):
            rest = events[:start] + events[start + size :]
            if rest and fails(rest):
                events = rest
            else:
                start += size
        if size == 1 and len(events) == before:
            return events
        size = max(size // 2, 1)
