"""
A violation as a picture in plain text: a row for each event, a bar for the time it took.

    job-7: Q3 (a job has one live holder): …

      0.000 s  w1   claim 1      ok           |▐▌                            |
      1.203 s  w2   claim 2      ok           |                 ▐▌           |

A bar runs from the call to its answer; `▐···` is a call that nobody saw answered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.history.events import Outcome
from proofbook.history.jobs import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from proofbook.history.events import Event, History
    from proofbook.history.promises import Violation

#: Columns that the time takes.
WIDTH = 40


def timeline(events: Sequence[Event], *, origin_ns: int | None = None) -> str:
    """One line an event, by invocation; seconds count from `origin_ns`, or from the first event."""
    if not events:
        return "no events\n"
    events = sorted(events, key=lambda event: event.invoked_ns)
    first_ns = events[0].invoked_ns
    last_ns = max(event.returned_ns or event.invoked_ns for event in events)
    origin_ns = first_ns if origin_ns is None else origin_ns
    rows = [
        (
            f"{(event.invoked_ns - origin_ns) / SECOND:.3f} s",
            event.worker,
            str(event.kind) + ("" if event.token is None else f" {event.token}"),
            str(event.outcome) + (f" {event.detail}" if event.detail else ""),
            _bar(event, first_ns, max(last_ns - first_ns, 1)),
        )
        for event in events
    ]
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    return "".join(
        f"  {when:>{wide[0]}}  {who:{wide[1]}}  {what:{wide[2]}}  {end:{wide[3]}}  |{bar}|\n"
        for when, who, what, end, bar in rows
    )


def _bar(event: Event, first_ns: int, span_ns: int) -> str:
    start = (event.invoked_ns - first_ns) * (WIDTH - 2) // span_ns
    if event.outcome is Outcome.UNKNOWN or event.returned_ns is None:
        return (" " * start + "▐").ljust(WIDTH, "·")
    stop = (event.returned_ns - first_ns) * (WIDTH - 2) // span_ns
    return (" " * start + "▐" + "█" * (stop - start) + "▌").ljust(WIDTH)


def explained(violation: Violation, history: History) -> str:
    """The violation, and the whole of its job's events (its own events, where it names no job)."""
    events = [e for e in history if e.job == violation.job] if violation.job else []
    shown = sorted({*events, *violation.events}, key=lambda event: event.invoked_ns)
    origin_ns = min(history.invoked, default=None)
    return f"{violation}\n\n{timeline(shown, origin_ns=origin_ns)}"
