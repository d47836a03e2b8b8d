"""What was counted within the last while, by a clock that goes on when nothing happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
#: A window is counted in so many slots.
SLOTS = 10


@dataclass(slots=True)
class Slots(Generic[T]):
    """One value a slot of time; those beyond `keeps_seconds` are forgotten."""

    make: Callable[[], T]
    #: How long a slot lasts, in seconds: so much longer than it should be is a window at most.
    width: float
    keeps_seconds: float
    _slots: dict[int, T] = field(default_factory=dict)

    def present(self, now: float) -> T:
        """The value of the slot that is now."""
        index = int(now // self.width)
        if index not in self._slots:
            oldest = (now - self.keeps_seconds) // self.width
            self._slots = {at: it for at, it in self._slots.items() if at >= oldest}
            self._slots[index] = self.make()
        return self._slots[index]

    def within(self, seconds: float, now: float) -> Iterator[T]:
        """The values of the slots of the last so many seconds."""
        return (it for at, it in self._slots.items() if (at + 1) * self.width > now - seconds)


def slots(make: Callable[[], T], short_seconds: float, long_seconds: float) -> Slots[T]:
    """Slots fine enough for the shorter of two windows, kept for the longer."""
    width = min(short_seconds, long_seconds) / SLOTS
    return Slots(make, width, max(short_seconds, long_seconds))
