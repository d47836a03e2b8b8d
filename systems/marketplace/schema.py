"""
The fields of a body: each is read by its form, and all that is wrong is told at once, field by field.

A field that is null is absent; one that nobody asks for is dropped.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from systems.chassis.canonical import is_number
from systems.chassis.http import Refusal
from systems.marketplace import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.IGNORECASE)
EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]+\.[^@\s<>\"',;]+")
UNSENDABLE = re.compile(r"[\s<>\"']")
LONGEST_URL = 2000
#: What an integer column holds.
MOST = 2**31 - 1


class Fields:
    """Reads fields one by one and keeps what was wrong with them."""

    def __init__(self, told: Mapping[str, object], *, is_partial: bool = False) -> None:
        self._told = told
        #: Whether even what must be there may be left out, for it stays as it is.
        self._is_partial = is_partial
        self._wrong: dict[str, list[str]] = {}

    def check(self, error: str = "Invalid payload") -> None:
        """Raise Refusal 400 with everything that was wrong."""
        if self._wrong:
            raise Refusal(400, error, details={"formErrors": [], "fieldErrors": self._wrong})

    def wrong(self, name: str, problem: str) -> None:
        """Note what is wrong with a field."""
        self._wrong.setdefault(name, []).append(problem)

    def value(self, name: str, *, is_required: bool = False) -> object:
        """A field as it is; None where it is absent."""
        found = self._told.get(name)
        if found is None and is_required and not self._is_partial:
            self.wrong(name, "Required")
        return found

    def text(
        self, name: str, least: int = 0, most: int | None = None, *, is_required: bool = False
    ) -> str | None:
        """A string, trimmed, with so many characters; None where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is None:
            return None
        if not isinstance(found, str):
            self.wrong(name, "Expected a string")
            return None
        trimmed = found.strip(texts.BLANK)
        if len(trimmed) < least or (most is not None and len(trimmed) > most):
            bounds = f"from {least} to {most}" if most is not None else f"at least {least}"
            self.wrong(name, f"Expected {bounds} characters")
        return trimmed

    def number(
        self, name: str, *, is_required: bool = False, may_be_zero: bool = False
    ) -> float | None:
        """A finite number above 0, or its text; None where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is None:
            return None
        number = numeric(found)
        if number is None or number < 0 or (number == 0 and not may_be_zero):
            self.wrong(name, "Expected a number above 0")
            return None
        return number

    def choice(
        self, name: str, known: Mapping[str, str], *, is_required: bool = False
    ) -> str | None:
        """What one of these words stands for; None where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is None:
            return None
        if not isinstance(found, str) or found not in known:
            self.wrong(name, f"Expected one of {', '.join(known)}")
            return None
        return known[found]

    def listing(self, name: str, *, is_required: bool = False) -> list[str] | None:
        """A list of strings; None where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is None:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            self.wrong(name, "Expected a list of strings")
            return None
        return found

    def skills(self, name: str, *, is_required: bool = False) -> list[str] | None:
        """Skills as they are kept; where they are required there is at least one."""
        found = self.listing(name, is_required=is_required)
        if found is None:
            return None
        kept = texts.skills(found)
        if is_required and not kept:
            self.wrong(name, "Expected at least 1 skill")
        return kept

    def switch(self, name: str) -> bool | None:
        """A truth; None where it is absent."""
        found = self.value(name)
        if found is not None and not isinstance(found, bool):
            self.wrong(name, "Expected a boolean")
            return None
        return found

    def instant(self, name: str) -> datetime | None:
        """An instant of ISO 8601, in UTC and without saying so; None where it is absent."""
        found = self.value(name)
        if found is None:
            return None
        try:
            told = datetime.fromisoformat(str(found))
            return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told
        except (ValueError, OverflowError):
            self.wrong(name, "Expected a date of ISO 8601")
            return None

    def url(self, name: str) -> str | None:
        """An http or https address, or nothing; None where it is absent."""
        found = self.text(name, 0, LONGEST_URL)
        if found and (UNSENDABLE.search(found) or not _is_url(found)):
            self.wrong(name, "Expected an address")
        return found

    def email(self, name: str, *, is_required: bool = False) -> str | None:
        """An e-mail address; None where it is absent."""
        found = self.text(name, 0, 254, is_required=is_required)
        if found is not None and not EMAIL.fullmatch(found):
            self.wrong(name, "Expected an e-mail address")
        return found


def numeric(told: object) -> float | None:
    """The finite number that is told, as one or as its text; None where there is none."""
    if isinstance(told, str):
        text = told.strip(texts.BLANK)
        number = float(text) if NUMBER.fullmatch(text) else math.nan
    else:
        number = float(told) if is_number(told) else math.nan
    return number if math.isfinite(number) else None


def whole(told: str, least: int, most: int, default: int) -> int:
    """The integer of a query's parameter, as near as its bounds let it; what is no number is ignored."""
    number = numeric(told)
    return default if number is None else int(min(max(number, least), most))


def csv(told: str) -> Sequence[str]:
    """The words of a comma list."""
    return [word for word in (part.strip(texts.BLANK) for part in told.split(",")) if word]


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)
