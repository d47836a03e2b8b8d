"""A little YAML: blocks of mappings and lists, their printable texts quoted as JSON quotes them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What needs no quotes and is taken for nothing but text.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_.-]+)*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def documents(values: list[object]) -> str:
    """Several documents in one text."""
    return "---\n".join(document(value) for value in values)


def document(value: object) -> str:
    """One document: mappings, lists, texts, numbers and truths, however deep."""
    return "".join(f"{line}\n" for line in _lines(value))


def _lines(value: object) -> Iterator[str]:
    match value:
        case dict() if value:
            for key, each in value.items():
                yield from _entry(f"{_text(str(key))}:", each, "  ")
        case list() if value:
            for each in value:
                yield from _item(each)
        case _:
            yield _scalar(value)


def _entry(head: str, value: object, indent: str) -> Iterator[str]:
    if isinstance(value, dict | list) and value:
        yield head
        yield from (indent + line for line in _lines(value))
    else:
        yield f"{head} {_scalar(value)}"


def _item(value: object) -> Iterator[str]:
    for number, line in enumerate(_lines(value)):
        yield f"{'  ' if number else '- '}{line}"


def _scalar(value: object) -> str:
    return _text(value) if isinstance(value, str) else json.dumps(value)


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if is_plain else json.dumps(text, ensure_ascii=False)
