"""
What the Kernel accepts: bodies, and their fields, read by name and refused by name.

All that is wrong with a body is told at once: path, message, error code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import UUID

from systems.chassis import canonical, http, instants
from systems.chassis.http import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

TOO_LARGE = 413
UUID_TEXT = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)
#: What neither a text column nor a JSON column can hold.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


async def body_of(request: Request, limit: int) -> dict[str, Any]:
    """The fields of a body, each of them storable; no body has none. Raises Refusal 413 or 400."""
    try:
        raw = await http.body_of(request, limit)
    except Refusal:
        raise Refusal(TOO_LARGE, "request entity too large") from None
    if not raw:
        return {}
    try:
        body = canonical.parse(raw)
    except ValueError:
        raise Refusal(400, "invalid_json") from None
    if not isinstance(body, dict):
        raise invalid("", "an object is wanted", "type")
    if any(UNSTORABLE.search(text) for text in _texts(body)):
        raise invalid("", "U+0000 and unpaired surrogates cannot be stored", "encoding")
    if not canonical.holds_only_finite_numbers(body):
        raise invalid("", "a number lies beyond IEEE doubles", "range")
    return body


def invalid(path: str, message: str, code: str) -> Refusal:
    """The refusal of one thing in a body."""
    return _invalid([{"path": path, "message": message, "errorCode": code}])


def uuid(value: object, path: str) -> UUID:
    """The UUID of a path or a body. Raises Refusal 400."""
    if not is_uuid(value):
        raise invalid(path, "a UUID is wanted", "format")
    return UUID(str(value))


def is_uuid(value: object) -> bool:
    """Whether a value is a UUID with its hyphens, and nothing before it."""
    return isinstance(value, str) and bool(UUID_TEXT.fullmatch(value))


class Fields:
    """Fields of a body; None stands for one that is not there."""

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = body
        self._flaws: list[dict[str, str]] = []

    def text(self, *names: str, is_required: bool = False, most: int | None = None) -> str | None:
        """A text; a required one is not empty."""
        value = self._of(names, str, "a string is wanted", is_required=is_required)
        if value == "" and is_required:
            self._wrong(names[0], "a text that is not empty is wanted", "minLength")
        elif value is not None and most is not None and not 1 <= len(value) <= most:
            self._wrong(names[0], f"1 to {most} characters are wanted", "length")
        return value  # type: ignore[no-any-return]  # `_of` saw that it is one

    def list(self, name: str, *, is_required: bool = False) -> list[Any] | None:
        """A list."""
        return self._of((name,), list, "a list is wanted", is_required=is_required)  # type: ignore[no-any-return]  # `_of` saw that it is one

    def mapping(self, *names: str, is_required: bool = False) -> dict[str, Any] | None:
        """An object."""
        return self._of(names, dict, "an object is wanted", is_required=is_required)  # type: ignore[no-any-return]  # `_of` saw that it is one

    def number(self, *names: str) -> str | None:
        """A number, as text that PostgreSQL reads without loss."""
        value = self._found(names)
        if value is None:
            return None
        if not canonical.is_number(value):
            self._wrong(names[0], "a number is wanted", "type")
            return None
        return canonical.number(value)

    def uuid(self, *names: str) -> UUID | None:
        """A UUID."""
        value = self._found(names)
        if value is not None and not is_uuid(value):
            self._wrong(names[0], "a UUID is wanted", "format")
            return None
        return None if value is None else UUID(value)

    def instant(self, name: str) -> str | None:
        """An instant with an offset."""
        value = self._of((name,), str, "a string is wanted", is_required=False)
        try:
            return value and instants.text(instants.moment(value))
        except (ValueError, OverflowError):
            self._wrong(name, "an ISO 8601 instant with an offset is wanted", "format")
            return None

    def check(self) -> None:
        """Raise Refusal 400 with everything that was found wrong."""
        if self._flaws:
            raise _invalid(self._flaws)

    def _of(self, names: tuple[str, ...], kind: type, wanted: str, *, is_required: bool) -> Any:
        value = self._found(names)
        if value is None and not any(name in self._body for name in names):
            if is_required:
                self._wrong(names[0], wanted, "required")
            return None
        if not isinstance(value, kind):
            self._wrong(names[0], wanted, "type")
            return None
        return value

    def _found(self, names: tuple[str, ...]) -> Any:
        return next((self._body[name] for name in names if name in self._body), None)

    def _wrong(self, path: str, message: str, code: str) -> None:
        self._flaws.append({"path": path, "message": message, "errorCode": code})


def _invalid(details: list[dict[str, str]]) -> Refusal:
    return Refusal(400, "validation_error", details=details)


def _texts(value: object) -> Iterator[str]:
    """Every key and every text of a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
