"""
The worker as the checks speak to it.

    worker.accept(task(api_sink), run=…)     a task that must be taken; `post` for the answer itself
    worker.health(), worker.queue()          queue()["maxConcurrent"] …; load() is (active, queued)
    worker.replay(), worker.process.kill()
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from checks.jobsources.adapter_callbacks import SOURCE
from checks.jobsources.replies import UNANSWERED, Reply
from proofbook import NoVerdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter_access import Access
    from checks.jobsources.sinks import ApiSink
    from proofbook.instruments.http import Client, Observer
    from proofbook.stack import Controlled

HEALTH = "/health"
TASKS = "/tasks"
REPLAY = "/callbacks/replay"

#: Longer than a worker takes to say whether a task has room, also on a busy machine. One that says so only
#: once the task is done is asked how many it holds.
ANSWER_SECONDS = 10.0
#: Longer than a replay takes of all the letters that a claim speaks of.
REPLAY_SECONDS = 30.0


class Worker:
    """One worker process of the target, or its front: whatever answers at an address."""

    def __init__(self, client: Client | Observer, access: Access, process: Controlled) -> None:
        self.access = access
        self.process = process
        self.url = client.base_url
        self._client = client

    def send(  # noqa: PLR0913 - a request has this many parts
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        bearer: str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """One request; where no answer comes, a reply of status UNANSWERED."""
        held = dict(headers or {})
        if bearer is not None:
            held.setdefault("Authorization", f"Bearer {bearer}")
        if content is not None:
            held.setdefault("Content-Type", "application/json")
        place = self.access.path(path)
        return Reply.to(self._client, method, place, content=content, headers=held, timeout=timeout)

    def health(self, **parts: Any) -> Reply:
        """Its health page."""
        return self.send("GET", HEALTH, **parts)

    def queue(self) -> dict[str, Any]:
        """The queue's numbers. Raises `NoVerdict` if health shows none."""
        reply = self.health()
        told = reply.body.get("queue")
        if not isinstance(told, dict):
            raise NoVerdict(f"the worker's health shows no queue: {reply!r}")
        return told

    def load(self) -> tuple[int, int]:
        """How many tasks run, and how many wait."""
        queue = self.queue()
        return queue["active"], queue["queued"]

    def post(self, told: Mapping[str, Any], *, bearer: str | None = None, **parts: Any) -> Reply:
        """Hand it a task (its payload, put into the envelope), with the tasks' token unless another is given."""
        held = self.access.credential("tasks") if bearer is None else bearer
        content = json.dumps({"name": "scrape:source", "payload": told}).encode()
        parts.setdefault("timeout", ANSWER_SECONDS)
        return self.send("POST", TASKS, content, bearer=held, **parts)

    def accept(self, told: Mapping[str, Any]) -> Reply:
        """The same. Raises `NoVerdict` unless it is taken."""
        before = sum(self.load())
        reply = self.post(told)
        is_held = reply.status == UNANSWERED and sum(self.load()) > before
        if not is_held and not is_taken(reply):
            raise NoVerdict(f"the worker does not take a task: {reply!r}")
        return reply

    def replay(self, *, bearer: str | None = None, **parts: Any) -> Reply:
        """Have its dead letters sent again, with the tasks' token unless another is given."""
        held = self.access.credential("tasks") if bearer is None else bearer
        parts.setdefault("timeout", REPLAY_SECONDS)
        return self.send("POST", REPLAY, bearer=held, **parts)


def is_taken(reply: Reply) -> bool:
    """Whether the answer says that a task was taken, and is none that the worker has already."""
    return reply.is_done and reply.body.get("status") != "duplicate"


def task(sink: ApiSink | None, run: str | None = None, **fields: Any) -> dict[str, Any]:
    """
    A task's payload: a run of its own, its own listing, callbacks to the sink (or by `fields`).

    The listing's path holds the run's id, so that the source site can tell runs apart.
    """
    told = str(uuid4()) if run is None else run
    where = {} if sink is None else sink.addresses(told)
    return {
        "source": SOURCE,
        "taskSchemaVersion": "1",
        "sourceRunId": told,
        "taskId": told,
        "runId": f"run-{told}",
        "traceId": str(uuid4()),
        "dedupeKey": f"dedupe-{told}",
        "listingUrl": listing_url(told),
        "limit": 20,
        **where,
        **fields,
    }


def listing_url(token: str) -> str:
    """A listing that only this token names."""
    return f"https://it.pracuj.pl/praca/{token};kw"
