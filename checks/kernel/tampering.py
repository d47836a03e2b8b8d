"""
Whoever can write to the store rewrites the past: each way of it, and the way back.

    copy = Copy(deployment.writer)
    changed = TAMPERINGS["its payload"](deployment.writer, events)     how many rows; 0: it could not be done
    copy.restore()

Statements touch what the contract says of the tables, and nothing else; `events` are the rows, oldest first.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from checks.kernel.chain import Event

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.instruments.postgres import Client

#: The one way that needs a number of each place.
SWAP = "two places"

Tampering = Callable[["Client", Sequence[Event]], int]


class Copy:
    """The table of events and the head as they were."""

    def __init__(self, writer: Client) -> None:
        self._writer = writer
        writer.rows("create table proofbook_events as table audit_events")
        writer.rows("create table proofbook_settings as table kernel_settings")

    def restore(self) -> None:
        """Put both back."""
        for ours, theirs in (
            ("proofbook_events", "audit_events"),
            ("proofbook_settings", "kernel_settings"),
        ):
            self._writer.rows(f"delete from {theirs}")  # noqa: S608 - two names of ours
            self._writer.rows(f"insert into {theirs} select * from {ours}")  # noqa: S608 - as above


def changed(writer: Client, column: str, value: str, event: Event, *values: object) -> int:
    """Set a column of an event's row to an SQL expression; how many rows there were."""
    query = f"update audit_events set {column} = {value} where id = %s returning id"  # noqa: S608 - both are of this module
    return len(writer.rows(query, *values, event.id))


def deleted(writer: Client, event: Event) -> int:
    """Delete an event's row; how many there were."""
    return len(writer.rows("delete from audit_events where id = %s returning id", event.id))


def signed_as_another(writer: Client, events: Sequence[Event]) -> int:
    """The signature of another row."""
    return changed(writer, "signature", "%s", _middle(events), events[1].signature)


def swapped(writer: Client, events: Sequence[Event]) -> int:
    """Two neighbours change places, by way of one that is free: places are unique."""
    first, second = events[len(events) // 2 :][:2]
    return min(
        changed(writer, "seq", "%s", first, len(events) + 1),
        changed(writer, "seq", "%s", second, first.seq),
        changed(writer, "seq", "%s", first, second.seq),
    )


def beheaded(writer: Client, events: Sequence[Event]) -> int:
    """The last event goes, and the head is set back as if it had never been."""
    gone = deleted(writer, events[-1])
    writer.rows(
        "update kernel_settings set value = value"
        " || jsonb_build_object('count', %s::int, 'headHash', %s::text) where key = 'audit.head'",
        len(events) - 1,
        events[-2].hash,
    )
    return gone


def _middle(events: Sequence[Event]) -> Event:
    return events[len(events) // 2]


TAMPERINGS: Mapping[str, Tampering] = {
    "a payload": lambda writer, events: changed(
        writer, "payload", """payload || '{"forged": true}'""", _middle(events)
    ),
    "a hash": lambda writer, events: changed(
        writer, "hash", "%s", _middle(events), secrets.token_hex(32)
    ),
    "a link": lambda writer, events: changed(
        writer, "prev_hash", "%s", _middle(events), secrets.token_hex(32)
    ),
    "an instant": lambda writer, events: changed(
        writer, "ts", "ts + interval '1 ms'", _middle(events)
    ),
    "a signature": signed_as_another,
    SWAP: swapped,
    "the first event": lambda writer, events: deleted(writer, events[0]),
    "a middle event": lambda writer, events: deleted(writer, _middle(events)),
    "the last event": lambda writer, events: deleted(writer, events[-1]),
}
