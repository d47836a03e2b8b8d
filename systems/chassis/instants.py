"""Instants as text: ISO 8601 in UTC, three decimals, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime

_MILLISECOND = 1000


def now() -> str:
    """The instant at which this is asked, to the millisecond."""
    return text(datetime.now(UTC))


def text(moment: datetime) -> str:
    """An instant with an offset, cut to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def exact(moment: datetime) -> str:
    """An instant with all that it holds: a microsecond beside the millisecond shows."""
    if moment.microsecond % _MILLISECOND == 0:
        return text(moment)
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def moment(told: str) -> datetime:
    """The instant that a text tells. Raises ValueError for anything without date, time and offset."""
    found = datetime.fromisoformat(told)
    if found.tzinfo is None:
        raise ValueError("an instant with an offset is wanted")
    return found
