"""
The job sources' API as the checks speak to it: by the contract's names, over HTTP only.

    api.send("GET", RUNS, user="a"), api.send("POST", RETRY, user="b", id=run)   one request; a Reply, refusals too
    run = api.begin()                       a run of user `a` that the worker sink took: RUNNING; a `Reply` by `enqueue`
    api.run(run), api.status(run), api.runs("b"), api.retry(run), api.failed_run()
    api.deliver(completed(run, jobs=[job()]))                  a signed callback of §2.5, §2.6; `at`, `secret`, `headers` change it
    api.deliver(failed(run)), api.deliver(beat(run)), api.deliver(offer(run)), api.deliver(batch(run))
    api.finish_all()                        whatever was begun here and goes on is ended: a user may have 20 runs
    api.numbers(), api.series()             /api/ops/metrics as an admin, /metrics as Prometheus
    api.process.lines()                     its log

Where the rest stands:

    conftest.py             fixtures: watched, standing, api (shared); deployment, drill, store_drill (of a check's own)
    adapter_deployment.py   Deployment: starts APIs, workers, the front; sink, site, identity, api_sink; sql, writer, command
    adapter_callbacks.py    Callback: completed, failed, beat, offer, batch; job, payload_hash; KINDS by endpoint
    adapter_worker.py       Worker: health, queue numbers, tasks, replay
    adapter_access.py       logins and credentials of the target
    sinks.py                WorkerSink (where the API sends tasks), ApiSink (where a worker sends callbacks)
    source_site.py          SourceSite: the listing and detail pages that a worker reads; it can hold, refuse, fail
    silent_site.py          SilentSite: a source site that never answers
    crew.py                 Crew: workers that checks share, by what they are told
    line.py                 Line: a worker's queue, filled and drained
    letters.py              Letters: the folder of dead letters, read and written
    lateness.py             Lateness: by how much the suite itself was late
    succession.py           a worker that is killed, and another that replays its letters
    identity.py             Identity: keys, JWKS and metadata server of OIDC; tokens sound and forged
    known_answers.py        vectors/: the contract's test vectors
    replies.py              Reply
"""

from __future__ import annotations

import json as json_text
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

from checks.jobsources.adapter_callbacks import REQUEST_ID, failed
from checks.jobsources.replies import UNANSWERED, Reply
from proofbook import NoVerdict
from proofbook.instruments.samples import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter_access import Access
    from checks.jobsources.adapter_callbacks import Callback
    from proofbook.instruments.http import Client, Observer
    from proofbook.instruments.samples import Samples
    from proofbook.stack import Controlled

HEALTH = "/health"
READINESS = "/health/test"
SCRAPE = "/api/job-sources/scrape"
RUNS = "/api/job-sources/runs"
RUN = "/api/job-sources/runs/{id}"
RETRY = "/api/job-sources/runs/{id}/retry"
NUMBERS = "/api/ops/metrics"
SERIES = "/metrics"
RECONCILE = "/api/ops/reconcile-stale-runs"

TERMINAL = frozenset({"COMPLETED", "FAILED"})
#: Room for a slow machine, before the token of a login runs out.
TOKEN_SECONDS = 600.0


class Api:
    """One API process of the target."""

    def __init__(
        self, client: Client | Observer, access: Access, process: Controlled, *, secret: str
    ) -> None:
        self.access = access
        self.process = process
        self.url = client.base_url
        #: What its callbacks are signed with; "" where they are not.
        self.secret = secret
        #: Runs that were begun here, by user, oldest first.
        self.begun: list[tuple[str, str]] = []
        self._client = client
        self._tokens: dict[str, tuple[float, str]] = {}

    def send(  # noqa: PLR0913 - a request has this many parts
        self,
        method: str,
        name: str,
        *,
        user: str | None = None,
        bearer: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
        timeout: float | None = None,
        unanswered: bool = False,
        **ids: str,
    ) -> Reply:
        """
        Send one request to the path that the contract calls `name`, as `user`, with a bearer, or as nobody.

        Raises `NoVerdict` if no answer comes, unless `unanswered` says that this is one, too: of status UNANSWERED.
        """
        held = dict(headers or {})
        if user is not None:
            bearer = self.token(user)
        if bearer is not None:
            held.setdefault("Authorization", f"Bearer {bearer}")
        if json is not None:
            content = json_text.dumps(json).encode()
        if content is not None:
            held.setdefault("Content-Type", "application/json")
        path = self.access.path(name, **ids) + (f"?{urlencode(query)}" if query else "")
        return self.attempt(method, path, content, held, timeout, unanswered=unanswered)

    def attempt(  # noqa: PLR0913 - as `send`
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        *,
        unanswered: bool = True,
    ) -> Reply:
        """Send bytes to a path of the wire, as they are."""
        reply = Reply.to(
            self._client, method, path, content=content, headers=headers, timeout=timeout
        )
        if reply.status == UNANSWERED and not unanswered:
            raise NoVerdict(reply.text)
        return reply

    def login(self, user: str, **changes: Any) -> Reply:
        """Log in as `a`, `b` or `admin`."""
        return self.send("POST", self.access.login_path, json={**self.access.body(user), **changes})

    def token(self, user: str) -> str:
        """What a user shows; one login serves for a while. Raises `NoVerdict` if it fails."""
        known = self._tokens.get(user)
        if known is None or known[0] < time.monotonic():
            reply = _done(self.login(user), f"does not log in {user}")
            known = (time.monotonic() + TOKEN_SECONDS, str(reply.data.get("accessToken", "")))
            self._tokens[user] = known
        return known[1]

    def enqueue(self, user: str = "a", **fields: Any) -> Reply:
        """Ask for a scrape of a listing that nobody asked for before."""
        listing = f"https://it.pracuj.pl/praca/{uuid4().hex};kw"
        told = {"source": "pracuj-pl-it", "listingUrl": listing, "forceRefresh": True, **fields}
        reply = self.send("POST", SCRAPE, user=user, json=told)
        if run := reply.data.get("sourceRunId"):
            self.begun.append((user, str(run)))
        return reply

    def begin(self, user: str = "a", **fields: Any) -> str:
        """The id of a new run. Raises `NoVerdict` unless it is taken."""
        reply = _done(self.enqueue(user, **fields), "begins no run")
        return str(reply.data["sourceRunId"])

    def failed_run(self, user: str = "a", **fields: Any) -> str:
        """The id of a run that failed. Raises `NoVerdict` unless it did."""
        run = self.begin(user)
        reply = self.deliver(failed(run, **fields))
        if not reply.is_applied:
            raise NoVerdict(f"the API takes no failure: {reply!r}")
        return run

    def run(self, run: str, user: str = "a") -> dict[str, Any]:
        """A run as its user sees it. Raises `NoVerdict` if it is not shown."""
        return _done(self.send("GET", RUN, user=user, id=run), "does not show a run").data

    def status(self, run: str, user: str = "a") -> str:
        """What has become of a run."""
        return str(self.run(run, user).get("status"))

    def runs(self, user: str = "a", **query: Any) -> dict[str, Any]:
        """A user's runs, newest first: `items` and `total`. Raises `NoVerdict` if they are not listed."""
        reply = self.send("GET", RUNS, user=user, query={"limit": 100, **query})
        return _done(reply, "lists no runs").data

    def retry(self, run: str, user: str | None = "a", **parts: Any) -> Reply:
        """Have a run tried again."""
        reply = self.send("POST", RETRY, user=user, id=run, **parts)
        if child := reply.data.get("sourceRunId"):
            self.begun.append((user or "a", str(child)))
        return reply

    def deliver(
        self,
        callback: Callback,
        *,
        at: float | str | None = None,
        secret: str | None = None,
        headers: Mapping[str, str | None] | None = None,
        **parts: Any,
    ) -> Reply:
        """
        Send a callback as a worker does: signed now, with this API's secret, and with the token that it wants.

        `headers` by the contract's names go over those that were made; one that is None is left out.
        """
        key = self.secret if secret is None else secret
        told: dict[str, str | None] = {REQUEST_ID: callback.request_id or None}
        told |= callback.signed(key, at) if key else {}
        told |= headers or {}
        sent = {self.access.header(name): said for name, said in told.items() if said is not None}
        parts.setdefault("bearer", self.access.credentials.get("callback"))
        return self.send(
            "POST", callback.path, json=callback.body, headers=sent, id=callback.run, **parts
        )

    def finish_all(self) -> None:
        """End whatever was begun here and goes on, without asking whether it worked."""
        for _, run in self.begun:
            self.deliver(failed(run), unanswered=True)
        self.begun.clear()

    def numbers(self, **query: Any) -> dict[str, Any]:
        """The numbers as an admin sees them. Raises `NoVerdict` if they are not served."""
        return _done(self.send("GET", NUMBERS, user="admin", query=query), "tells no numbers").data

    def samples(self) -> Samples:
        """The samples that Prometheus scrapes. Raises `NoVerdict` if they are not served."""
        reply = self.send("GET", SERIES, bearer=self.access.credential("ops"))
        return read(_done(reply, "serves no metrics").text)

    def series(self) -> dict[str, float]:
        """Those without labels, by name."""
        return self.samples().plain()


def _done(reply: Reply, what: str) -> Reply:
    if not reply.is_done:
        raise NoVerdict(f"the API {what}: {reply!r}")
    return reply
