"""
How many of whom must approve an upgrade.

Pure: texts and names go in, numbers and names come out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

APPROVERS = tuple(f"approver-{n}" for n in range(1, 6))
REQUIRED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Multisig:
    """Who may approve, as the list has them, and how many distinct ones it takes."""

    approvers: tuple[str, ...]
    required: int


def read(ids: str, required: str) -> Multisig:
    """The rule of two variables; neither can be wrong, each has a meaning whatever it holds."""
    approvers = tuple(each.strip() for each in ids.split(",") if each.strip()) or APPROVERS
    wanted = math.floor(_number(required))
    return Multisig(approvers=approvers, required=min(max(wanted, 1), len(approvers)))


def quorum(rule: Multisig, approvals: Iterable[str]) -> tuple[str, ...]:
    """The authorised approvers among those who approved, each once."""
    return tuple(dict.fromkeys(each for each in approvals if each in rule.approvers))


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return REQUIRED
    return number if math.isfinite(number) and number > 0 else REQUIRED
