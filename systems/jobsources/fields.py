"""
The fields of a body or a query: each is read by its form, and all that is wrong is told at once.

A field that is null is absent. Text that a database column of limited length cannot hold is refused where it is read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from systems.chassis.http import Refusal
from systems.chassis.text import UNSTORABLE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

UUID4 = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
#: What a 32-bit integer of the database holds.
MOST = 2**31 - 1


def is_uuid4(value: object) -> bool:
    """Whether a value is the text of a random UUID."""
    return isinstance(value, str) and UUID4.fullmatch(value) is not None


class Fields:
    """Reads fields one by one and keeps what was wrong with them."""

    def __init__(self, told: Mapping[str, object]) -> None:
        self._told = told
        self._unread = set(told)
        self._wrong: list[str] = []

    def check(self) -> None:
        """Raise Refusal 400 with everything that was wrong."""
        problems = self.problems()
        if problems:
            raise Refusal(400, "Validation failed", details=problems)

    def problems(self) -> list[str]:
        """Everything that was wrong, fields that nobody asked for too."""
        unknown = [f"{name} should not be there" for name in sorted(self._unread)]
        return [*unknown, *self._wrong]

    def wrong(self, problem: str) -> None:
        """Note one more problem."""
        self._wrong.append(problem)

    def value(self, name: str, *, is_required: bool = False) -> object:
        """A field as it is; None where it is absent."""
        self._unread.discard(name)
        found = self._told.get(name)
        if found is None and is_required:
            self._wrong.append(f"{name} is required")
        return found

    def text(self, name: str, longest: int | None = None, *, is_required: bool = False) -> str:
        """A string, with so many characters at most; empty where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is None:
            return ""
        if not isinstance(found, str):
            self._wrong.append(f"{name} must be a string")
            return ""
        if longest is not None and (len(found) > longest or UNSTORABLE.search(found)):
            self._wrong.append(f"{name} must be text of {longest} characters at most")
        return found

    def uuid4(self, name: str, *, is_required: bool = False) -> str:
        """A random UUID as text, its case kept; empty where it is absent."""
        found = self.value(name, is_required=is_required)
        if found is not None and not is_uuid4(found):
            self._wrong.append(f"{name} must be a UUID")
        return found if isinstance(found, str) else ""

    def integer(self, name: str, least: int, most: int = MOST) -> int | None:
        """An integer within bounds, both included; None where it is absent."""
        found = self.value(name)
        if found is None:
            return None
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
            self._wrong.append(f"{name} must be an integer from {least} to {most}")
            return None
        return found

    def choice(self, name: str, words: Sequence[str]) -> str:
        """One of these words; empty where it is absent."""
        found = self.value(name)
        if found is None:
            return ""
        if found not in words:
            self._wrong.append(f"{name} must be one of {', '.join(words)}")
            return ""
        return str(found)

    def switch(self, name: str) -> bool:
        """A truth; false where it is absent."""
        found = self.value(name)
        if found is not None and not isinstance(found, bool):
            self._wrong.append(f"{name} must be a boolean")
        return found is True

    def mapping(self, name: str) -> dict[str, Any] | None:
        """An object; None where it is absent."""
        found = self.value(name)
        if found is not None and not isinstance(found, dict):
            self._wrong.append(f"{name} must be an object")
        return found if isinstance(found, dict) else None

    def listing(self, name: str) -> list[Any] | None:
        """A list; None where it is absent."""
        found = self.value(name)
        if found is not None and not isinstance(found, list):
            self._wrong.append(f"{name} must be a list")
        return found if isinstance(found, list) else None


class Query(Fields):
    """Reads the parameters of a query: numbers are plain decimal digits there."""

    def integer(self, name: str, least: int, most: int = MOST) -> int | None:
        """An integer within bounds, both included; None where it is absent."""
        found = self.value(name)
        if found is None:
            return None
        is_plain = isinstance(found, str) and found.isascii() and found.isdigit()
        if not is_plain or not least <= int(str(found)) <= most:
            self.wrong(f"{name} must be an integer from {least} to {most}")
            return None
        return int(str(found))
