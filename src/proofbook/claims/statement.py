"""The values that a claim's paragraph states, and what is wrong with them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.claims.complaint import Complaint
from proofbook.claims.literals import UNITS, BadValue, value
from proofbook.claims.model import RESERVED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.claims.blocks import Block
    from proofbook.claims.model import Value


def values(block: Block, id_: str) -> tuple[tuple[Value, ...], list[Complaint]]:
    """The values in the paragraph of the claim `id_`, in order, and every complaint about them."""
    found: list[Value] = []
    complaints: list[Complaint] = []
    for line, span in _spans(block):
        try:
            stated = value(span)
        except BadValue as error:
            complaints.append(Complaint(line, str(error)))
            continue
        if stated is None:
            continue
        before = [earlier for earlier in found if earlier.name == stated.name]
        complaints += [Complaint(line, f"{id_}: {message}") for message in _misused(stated, before)]
        found.append(stated)
    return tuple(found), complaints


def _spans(block: Block) -> Iterator[tuple[int, str]]:
    """Each code span and the line at which it opens."""
    position = 0
    for span in block.spans:
        words = r"\s+".join(map(re.escape, span.split()))
        match = re.compile(rf"`\s*{words}\s*`").search(block.text, position)
        start, position = match.span() if match else (position, position)
        line = block.first + block.text.count("\n", 0, start)
        yield line, span


def _misused(stated: Value, before: list[Value]) -> Iterator[str]:
    """What is wrong with a value as its claim uses it, after those `before` it of the same name."""
    if stated.name in RESERVED:
        yield from _misused_word(stated, before)
    elif before and not (len(before) == 1 and _are_bounds(before[0], stated)):
        yield (
            f"`{stated.text}` names '{stated.name}' again after `{before[-1].text}`; a name stands "
            "twice only as a lower and an upper bound"
        )
    elif before and not _leave_room(before[0], stated):
        yield f"nothing is both `{before[0].text}` and `{stated.text}`; widen one of the bounds"


def _misused_word(stated: Value, before: list[Value]) -> Iterator[str]:
    """What is wrong with a value that the engine reads."""
    if before:
        yield f"`{stated.text}` stands after `{before[-1].text}`; keep one of them"
    literal = stated.literal
    if stated.name == "valid_for":
        if stated.op != "=" or not (isinstance(literal, timedelta) and literal > timedelta(0)):
            yield f"`{stated.text}` is no time to last; write `valid_for = 92 d`"
        return
    roles = literal if isinstance(literal, tuple) else (literal,)
    if stated.op != "=" or not all(isinstance(role, str) and role.strip() for role in roles):
        yield f'`{stated.text}` names no role; write `by = "SRE"`'


def _are_bounds(one: Value, other: Value) -> bool:
    """Whether one bounds from below and the other from above."""
    return {one.op[0], other.op[0]} == {"<", ">"}


def _leave_room(one: Value, other: Value) -> bool:
    """Whether some measurement keeps both bounds; bounds of two kinds leave none."""
    if _kind(one) != _kind(other):
        return False
    low, high = (one.literal, other.literal) if one.op[0] == ">" else (other.literal, one.literal)
    if low == high:
        return "=" in one.op and "=" in other.op
    if isinstance(low, timedelta) and isinstance(high, timedelta):
        return low < high
    return isinstance(low, int | float) and isinstance(high, int | float) and low < high


def _kind(stated: Value) -> str:
    """What a value measures."""
    return UNITS[stated.unit][0] if stated.unit else "number"
