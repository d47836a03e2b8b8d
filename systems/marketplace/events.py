"""What happened, told once: a line on standard output, and whoever counts hears of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened: when, what, and what there is to say of it."""

    ts: str
    name: str
    payload: Mapping[str, object]


Listener = Callable[[Event], None]


class Events:
    """Tells events; whoever is in `listeners` gets each one."""

    def __init__(self) -> None:
        self.listeners: list[Listener] = []

    def tell(self, name: str, payload: Mapping[str, object] | None = None, level: str = "") -> None:
        """One event, such as `jobs.list`; a level only where a claim wants one."""
        event = Event(ts=instants.now(), name=name, payload=dict(payload or {}))
        write(event, level)
        for heard in self.listeners:
            heard(event)


def write(event: Event, level: str = "") -> None:
    """The event's line: `{ts, type: "event", name, payload}`, with `level` where it has one."""
    told = {"ts": event.ts, "type": "event", "name": event.name, "payload": event.payload}
    line = json.dumps(told | ({"level": level} if level else {}), default=str)
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
