"""
Words in braces that stand for what is only known when a stack runs.

    {port}  {store.url}  {secret.ticket.private_hex}  {coreos.api.url}

A placeholder is a brace, a dotted name, a brace. `{{name}}` stands for the text `{name}`; `${name}`
is a shell's and stays as it is; so does every brace that holds something else than a dotted name,
such as JSON.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

from proofbook.errors import ProofbookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = r"[A-Za-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
_SPOT = re.compile(rf"\{{\{{({_NAME})\}}\}}|(?<!\$)\{{({_NAME})\}}")


def placeholders(text: str) -> tuple[str, ...]:
    """The names that `fill` would ask for, in the order of the text, each as often as it stands."""
    return tuple(spot[2] for spot in _SPOT.finditer(text) if spot[2])


def fill(text: str, values: Mapping[str, str]) -> str:
    """
    `text` with each placeholder replaced by its value; values are not looked into again.

    Raises `ProofbookError` naming the unknown placeholder and the known ones.
    """

    def put(spot: re.Match[str]) -> str:
        if spot[1]:
            return f"{{{spot[1]}}}"
        if spot[2] not in values:
            raise ProofbookError(f"{text!r}: {unknown(spot[2], values)}")
        return values[spot[2]]

    return _SPOT.sub(put, text)


def literal(text: str) -> str:
    """`text` written so that `fill` gives it back whatever the values are."""
    return _SPOT.sub(lambda spot: f"{{{spot[0]}}}", text)


def unknown(name: str, known: Iterable[str]) -> str:
    """What to say of a placeholder that stands for nothing: the nearest, the known, the way out."""
    names = sorted(known)
    near = get_close_matches(name, names, 1)
    guess = f"; did you mean {{{near[0]}}}?" if near else "."
    listed = ", ".join(f"{{{each}}}" for each in names) or "none"
    return (
        f"{{{name}}} stands for nothing here{guess} Known are {listed}; "
        f"write {{{{{name}}}}} for the text {{{name}}}."
    )
