"""
A table of a target file, read key by key, with every problem kept and none raised.

Each getter takes a key, gives its value in the type asked for, and gives "nothing" (`None`, an
empty tuple or mapping) where the key is absent or wrong; what is wrong is kept in the `Report` that
all tables of a file share. `Table.close` reports the keys that nobody asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from proofbook.errors import Place, Problem
from proofbook.targets.lines import line_of
from proofbook.targets.quantities import duration
from proofbook.targets.references import flaw, reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import timedelta

    from proofbook.targets.lines import KeyPath

#: As much of a value as a message shows.
_SHOWN = 60
_BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Report:
    """What is wrong with one file, and where its keys stand."""

    path: str
    lines: Mapping[KeyPath, int]
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: KeyPath, message: str) -> None:
        """Keep a problem of what stands at `path`."""
        place = Place(self.path, line_of(path, self.lines))
        said = f"{dotted(path)}: {message}" if path else message
        self.problems.append(Problem(place, said))


@dataclass(frozen=True, slots=True)
class Table:
    """One table, the way to it, and the report of its file."""

    data: Mapping[str, Any]
    path: KeyPath
    report: Report

    def __contains__(self, key: str) -> bool:
        return key in self.data

    def add(self, message: str, *keys: str | int) -> None:
        """Report a problem of this table, or of what stands under `keys` in it."""
        self.report.add((*self.path, *keys), message)

    def wrong(self, expected: str, *keys: str | int) -> None:
        """Report that something else than `expected` stands under `keys`."""
        value: Any = self.data
        for key in keys:
            value = value[key]
        self.add(f"{shown(value)} is not {expected}.", *keys)

    def text(self, key: str) -> str | None:
        """A string that is not empty."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            self.wrong("text", key)
            return None
        return value

    def source(self, key: str) -> str | None:
        """Text that may be a reference: one that can be followed."""
        value = self.text(key)
        if value is not None:
            self.check_reference(value, key)
        return value

    def check_reference(self, text: str, *keys: str | int) -> None:
        """Report a reference that cannot be followed, or that makes a secret outside `[secrets]`."""
        referred = reference(text)
        if referred is None:
            return
        wrong = flaw(referred)
        if wrong:
            self.add(wrong, *keys)
        elif referred.scheme == "generate":
            self.add(
                f"{text} makes a secret that nothing else can name; "
                "write it under [secrets] and {secret.NAME} here.",
                *keys,
            )

    def flag(self, key: str) -> bool:
        """`true` or `false`; absent is `false`."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            self.wrong("true or false", key)
        return value is True

    def span(self, key: str) -> timedelta | None:
        """A duration: `"20 s"`."""
        value = self.data.get(key)
        found = duration(value) if isinstance(value, str) else None
        if value is not None and found is None:
            self.wrong('a duration such as "20 s" (units: ms, s, min, h, d, w)', key)
        return found

    def pattern(self, key: str) -> str | None:
        """
        A regular expression.

        `[Worker] ready` is one, too, and would never match the line that says just that: a text
        without a backslash that does not match itself is taken for either.
        """
        value = self.text(key)
        if value is None:
            return None
        try:
            is_odd = "\\" not in value and not re.search(value, value)
        except (re.error, OverflowError, RecursionError) as error:
            self.add(f"{shown(value)} is not a regular expression: {error}.", key)
            return None
        return f"{value}|{re.escape(value)}" if is_odd else value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of strings, or nothing."""
        value = self.data.get(key, [])
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(value)
        self.wrong('a list of words such as ["a", "b"]', key)
        return ()

    def command(self, key: str) -> tuple[str, ...] | None:
        """A program and its arguments, as words; no shell takes part."""
        if key not in self:
            return None
        value = self.words(key)
        if value and value[0].strip():
            return value
        if isinstance(self.data[key], list) and self.data[key] == list(value):
            self.wrong("a command: its first word is a program", key)
        return None

    def texts(self, key: str) -> dict[str, str]:
        """A table of strings; each may be a reference."""
        table = self.table(key)
        found = {name: table.source(name) for name in table.data} if table else {}
        return {name: text for name, text in found.items() if text is not None}

    def table(self, key: str) -> Table | None:
        """The table under `key`, or nothing."""
        value = self.data.get(key)
        if isinstance(value, dict):
            return Table(value, (*self.path, key), self.report)
        if value is not None:
            self.wrong("a table", key)
        return None

    def tables(self, key: str) -> Iterator[tuple[str, Table]]:
        """The tables under `key`, by name, in the order of the file."""
        outer = self.table(key)
        for name in outer.data if outer else ():
            inner = outer.table(name) if outer else None
            if inner:
                yield name, inner

    def close(self, known: Iterable[str], also: str = "") -> None:
        """Report each key that is not among `known`: what is, and which is nearest."""
        names = tuple(known)
        for key in self.data:
            if key not in names:
                near = get_close_matches(key, names, 1)
                guess = f"; did you mean {near[0]}?" if near else "."
                self.add(f"is no key here{guess} Known are {', '.join(names)}{also}.", key)

    def only_one(self, *keys: str) -> bool:
        """Whether exactly one of `keys` is there; reports it if not."""
        there = [key for key in keys if key in self]
        if len(there) == 1:
            return True
        said = " and ".join(there) if there else "none of them"
        self.add(f"takes exactly one of {', '.join(keys)}; here is {said}.")
        return False


def dotted(path: KeyPath) -> str:
    """`systems.coreos.api.setup[1]`: a path as TOML would write it."""
    said = ""
    for key in path:
        if isinstance(key, int):
            said += f"[{key}]"
        else:
            said += ("." if said else "") + (key if _BARE.fullmatch(key) else shown(key))
    return said


def shown(value: object) -> str:
    """A value of the file, short enough for a message; strings in double quotes."""
    text = f'"{value}"' if isinstance(value, str) else _toml(value)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "a table" if value else "an empty table"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return str(value)
