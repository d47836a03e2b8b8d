"""
A history as lines of JSON, to be kept as evidence and judged again.

The first line is `{"history": 1, "plan": {…}}`, each other an event:
`["claim","job-7","w3",1,1200,1850,"ok",""]`, in the order of `Event`'s fields, `null` where there is none.
All is ASCII, so that no reader of lines finds more of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from proofbook.errors import ProofbookError
from proofbook.history.events import Event, History, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

VERSION = 1


def to_lines(history: History) -> Iterator[str]:
    """Each line ends in a newline; `from_lines` makes an equal history of them."""
    yield json.dumps({"history": VERSION, "plan": history.plan}) + "\n"
    for event in history:
        yield json.dumps(event, separators=(",", ":")) + "\n"


def from_lines(lines: Iterable[str]) -> History:
    """The history that the lines hold; `ProofbookError` names the first line that is none, and why."""
    numbered = enumerate(lines, start=1)
    history = History(_plan(next(numbered, (1, ""))[1]))
    for number, line in numbered:
        try:
            history.add(_event(json.loads(line)))
        except (ValueError, TypeError, OverflowError) as error:
            raise ProofbookError(f"history:{number}: {error}; an event was expected") from None
    return history


def _plan(line: str) -> dict[str, object]:
    try:
        head = json.loads(line)
        version, plan = head["history"], head["plan"]
    except (ValueError, TypeError, KeyError):
        raise ProofbookError(
            'history:1: not the head of a history; {"history": 1, "plan": {…}} was expected'
        ) from None
    if version != VERSION or not isinstance(plan, dict):
        raise ProofbookError(f"history:1: version {version!r}; {VERSION} was expected")
    return plan


def _event(row: object) -> Event:
    """An event of the right types, in time's order; `ValueError` or `TypeError` if it is none."""
    if not isinstance(row, list) or len(row) != len(Event._fields):
        raise TypeError(f"no list of {len(Event._fields)} fields")
    kind, job, worker, token, invoked_ns, returned_ns, outcome, detail = row
    event = Event(
        Kind(kind),
        None if job is None else _text(job),
        _text(worker),
        None if token is None else _number(token),
        _number(invoked_ns),
        None if returned_ns is None else _number(returned_ns),
        Outcome(outcome),
        _text(detail),
    )
    if event.returned_ns is None and event.outcome is not Outcome.UNKNOWN:
        raise ValueError(f"{outcome} without an answer")
    if event.returned_ns is not None and event.returned_ns < event.invoked_ns:
        raise ValueError("answered before it was asked")
    return event


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} in place of a text")
    return value


def _number(value: object) -> int:
    if not isinstance(value, int) or value < 0:
        raise TypeError(f"{value!r} in place of a number from 0")
    return value
