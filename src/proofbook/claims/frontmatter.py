"""
Read a page's front matter: `key: value` lines between two lines `---` at its very top.

Only keys with a line of text are read, since the engine needs no others; nested ones stay for the
site's own reader of YAML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.claims.complaint import Complaint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_BOUNDS = re.compile(r"---[ \t]*")
_END = re.compile(r"(?:---|\.\.\.)[ \t]*")
_PAIR = re.compile(r"([A-Za-z_][\w-]*):(?:[ \t]+(.*?))?[ \t]*")
_QUOTED = re.compile(r"\"([^\"\\]*)\"[ \t]*(?:#.*)?|'([^']*)'[ \t]*(?:#.*)?")
#: Characters with which a YAML value is something else than a line of text.
_STRUCTURE = tuple("|>[]{}&*!%@`?,\"'")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of the front matter."""

    line: int
    #: `None` where the value is empty, nested, or not a line of text.
    text: str | None


def split(lines: list[str]) -> tuple[dict[str, Entry], int]:
    """
    The front matter of `lines` by key, and the number of lines that it takes; 0 where there is none.

    The last of several equal keys counts, as in YAML readers that do not refuse them.
    """
    if not lines or not _BOUNDS.fullmatch(lines[0]):
        return {}, 0
    for end, line in enumerate(lines[1:], start=1):
        if _END.fullmatch(line):
            return _entries(lines[1:end]), end + 1
    return {}, 0


def _entries(lines: list[str]) -> dict[str, Entry]:
    """The keys at the left margin."""
    return {
        match[1]: Entry(number, _text(match[2] or ""))
        for number, line in enumerate(lines, start=2)
        if (match := _PAIR.fullmatch(line))
    }


def _text(written: str) -> str | None:
    """The line of text that a YAML value is, if it is one."""
    if match := _QUOTED.fullmatch(written):
        return (match[1] or match[2] or "").strip() or None
    if written.startswith(("#", *_STRUCTURE)) or ": " in written:
        return None
    return re.split(r"[ \t]#", written)[0].strip() or None


def missing(front: Mapping[str, Entry], keys: Iterable[str]) -> Iterator[Complaint]:
    """A line and a complaint for each of `keys` that the front matter does not state as text."""
    for key in keys:
        entry = front.get(key)
        if entry is None:
            yield Complaint(
                1,
                f"a page with claims names no {key}; write '{key}: …' between two lines --- "
                "at its top",
            )
        elif entry.text is None:
            yield Complaint(
                entry.line,
                f"{key} is not one line of text; write one after the colon, in double quotes if it "
                "holds a # or a colon",
            )
