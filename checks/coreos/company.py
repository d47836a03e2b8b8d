"""
Who else is at an address, where the API is not ours: what others do is no failure, and what is theirs stays theirs.

Every request of a check passes by here. Nothing is claimed while somebody else works at the queue, a job
that the check did not put in is left to its lease, and a failure beside strangers is no verdict.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import threading
import time
from typing import TYPE_CHECKING

from checks.coreos.adapter import CLAIM, HEARTBEAT, JOBS, REAPER, RESULT, STUCK, SUMMARY
from proofbook import NoVerdict
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from checks.coreos.adapter import Api, Reply


def mark_of(run: str | None) -> str:
    """How the names of a run's workers end, in all of its processes; of a run without an id, in this one."""
    word = hashlib.sha256(run.encode()).hexdigest()[:6] if run else secrets.token_hex(3)
    return f"-proofbook-{word}"


#: Checks of one run take turns at an address, in however many processes: none is a stranger to the other.
_MARK = mark_of(os.environ.get("PYTEST_XDIST_TESTRUNUID"))
#: And those of any run of this suite.
_OF_A_SUITE = re.compile(r"-proofbook-[0-9a-f]{6}$")
#: How long a worker of an earlier run is shown as active: the contract's default, and some.
_GONE_SECONDS = 65
#: For so long it holds that nobody else was there.
_TRUST_SECONDS = 5.0
_STATES = "PENDING,FAILED_RETRYABLE,PROCESSING,SUSPENDED,COMPLETED,FAILED,DEAD"
_REMEDY = (
    "let nobody else work or put in jobs there while it is asked, or give the target a `command` "
    "for the API, so that the check has one of its own"
)


class Company:
    """Everybody who is at the address that these APIs speak to; safe to ask from any thread."""

    def __init__(self, apis: Sequence[Api]) -> None:
        self._apis = apis
        self._lock = threading.Lock()
        #: Jobs that were handed to the check, which did not put them in.
        self._theirs: list[str] = []
        #: When the check was last seen to be alone, by the monotonic clock.
        self._alone = float("-inf")
        #: The jobs that were there before the check changed anything.
        self._before: frozenset[str] | None = None

    @staticmethod
    def called(worker: str) -> str:
        """The name that a worker of the check goes by there, which nobody else has."""
        return worker if worker.endswith(_MARK) else f"{worker}{_MARK}"

    def before(self, api: Api, method: str, path: str, content: bytes | None) -> None:
        """Raise `NoVerdict` instead of what would touch a stranger's job."""
        if method != "POST":
            return
        if self._before is None:
            self._before = self._listed(api)
        if path == api.access.path(CLAIM):
            self.stay_alone(api)
        elif path in (api.access.path(HEARTBEAT), api.access.path(RESULT)):
            if (job := _job_of(content)) in self._theirs:
                raise _theirs(job)
        elif path == api.access.path(REAPER) and (lapsed := self._lapsed(api)):
            raise _theirs(min(lapsed))

    def after(self, api: Api, method: str, path: str, reply: Reply) -> None:
        """Raise `NoVerdict` where a claim handed out a stranger's job, which nobody touches again."""
        if method != "POST" or path != api.access.path(CLAIM) or reply.status != 200:
            return
        held = reply.body.get("job")
        ticket = held.get("ticket") if isinstance(held, dict) else None
        job = str(ticket.get("jobId")) if isinstance(ticket, dict) else ""
        if job and job not in self._ours():
            self._theirs.append(job)
            raise _theirs(job)

    def stay_alone(self, api: Api) -> None:
        """Raise `NoVerdict` if somebody else works there; wait for workers of an earlier run to be gone."""
        with self._lock:
            if self._theirs:
                raise _theirs(self._theirs[0])
            if time.monotonic() < self._alone + _TRUST_SECONDS:
                return
            others = until(
                lambda: self._others(api),
                lambda seen: not seen or not all(map(_OF_A_SUITE.search, seen)),
                _GONE_SECONDS,
                every_seconds=0.5,
            )
            if others:
                raise NoVerdict(_at_work(others, api), remedy=_REMEDY)
            self._alone = time.monotonic()

    def intrusion(self) -> NoVerdict | None:
        """What others were seen to do beside the check; `None` if nothing was."""
        if not self._apis:
            return None
        api = self._apis[-1]
        if self._theirs:
            return _theirs(self._theirs[0])
        holders = {str(api.job(job).get("workerId") or "") for job in self._ours()}
        strangers = sorted(name for name in holders if name and not name.endswith(_MARK))
        if others := strangers or self._others(api):
            return NoVerdict(_at_work(others, api), remedy=_REMEDY)
        if self._before is not None and (new := self._listed(api) - self._before - self._ours()):
            return NoVerdict(f"somebody else put {min(new)} in at {api.url}", remedy=_REMEDY)
        return None

    def _ours(self) -> set[str]:
        return {job for api in self._apis for job in api.added}

    def _others(self, api: Api) -> list[str]:
        """The workers that were heard of lately and are none of this run's."""
        active = api.send("GET", SUMMARY).body.get("activeWorkers")
        names = active if isinstance(active, list) else []
        return [str(name) for name in names if not str(name).endswith(_MARK)]

    def _lapsed(self, api: Api) -> frozenset[str]:
        """The strangers' jobs that a reaper would find."""
        return _ids(api.send("GET", STUCK)) - self._ours()

    def _listed(self, api: Api) -> frozenset[str]:
        """As many of the jobs there as the list shows."""
        return _ids(api.send("GET", JOBS, role="owner", query={"status": _STATES, "limit": 100}))


def _ids(page: Reply) -> frozenset[str]:
    """The jobs that a page lists; none where it lists nothing."""
    jobs = page.body.get("jobs")
    listed = jobs if isinstance(jobs, list) else []
    return frozenset(str(job.get("jobId")) for job in listed if isinstance(job, dict))


def _job_of(content: bytes | None) -> str:
    """The job that a request speaks of; empty where it speaks of none."""
    try:
        body = json.loads(content or b"")
    except ValueError:
        return ""
    return str(body.get("jobId")) if isinstance(body, dict) else ""


def _at_work(others: Sequence[str], api: Api) -> str:
    return f"others work at {api.url}, too: {', '.join(others)}"


def _theirs(job: str) -> NoVerdict:
    said = (
        f"{job} is none of the check's own jobs: it was left to its lease, and nothing was reported"
    )
    return NoVerdict(said, remedy=_REMEDY)
