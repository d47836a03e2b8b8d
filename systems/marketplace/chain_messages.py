"""What a contract hears, and what comes of it: pure values between the node and its contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from systems.marketplace.abi import Event

State = TypeVar("State")


class Revert(Exception):
    """A contract refuses; nothing of what it was asked for happens."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Who calls, how many wei come along, and the time of the block in Unix seconds."""

    sender: str
    value: int = 0
    now: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Generic[State]):
    """What a contract is like afterwards, whom it pays how many wei, and what it says."""

    state: State
    payments: tuple[tuple[str, int], ...] = ()
    events: tuple[tuple[Event, tuple[object, ...]], ...] = ()


def require(holds: object, reason: str) -> None:
    """Raise Revert unless something holds."""
    if not holds:
        raise Revert(reason)
