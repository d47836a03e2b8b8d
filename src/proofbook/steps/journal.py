"""
What a run of steps wrote down, line by line, so that it can be gone on with after any end.

A step is written down before it begins and again when it has ended; each is a JSON object on a line
of its own. A last line that was cut short was never written. What has been done is read from these
lines alone: `Standing.of(steps, lines)`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from proofbook.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable

SCHEMA = 1
#: How a step may end; only the first lets the next begin.
OUTCOMES = ("ok", "failed", "unexpected", "timed_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A run of a page's steps begins, or is gone on with."""

    page: str
    target: str
    #: RFC 3339, UTC.
    at: str
    #: What the person set: `NAME=VALUE`.
    given: tuple[str, ...] = ()
    schema: int = SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class Began:
    """A step is about to be run."""

    step: str
    digest: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A step has ended."""

    step: str
    #: One of `OUTCOMES`.
    outcome: str
    #: The shell's exit code; `None` where it was ended for taking too long.
    code: int | None
    seconds: float
    #: What it printed, secrets taken out; empty where all of it is one.
    output: str
    #: What was wrong, as a sentence; empty where nothing was.
    problem: str = ""


Entry = Opened | Began | Ended
_KINDS: dict[str, type[Opened | Began | Ended]] = {
    "opened": Opened,
    "began": Began,
    "ended": Ended,
}


def line(entry: Entry) -> str:
    """An entry as a line of the journal, with its end."""
    kind = next(word for word, type_ in _KINDS.items() if isinstance(entry, type_))
    return json.dumps({"event": kind, **asdict(entry)}, ensure_ascii=False) + "\n"


def entries(text: str, path: str) -> tuple[Entry, ...]:
    """What the journal at `path` holds; `ReportError` naming the first line that is no entry."""
    whole = text.split("\n")[:-1]
    found = tuple(_entry(each, f"{path}:{at}") for at, each in enumerate(whole, 1))
    if not found or not isinstance(found[0], Opened):
        raise ReportError(
            f"{path}:1: this journal does not open with a page and a target; "
            "nothing can be gone on with: run the steps anew."
        )
    return found


def opening(found: Iterable[Entry]) -> Opened:
    """The last opening among entries of which one is known to be there."""
    return [entry for entry in found if isinstance(entry, Opened)][-1]


def _entry(text: str, where: str) -> Entry:
    try:
        said = json.loads(text)
        kind = _KINDS[said.pop("event")]
        if kind is Opened:
            said["given"] = tuple(said["given"])
        entry = kind(**said)
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ReportError(
            f"{where}: this is no entry of a journal: {text[:60]!r}. "
            "Bring it back from a copy, or run the steps anew."
        ) from None
    if isinstance(entry, Opened) and entry.schema != SCHEMA:
        raise ReportError(
            f"{where}: this journal is of schema {entry.schema}, not {SCHEMA}; "
            "go on with the version that wrote it."
        )
    return entry
