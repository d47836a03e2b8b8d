"""
Every known attack on signed webhooks, against each endpoint that takes callbacks.

    outcomes = Siege(api, siblings).outcomes(tolerance_seconds=300)
    outcomes["complete"]        what came of each request; `proofbook.instruments.webhooks` judges it
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, replace
from itertools import chain, cycle, repeat
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter_callbacks import KINDS, REQUEST_ID, SIGNATURE, TIMESTAMP, Callback
from checks.jobsources.refusals import ENDPOINTS
from checks.jobsources.replies import Reply
from proofbook.instruments.http import Client
from proofbook.instruments.signatures import altered_fields
from proofbook.instruments.webhooks import Message, Scheme, attack, attacks, odd_bodies, over

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.siblings import Siblings
    from proofbook.instruments.webhooks import Answer, Attack, Outcome

#: Parts of the signed text that a sender may choose → where the body has them.
CHOSEN = {"run": "sourceRunId", "run_id": "runId", "event_id": "eventId"}
#: Ids that are signed as they stand and that a store may not like.
ODD_IDS = {
    "a zero character": "a\0b",
    "letters of all kinds": "żółw-🐢",
    "128 characters": "x" * 128,
    "a quote": "a'b\"c",
}


#: Closer than this to the line of the tolerance, it counts when a request is judged.
NEAR_SECONDS = 60
SECONDS = re.compile("[0-9]{10}")


class Siege:
    """An API under attack; each tolerance is attacked once."""

    def __init__(self, api: Api, siblings: Siblings) -> None:
        self._api = api
        self._siblings = siblings
        self._seen: dict[int, Mapping[str, tuple[Outcome, ...]]] = {}

    def outcomes(self, tolerance_seconds: int) -> Mapping[str, tuple[Outcome, ...]]:
        """Endpoint → what came of each attack on it."""
        if tolerance_seconds not in self._seen:
            receiver = self._siblings.tolerant(tolerance_seconds)
            with Client(receiver.url) as client:
                self._seen[tolerance_seconds] = {
                    endpoint: Door(self._api, receiver, endpoint).attacked(
                        client, tolerance_seconds
                    )
                    for endpoint in ENDPOINTS
                }
            self._api.finish_all()
        return self._seen[tolerance_seconds]


@dataclass(frozen=True, slots=True)
class Door:
    """One endpoint of the receiver; its runs are begun at the shared API."""

    api: Api
    receiver: Api
    endpoint: str

    def attacked(self, client: Client, tolerance_seconds: int) -> tuple[Outcome, ...]:
        """What came of every attack, in order."""
        post, scheme = over(client), self.scheme(tolerance_seconds)
        sent = self.sent(scheme, time.time())
        return attack(sent, lambda request: self._told(post(request)))

    def sent(self, scheme: Scheme, at: float) -> Iterator[Attack]:
        """Every attack, made `at` an instant; those near the line of the tolerance are dated when their turn comes."""
        supply, made = self.supply(), dict[str, Message]()

        def message() -> Message:
            found = next(supply)
            return made.setdefault(found.parts["request_id"], found)

        for each in attacks(scheme, message, secrets=[self.receiver.secret], at=at):
            yield self._dated(each, scheme, made, at)

    def _dated(
        self, each: Attack, scheme: Scheme, made: Mapping[str, Message], at: float
    ) -> Attack:
        """The attack as far from now as it was from `at`: a hundred others may have been sent since, slowly."""
        held, header = each.request.headers, self.receiver.access.header
        stamp = held.get(header(TIMESTAMP), "")
        if not SECONDS.fullmatch(stamp):
            return each
        if abs(abs(int(stamp) - at) - scheme.tolerance_seconds) > NEAR_SECONDS:
            return each
        now = int(stamp) - int(at) + int(time.time())
        request = scheme.signed(made[held[header(REQUEST_ID)]], now, self.receiver.secret)
        return replace(each, request=request)

    def scheme(self, tolerance_seconds: int) -> Scheme:
        """How callbacks are signed here: six parts, and not the body."""
        header = self.receiver.access.header
        return Scheme(
            signature_header=header(SIGNATURE),
            timestamp_header=header(TIMESTAMP),
            tolerance_seconds=tolerance_seconds,
            signed_headers=(header(REQUEST_ID),),
            text=_text,
            altered=self._altered,
            odd=self._odd,
            other_prefixes=("sha256=", "v1,", "v1="),
        )

    def supply(self) -> Iterator[Message]:
        """Callbacks that nobody has sent: an end for each of many runs, or much about one of them."""
        make = KINDS[self.endpoint]
        runs: Iterator[str]
        if self.endpoint == "complete":
            runs = map(self.api.begin, cycle("ab"))
        else:
            runs = repeat(self.api.begin())
        for number, run in enumerate(runs, start=1):
            yield self._message(make(run, runId=f"run-{number}"))

    def _message(self, callback: Callback) -> Message:
        access = self.receiver.access
        headers = {
            "Content-Type": "application/json",
            access.header(REQUEST_ID): callback.request_id,
        }
        if token := access.credentials.get("callback"):
            headers["Authorization"] = f"Bearer {token}"
        return Message(
            path=access.path(callback.path, id=callback.run),
            headers=headers,
            body=json.dumps(callback.body).encode(),
            parts={
                "run": callback.run,
                "token": callback.token,
                "run_id": callback.run_id,
                "request_id": callback.request_id,
                "event_id": callback.event_id,
            },
        )

    def _changed(self, message: Message, parts: Mapping[str, str]) -> Message:
        """The callback with other parts, wherever they stand; one that is missing is left out."""
        known = dict(message.parts)
        body = json.loads(message.body)
        told: dict[str, Any] = {}
        for name, place in CHOSEN.items():
            if name in parts and place in body:
                told[place] = parts[name]
            elif name not in parts:
                body.pop(place, None)
        path = KINDS[self.endpoint](known["run"]).path
        callback = Callback(path=path, body={**body, **told}, **{**known, **parts})
        return self._message(callback)

    def _altered(self, message: Message) -> Iterator[tuple[str, Message]]:
        """Each part that a sender may choose with another value, left out, or exchanged for another part."""
        chosen = {name: message.parts[name] for name in self._chosen()}
        return (
            (name, self._changed(message, parts))
            for name, parts in altered_fields(chosen)
            # The path says it, too: a heartbeat need not repeat it.
            if "run" in parts
        )

    def _odd(self, message: Message) -> Iterator[tuple[str, Message]]:
        """Strange bodies, and strange ids."""
        ids = (
            (f"{part} {name}", self._changed(message, {**message.parts, part: said}))
            for part in self._chosen()
            if part != "run"
            for name, said in ODD_IDS.items()
        )
        return chain(odd_bodies(message), ids)

    def _chosen(self) -> list[str]:
        """A heartbeat's event is always the same."""
        return [name for name in CHOSEN if name != "event_id" or self.endpoint != "heartbeat"]

    def _told(self, answer: Answer) -> Answer:
        """The answer without what is new in each, and whether a run has ended by it."""
        reply = Reply(answer.status, answer.said, {}, 0)
        told = {name: reply.body.get(name) for name in ("code", "message") if name in reply.body}
        return replace(
            answer,
            said=json.dumps(told) if reply.body else answer.said,
            effects=int(reply.is_applied) if self.endpoint == "complete" else None,
        )


def _text(message: Message, stamp: bytes) -> bytes:
    return b".".join((stamp, *(said.encode() for said in message.parts.values())))
