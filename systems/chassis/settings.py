"""
Settings from the environment, with refusals that name the variable and never its value.

A blank variable is an absent one. All problems are found before any is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

T = TypeVar("T")


class Misconfigured(Exception):
    """The environment does not let this process work; `missing` and `invalid` name the variables."""

    def __init__(self, missing: tuple[str, ...], invalid: tuple[str, ...]) -> None:
        super().__init__(f"missing: {', '.join(missing)}; invalid: {', '.join(invalid)}")
        self.missing = missing
        self.invalid = invalid

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line a variable, as a health page shows them."""
        missing = (f"Missing env: {name}" for name in self.missing)
        return (*missing, *(f"Invalid env: {name}" for name in self.invalid))


class Reader:
    """Reads variables one by one and keeps what was wrong with them."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._missing: list[str] = []
        self._invalid: list[str] = []

    def required(self, name: str, parse: Callable[[str], T]) -> T | None:
        """A variable that must be there; None once it was noted as missing or invalid."""
        if not self._text(name):
            self._missing.append(name)
            return None
        return self._parsed(name, parse)

    def optional(self, name: str, parse: Callable[[str], T], default: T) -> T:
        """A variable with a default; a malformed one is noted as invalid."""
        if not self._text(name):
            return default
        parsed = self._parsed(name, parse)
        return default if parsed is None else parsed

    def refuse(self, name: str) -> None:
        """Note that a variable does not fit with the others."""
        if name not in self._missing + self._invalid:
            self._invalid.append(name)

    def check(self) -> None:
        """Raise Misconfigured with every problem that was noted."""
        if self._missing or self._invalid:
            raise Misconfigured(tuple(self._missing), tuple(self._invalid))

    def _text(self, name: str) -> str:
        return self._environ.get(name, "").strip()

    def _parsed(self, name: str, parse: Callable[[str], T]) -> T | None:
        try:
            return parse(self._text(name))
        except ValueError:
            self._invalid.append(name)
            return None


def integer(least: int, most: int) -> Callable[[str], int]:
    """A parser of plain decimal integers within bounds, both included."""

    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ValueError(f"an integer from {least} to {most} is wanted")
        return int(text)

    return parse


def words(text: str) -> frozenset[str]:
    """The words of a comma list."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def one_of(*known: str) -> Callable[[str], str]:
    """A parser of one of these words."""

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"one of {', '.join(known)} is wanted")
        return text

    return parse
