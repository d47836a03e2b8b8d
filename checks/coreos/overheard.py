"""What worker processes did, as a tap before them heard it: exchanges become events of a history."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from checks.coreos.adapter import CLAIM, HEARTBEAT, RESULT
from checks.coreos.adapter_queue import PHASES
from proofbook.history import Event, Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from checks.coreos.adapter_access import Access
    from proofbook.instruments.exchanges import Exchange

#: Statuses from which a caller cannot tell whether something happened.
UNSURE = 500


def overheard(exchanges: Iterable[Exchange], access: Access) -> Iterator[Event]:
    """An event for each claim, heartbeat and result; its instants are the tap's, inside the caller's own."""
    read = {
        access.path(CLAIM): _claim,
        access.path(HEARTBEAT): _heartbeat,
        access.path(RESULT): _result,
    }
    for exchange in exchanges:
        if exchange.method == "POST" and exchange.path in read:
            yield _ended(exchange, read[exchange.path](exchange, _body(exchange.request_body)))


def sent_seconds(exchange: Exchange, access: Access) -> float:
    """
    When a worker sent a request, in seconds since 1970, by its own clock: what it signed.

    Where it signs nothing, when the tap heard it, which a busy machine lets wait.
    """
    name = access.names.header("X-Worker-Timestamp").lower()
    said = next((text for key, text in exchange.request_headers if key.lower() == name), "")
    if access.worker_headers is None and said.isdecimal():
        return int(said) / 1000
    return time.time() - time.monotonic() + exchange.invoked_ns / 1e9


def _claim(exchange: Exchange, asked: dict[str, Any]) -> Event:
    job = _body(exchange.reply_body).get("job") or {}
    ticket = job.get("ticket") or {}
    return _event(Kind.CLAIM, asked, ticket.get("jobId"), job.get("attempts"))


def _heartbeat(_: Exchange, asked: dict[str, Any]) -> Event:
    return _event(Kind.HEARTBEAT, asked, asked.get("jobId"), asked.get("attempt"))


def _result(exchange: Exchange, asked: dict[str, Any]) -> Event:
    kind = Kind.COMPLETE if asked.get("status") == "SUCCEEDED" else Kind.FAIL
    attempt = (asked.get("metrics") or {}).get("attempts")
    event = _event(kind, asked, asked.get("jobId"), attempt)
    phase = PHASES.get(str(_body(exchange.reply_body).get("status")))
    return event._replace(detail="" if phase is None else phase.value)


def _event(kind: Kind, asked: dict[str, Any], job: str | None, token: int | None) -> Event:
    return Event(kind, job, str(asked.get("workerId")), token, 0, None, Outcome.UNKNOWN)


def _ended(exchange: Exchange, event: Event) -> Event:
    """The event with its instants and its end; what was refused or lost names no answer's words."""
    event = event._replace(invoked_ns=exchange.invoked_ns, returned_ns=exchange.returned_ns)
    status = exchange.status
    if status is not None and status < 300:
        return event._replace(outcome=Outcome.OK)
    if status is None or status >= UNSURE:
        return event._replace(detail=f"{status or 'no answer'}")
    code = _body(exchange.reply_body).get("code", "")
    return event._replace(outcome=Outcome.REJECTED, detail=f"{status} {code}".strip())


def _body(content: bytes) -> dict[str, Any]:
    try:
        held = json.loads(content)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}
