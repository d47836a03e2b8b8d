"""
What the worker is asked to do, as it comes in: `{"name": "scrape:source", "payload": {…}}`, or the payload alone.

A body goes in; a task or all that is wrong with the body comes out.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from systems.chassis import canonical, instants

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

NAME = "scrape:source"
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
#: Longest ids that the API keeps.
LONGEST_ID = 128
SHORTEST_KEY = 8
OFFERS = 20
MOST_OFFERS = 100
SHORTEST_MS = 1000
Parse = Callable[[object], object]


class InvalidTask(Exception):
    """A body that is no task; `details` has a line for each flaw: where, and what is wanted."""

    def __init__(self, details: list[str]) -> None:
        super().__init__("; ".join(details))
        self.details = details


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One scrape; an empty text is one that was not given."""

    source: str
    run_id: str
    source_run_id: str = ""
    task_id: str = ""
    trace_id: str = ""
    request_id: str = ""
    dedupe_key: str = ""
    timeout_ms: int | None = None
    deadline_ms: int | None = None
    lease_until: datetime | None = None
    callback_url: str = ""
    heartbeat_url: str = ""
    callback_token: str = field(default="", repr=False)
    listing_url: str = ""
    limit: int = OFFERS
    filters: Mapping[str, Any] = field(default_factory=dict)


def read(body: object) -> Task:
    """The task of a JSON body. Raises InvalidTask."""
    if not isinstance(body, dict):
        raise InvalidTask(["body: an object is wanted"])
    flaws: list[str] = []
    payload, where = body, ""
    if "payload" in body:
        payload, where = body["payload"], "payload."
        if body.get("name") != NAME:
            flaws.append(f"name: {NAME!r} is wanted")
    if not isinstance(payload, dict):
        raise InvalidTask([*flaws, "payload: an object is wanted"])
    given: dict[str, Any] = {}
    for name, (into, parse) in FIELDS.items():
        # What is null was not given.
        if (value := payload.get(name)) is None:
            continue
        try:
            given[into] = parse(value)
        except ValueError as flaw:
            flaws.append(f"{where}{name}: {flaw}")
    if payload.get("source") is None:
        flaws.append(f"{where}source: it is required")
    if flaws:
        raise InvalidTask(flaws)
    given["run_id"] = given.get("run_id") or f"run-{time.time_ns() // 1_000_000}"
    return Task(**{name: given[name] for name in given if name})


def _text(least: int = 0, most: int | None = None) -> Parse:
    def parse(value: object) -> str:
        if not isinstance(value, str) or len(value) < least or (most and len(value) > most):
            raise ValueError(f"a text of {least} to {most or 'any number of'} characters is wanted")
        return value

    return parse


def _integer(least: int, most: int | None = None) -> Parse:
    def parse(value: object) -> int:
        # 1000.0 is an integer to JSON.
        is_whole = canonical.is_number(value) and float(value).is_integer()
        if not is_whole or value < least or (most and value > most):  # type: ignore[operator]  # it is a number
            raise ValueError(f"an integer from {least} to {most or 'any'} is wanted")
        return int(value)  # type: ignore[call-overload,no-any-return]  # it is a number

    return parse


def _exactly(wanted: str) -> Parse:
    def parse(value: object) -> str:
        if value != wanted:
            raise ValueError(f"{wanted!r} is wanted")
        return wanted

    return parse


def _uuid(value: object) -> str:
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise ValueError("a UUID is wanted")
    return value


def _instant(value: object) -> datetime:
    try:
        return instants.moment(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("an ISO 8601 instant with an offset is wanted") from None


def _url(value: object) -> str:
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        is_http = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        is_http = False
    if not is_http:
        raise ValueError("an http or https URL is wanted")
    return str(value)


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("an object is wanted")  # noqa: TRY004 - a bad value is what it is
    return value


#: What a payload may hold → where it goes (nowhere: it is only looked at), and what it must be.
FIELDS: Mapping[str, tuple[str, Parse]] = {
    "source": ("source", _text(1)),
    "taskSchemaVersion": ("", _exactly("1")),
    "runId": ("run_id", _text()),
    "sourceRunId": ("source_run_id", _uuid),
    "taskId": ("task_id", _text(1, LONGEST_ID)),
    "traceId": ("trace_id", _uuid),
    "requestId": ("request_id", _text()),
    "dedupeKey": ("dedupe_key", _text(SHORTEST_KEY)),
    "taskTimeoutMs": ("timeout_ms", _integer(SHORTEST_MS)),
    "dispatchDeadlineMs": ("deadline_ms", _integer(SHORTEST_MS)),
    "leaseExpiresAt": ("lease_until", _instant),
    "callbackUrl": ("callback_url", _url),
    "heartbeatUrl": ("heartbeat_url", _url),
    "ingestUrl": ("", _url),
    "callbackToken": ("callback_token", _text()),
    "userId": ("", _text()),
    "careerProfileId": ("", _text()),
    "listingUrl": ("listing_url", _url),
    "limit": ("limit", _integer(1, MOST_OFFERS)),
    "filters": ("filters", _object),
    "matchingFilters": ("", _object),
}
