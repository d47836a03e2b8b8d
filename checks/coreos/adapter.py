"""
The CORE OS API as the checks speak to it: by the contract's names, over HTTP only.

    api.add(jobType="__test.hang", payload={"hangSec": 3})     a job's id
    api.job(job)["status"]                                     what GET says of it
    api.send("POST", "/api/jobs/{id}/suspend", id=job, role="owner", json={})

A reply is a value, refusals too; only an API that does not answer raises.
"""

from __future__ import annotations

import json as json_text
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from proofbook import NoVerdict
from proofbook.instruments import replies
from proofbook.instruments.replies import UNANSWERED
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter_access import Access
    from checks.coreos.company import Company
    from proofbook.instruments.http import Client, Observer
    from proofbook.stack import Controlled

HEALTH = "/api/worker/health"
SUMMARY = "/api/ops/metrics/summary"
TIMESERIES = "/api/ops/metrics/timeseries"
STUCK = "/api/ops/jobs/stuck"
ENQUEUE = "/api/jobs/enqueue"
CLAIM = "/api/jobs/claim"
HEARTBEAT = "/api/jobs/heartbeat"
RESULT = "/api/jobs/result"
JOB = "/api/jobs/{id}"
JOBS = "/api/ops/jobs/list"
REAPER = "/api/jobs/reaper"
PUBLIC_KEY = "/api/trust/attestation/public-key"
OK = 200
#: The status of an answer that names a new job: of an enqueue, of a requeue.
CREATED = 201
#: Statuses from which a job never moves again.
TERMINAL = frozenset({"COMPLETED", "FAILED", "DEAD"})


class Reply(replies.Reply):
    """One answer of the API."""

    __slots__ = ()

    @property
    def code(self) -> str:
        """The error's `code`, or ""."""
        return str(self.body.get("code", ""))

    @property
    def error(self) -> str:
        """The error's sentence, or ""."""
        return str(self.body.get("error", ""))


class Api:
    """One API process: what a stranger, the owner, another user and a worker can ask of it."""

    def __init__(
        self,
        client: Client | Observer,
        url: str,
        access: Access,
        process: Controlled,
        *,
        company: Company | None = None,
    ) -> None:
        self.url = url
        self.process = process
        self.access = access
        #: Who else is there; `None` where nobody can be.
        self.company = company
        #: The jobs that were put in here.
        self.added: list[str] = []
        self._client = client
        self._cookies: dict[str, str] = {}
        self._logging_in = threading.Lock()

    def send(  # noqa: PLR0913 - a request has this many parts
        self,
        method: str,
        name: str,
        *,
        role: str | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
        timeout: float | None = None,
        unanswered: bool = False,
        **ids: str,
    ) -> Reply:
        """
        Send one request to the path that the contract calls `name`, as `role` or a stranger.

        Raises `NoVerdict` if no answer comes, unless `unanswered` says that this is one, too.
        """
        path = self.access.path(name, **ids) + (f"?{urlencode(query)}" if query else "")
        held = dict(headers or {})
        if role is not None and (cookie := self.cookie(role)):
            held["Cookie"] = cookie
        if json is not None:
            content = json_text.dumps(json).encode()
        if content is not None:
            held.setdefault("Content-Type", "application/json")
        ask = self.attempt if unanswered else self.raw
        return ask(method, path, content=content, headers=held, timeout=timeout)

    def raw(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """Send bytes to a path of the wire, as they are. Raises `NoVerdict` if no answer comes."""
        reply = self.attempt(method, path, content=content, headers=headers, timeout=timeout)
        if reply.status == UNANSWERED:
            raise NoVerdict(reply.text)
        return reply

    def attempt(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Reply:
        """The same, except that no answer is one too: with the status UNANSWERED, and why."""
        if self.company is not None:
            self.company.before(self, method, path, content)
        reply = Reply.to(
            self._client, method, path, content=content, headers=headers, timeout=timeout
        )
        if reply.status == UNANSWERED:
            return reply
        if reply.status == CREATED:
            self.added.append(str(reply.body.get("jobId")))
        if self.company is not None:
            self.company.after(self, method, path, reply)
        return reply

    def cookie(self, role: str) -> str:
        """The `Cookie` header of `role`, after a login where one is needed; "" if there is none."""
        if role in self.access.cookies:
            return self.access.cookies[role]
        with self._logging_in:
            if role not in self._cookies and (body := self.access.bodies.get(role)) is not None:
                answer = self._client.request("POST", self.access.login_path or "/", json=body)
                given = answer.headers.get_list("set-cookie") if answer.status_code == 200 else []
                self._cookies[role] = "; ".join(line.partition(";")[0] for line in given)
        return self._cookies.get(role, "")

    def enqueue(
        self,
        role: str | None = "owner",
        payload: Any = None,
        *,
        unanswered: bool = False,
        **fields: Any,
    ) -> Reply:
        """Ask for a job: a `scheduler.tick` unless `fields` say otherwise."""
        asked = {
            "jobType": "scheduler.tick",
            "payload": {"reason": "check"} if payload is None else payload,
            "policyDecisionId": "pd-check",
            **fields,
        }
        return self.send("POST", ENQUEUE, role=role, json=asked, unanswered=unanswered)

    def add(self, **fields: Any) -> str:
        """Enqueue a job; its id. Raises NoVerdict if the API does not take it."""
        reply = self.enqueue(**fields)
        if reply.status != 201:
            raise NoVerdict(f"the API took no job: {reply!r}")
        return str(reply.body["jobId"])

    def find(self, job: str) -> Reply:
        """What GET says of a job."""
        return self.send("GET", JOB, id=job)

    def job(self, job: str) -> dict[str, Any]:
        """A job as GET shows it; `{"status": "404 …"}` where it is not known."""
        reply = self.find(job)
        return reply.body if reply.status == 200 else {"status": repr(reply)}

    def status(self, job: str) -> str:
        """A job's status."""
        return str(self.job(job).get("status"))

    def wait_for(self, job: str, status: str, within_seconds: float) -> dict[str, Any]:
        """The job as it is once it has that status, or when time is up."""
        return until(lambda: self.job(job), lambda seen: seen["status"] == status, within_seconds)

    def health(self, method: str = "GET", timeout: float | None = None) -> Reply:
        """The health page."""
        return self.send(method, HEALTH, timeout=timeout)

    def summary(self) -> dict[str, Any]:
        """The summary's body; an AssertionError where there is none, for the runbook promises it."""
        return self._shown(self.send("GET", SUMMARY))

    def counted(self, prefix: str) -> int:
        """The sum of the summary's counters whose name starts so."""
        counters = self.summary().get("counters", {})
        return sum(int(n) for name, n in counters.items() if name.startswith(prefix))

    def stuck(self) -> list[dict[str, Any]]:
        """The jobs that the stuck page lists; an AssertionError where there is no page."""
        return list(self._shown(self.send("GET", STUCK)).get("jobs", []))

    def change(self, job: str, what: str, *, role: str | None = "owner", **body: Any) -> Reply:
        """POST `suspend`, `resume`, `priority` or `requeue` for a job."""
        return self.send("POST", f"/api/jobs/{{id}}/{what}", role=role, json=body, id=job)

    def audit(self, **query: str | int) -> list[dict[str, Any]]:
        """The audit rows that the owner sees, newest first; an AssertionError where there are none."""
        shown = self._shown(self.send("GET", "/api/ops/audit", role="owner", query=query))
        return list(shown.get("data", {}).get("items", []))

    def _shown(self, page: Reply) -> dict[str, Any]:
        """What a page that the runbook promises shows."""
        assert page.status == 200, f"the page is not served: {page!r}"
        return page.body
