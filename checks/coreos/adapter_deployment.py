"""
A deployment of the target's own programs, started as the target says and ended with the check.

    api = deployment.api()
    tap = deployment.tap(api)
    worker = deployment.worker(tap.url, "w1", env=deployment.settings(POLL_INTERVAL_SECONDS=0.2).env)

What does not start raises `NoVerdict`; where that is the question, `start_api` and `start_worker`
give the outcome as a value.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.coreos.adapter import Api
from checks.coreos.adapter_access import access_of
from checks.coreos.company import Company
from checks.coreos.layout import Layout
from checks.coreos.settings import API, settings
from proofbook import NoVerdict
from proofbook.instruments.http import Client, Observer
from proofbook.instruments.tap import FakeServer, Tap
from proofbook.instruments.tcp_proxy import TcpProxy
from proofbook.stack import started

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from checks.coreos.settings import Settings
    from proofbook.stack import Controlled, Exited, Ready, TimedOut, Twin

    Outcome = Ready | Exited | TimedOut

#: Name of a worker's log line → what it looks like where the target says nothing else.
LOGS: Mapping[str, str] = {
    "claimed": r"\[Worker\] Claimed job=",
    "heartbeat": r"job=\S+ heartbeat sent",
    "claim_error": r"Claim error: ",
    "failed": r"status=EXEC_FAIL\b.*\berr=",
}


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker of the target, running."""

    id: str
    process: Controlled
    #: Name of a log line → its pattern.
    logs: Mapping[str, str]

    def lines(self, log: str, holding: str = "") -> list[str]:
        """Its log lines of that name which hold a text."""
        pattern = re.compile(self.logs[log])
        return [line for line in self.process.lines() if pattern.search(line) and holding in line]


class Deployment:
    """The target's CORE OS: nothing runs until it is started; `close` ends what runs."""

    def __init__(
        self, twin: Twin, secrets: Callable[[], Collection[str]], *, looks_only: bool = False
    ) -> None:
        self.twin = twin
        #: Every private value that the target has resolved so far.
        self.secrets = secrets
        self.system = twin.system
        self.access = access_of(twin)
        self._client = Observer if looks_only else Client
        #: Everything that was reached here.
        self.apis: list[Api] = []
        #: Who else is at its address; `None` where it is nobody else's.
        self.company = None if self.is_ours else Company(self.apis)
        self._instances = count(1)
        self._open = ExitStack()

    def close(self) -> None:
        """Close what was opened here; the twin ends its own processes."""
        self._open.close()

    @property
    def is_ours(self) -> bool:
        """Whether its API is a program that we start, and not an address that others know, too."""
        return self.system.is_ours("api")

    def intrusion(self) -> NoVerdict | None:
        """What others did at its address while a check was there; `None` if nothing is known of it."""
        try:
            return self.company.intrusion() if self.company else None
        except NoVerdict:
            return None  # it does not answer: what went wrong before says more

    def settings(self, **wanted: float) -> Settings:
        """The contract's settings as they will hold here."""
        fixed = self.system.absent if self.is_ours else {*self.system.absent, *API}
        return settings(fixed, **wanted)

    def start_api(
        self,
        env: Mapping[str, str] | None = None,
        *,
        without: Collection[str] = (),
        **starting: Any,
    ) -> Outcome:
        """Start an API process of its own with a changed environment; what became of it."""
        changes = self._told("api", {"PORT": "{port}", "NODE_ENV": "test"}, env, without)
        return self.twin.start(
            "api", instance=str(next(self._instances)), env=changes, without=without, **starting
        )

    def api(self, env: Mapping[str, str] | None = None, **starting: Any) -> Api:
        """An API process that has answered. Raises `NoVerdict` if it does not start."""
        return self.reach(self.api_process(env, **starting))

    def api_process(self, env: Mapping[str, str] | None = None, **starting: Any) -> Controlled:
        """The process of an API that has answered. Raises `NoVerdict` if it does not start."""
        return started(self.start_api(env, **starting), "the API")

    def reach(self, process: Controlled, *, by_way_of: str | None = None) -> Api:
        """The API that a started process serves, at its own address or at that of a proxy before it."""
        url = by_way_of or process.url
        client = self._open.enter_context(self._client(url))
        api = Api(client, url, self.access, process, company=self.company)
        self.apis.append(api)
        return api

    def start_worker(
        self,
        url: str,
        worker_id: str,
        env: Mapping[str, str] | None = None,
        *,
        without: Collection[str] = (),
    ) -> Outcome:
        """Start a worker process that speaks to `url`; what became of it."""
        ours = {"COREOS_API_URL": url, "WORKER_ID": worker_id, "NODE_ENV": "test"}
        told = self._told("worker", ours, env, without)
        instance = f"{worker_id}-{next(self._instances)}"
        return self.twin.start("worker", instance=instance, env=told, without=without)

    def worker(
        self, url: str, worker_id: str, env: Mapping[str, str] | None = None
    ) -> WorkerProcess:
        """A running worker process. Raises `NoVerdict` if it does not start, or is not alone."""
        if self.company is not None and "worker" in self.system.processes:
            worker_id = self.company.called(worker_id)
            for api in self.apis[-1:]:
                self.company.stay_alone(api)
        process = started(self.start_worker(url, worker_id, env), "the worker")
        return WorkerProcess(worker_id, process, {**LOGS, **self.system.logs})

    def _told(
        self,
        process: str,
        ours: Mapping[str, str],
        env: Mapping[str, str] | None,
        without: Collection[str],
    ) -> dict[str, str]:
        """What a process is told: what the suite always sets, where it may, and a check's changes."""
        model = self.system.processes.get(process)
        if model is None or model.command is None:
            return dict(env or {})
        lacking = {*self.system.absent, *without}
        return {name: said for name, said in ours.items() if name not in lacking} | dict(env or {})

    def layout(self, *, override: bool = False) -> Layout:
        """What its compose files say, with the override laid over them if that is asked for."""
        return Layout(self.twin, override=override)

    def tap(self, api: Api) -> Tap:
        """A recording proxy in front of an API."""
        return self._open.enter_context(Tap(api.url))

    def line(self, url: str) -> TcpProxy:
        """A TCP proxy before whatever listens at a URL."""
        parts = urlsplit(url)
        return self._open.enter_context(TcpProxy(parts.hostname or "", parts.port or 0))

    def fake_api(self, handler: Callable[..., Any]) -> FakeServer:
        """A server of the suite's own, for workers to speak to."""
        return self._open.enter_context(FakeServer(handler))
