"""
Where each key of a TOML text stands.

`tomllib` says what a file holds and not where; this module says where and not what. It expects a
text that `tomllib` has accepted, and of any other text it says what it can.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The way to a value: keys of tables and, counted from 0, places in arrays.
KeyPath = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''(?P<newline>\n)
      | (?P<skip>[ \t\r]+|\#[^\n]*)
      | (?P<text>"""(?:[^\\]|\\.)*?"""(?:"{0,2}) | \'\'\'.*?\'\'\'(?:'{0,2})
          | "(?:[^"\\\n]|\\.)*" | '[^'\n]*')
      | (?P<mark>[][{},=.])
      | (?P<bare>[^\s\[\]{},=.#"']+|.)''',
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    line: int


_END = _Token("end", "", 0)


def lines(text: str) -> Mapping[KeyPath, int]:
    """The line, counted from 1, of every key, table and array element of a TOML text."""
    scan = _Scan(_tokens(text))
    scan.document()
    return scan.found


def line_of(path: KeyPath, found: Mapping[KeyPath, int]) -> int:
    """The line of what stands at `path`, or of the nearest thing around it; 1 if there is none."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


def _tokens(text: str) -> list[_Token]:
    tokens = []
    line = 1
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "bare"
        if kind != "skip":
            tokens.append(_Token(kind, match[0], line))
        line += match[0].count("\n")
    return tokens


def _word(token: _Token) -> str:
    """A key as it is meant: `"a b"` is the key `a b`."""
    if token.kind != "text":
        return token.text
    try:
        return str(tomllib.loads(f"key = {token.text}")["key"])
    except tomllib.TOMLDecodeError:
        return token.text


@dataclass(slots=True)
class _Scan:
    """A walk over the tokens that notes the line of each key it passes."""

    tokens: list[_Token]
    at: int = 0
    found: dict[KeyPath, int] = field(default_factory=dict)

    @property
    def next(self) -> _Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else _END

    def take(self) -> _Token:
        token = self.next
        self.at += 1
        return token

    def note(self, path: KeyPath, line: int) -> None:
        """Keep the first line at which a key, and every table on the way to it, was named."""
        for length in range(1, len(path) + 1):
            self.found.setdefault(path[:length], line)

    def document(self) -> None:
        table: KeyPath = ()
        while (token := self.next) is not _END:
            if token.text == "[" and token.kind == "mark":
                table = self.header()
            elif token.kind == "newline":
                self.take()
            else:
                self.pair(table)

    def header(self) -> KeyPath:
        """The table that `[a.b]` opens; `[[a.b]]` is taken for the same, as no target holds one."""
        line = self.take().line
        if self.next.text == "[":
            self.take()
        path = self.key((), line)
        while self.next.kind not in ("newline", "end"):
            self.take()
        return path

    def key(self, table: KeyPath, line: int) -> KeyPath:
        """The path that a dotted key names; stops before what is neither a word nor a dot."""
        path = table
        while self.next.kind in ("bare", "text") or self.next.text == ".":
            token = self.take()
            if token.text != "." or token.kind == "text":
                path = (*path, _word(token))
                self.note(path, line)
        return path

    def pair(self, table: KeyPath) -> None:
        """One `key = value`, or whatever stands there instead: at least one token is taken."""
        path = self.key(table, self.next.line)
        self.take()
        self.value(path)

    def value(self, path: KeyPath) -> None:
        if self.next.kind == "mark" and self.next.text in "[{":
            closing, inner = ("]", self.elements) if self.next.text == "[" else ("}", self.pairs)
            self.take()
            inner(path, closing)
        else:
            while self.next.kind not in ("newline", "end") and self.next.text not in (
                ",",
                "]",
                "}",
            ):
                self.take()

    def elements(self, path: KeyPath, closing: str) -> None:
        """The elements of an array, up to and with its bracket."""
        index = 0
        while (token := self.next) is not _END:
            if token.kind == "newline" or token.text == ",":
                self.take()
            elif token.text == closing and token.kind == "mark":
                self.take()
                return
            else:
                self.note((*path, index), token.line)
                before = self.at
                self.value((*path, index))
                self.at = max(self.at, before + 1)
                index += 1

    def pairs(self, path: KeyPath, closing: str) -> None:
        """The pairs of an inline table, up to and with its brace."""
        while (token := self.next) is not _END:
            if token.kind == "newline" or token.text == ",":
                self.take()
            elif token.text == closing and token.kind == "mark":
                self.take()
                return
            else:
                self.pair(path)
