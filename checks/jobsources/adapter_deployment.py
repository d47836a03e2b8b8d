"""
A deployment of the target's own programs, started as the target says and ended with the check.

    api = deployment.api()                             its tasks go to `deployment.sink`; throttles raised (§1.0)
    api = deployment.api({"SCRAPE_STALE_SWEEP_SEC": "5"}, without=["WORKER_CALLBACK_SIGNING_SECRET"])
    worker = deployment.worker()                       it reads `deployment.site`, not the real one
    api = deployment.api(worker=worker)                a whole way: API, worker, source site
    sink = deployment.api_sink(); worker.accept(task(sink))
    deployment.api({**deployment.identity.env(), "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE})
    proxy = deployment.store_proxy(); deployment.api(through={"store": …})   see `by_way_of`
    deployment.sql.rows("select …")                    `writer` changes rows
    deployment.command("callbacks-replay", env={…})    Finished(code, output)

What does not start raises `NoVerdict`; where that is the question, `start_api`, `start_worker` and `start_web` give
the outcome as a value. `raised=False` leaves throttles and limits at the contract's defaults.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from checks.jobsources.adapter import Api
from checks.jobsources.adapter_access import access_of
from checks.jobsources.adapter_callbacks import COMPLETE
from checks.jobsources.adapter_worker import Worker
from checks.jobsources.identity import Identity
from checks.jobsources.sinks import ApiSink, WorkerSink
from checks.jobsources.source_site import SourceSite
from proofbook.instruments import postgres
from proofbook.instruments.http import Client, Observer
from proofbook.instruments.tcp_proxy import TcpProxy
from proofbook.stack import started

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from proofbook.stack import Controlled, Exited, Finished, Ready, TimedOut, Twin

    Outcome = Ready | Exited | TimedOut

#: The throttles of §2.11, raised, and the limits of a user of §1.0; and how long a worker may take to answer, which
#: the suite plays: less than whoever asks the API waits.
RAISED: Mapping[str, str] = {
    **{
        f"API_{name}_THROTTLE_{what}": value
        for name in ("READ", "WRITE", "WORKFLOW", "AUTH", "SENSITIVE")
        for what, value in (("TTL_MS", "1000"), ("LIMIT", "1000"))
    },
    "API_AUTH_THROTTLE_LIMIT": "200",
    "API_SENSITIVE_THROTTLE_LIMIT": "100",
    "SCRAPE_ENQUEUE_IDEMPOTENCY_TTL_SEC": "0",
    "SCRAPE_MAX_ACTIVE_RUNS_PER_USER": "20",
    "SCRAPE_DAILY_ENQUEUE_LIMIT_PER_USER": "500",
    "WORKER_REQUEST_TIMEOUT_MS": "9000",
}
#: What decides who may call back: a check's own API has none of it unless the check says so.
BEARERS = (
    "WORKER_CALLBACK_OIDC_AUDIENCE",
    "WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL",
    "WORKER_CALLBACK_TOKEN",
)
SECRET = "WORKER_CALLBACK_SIGNING_SECRET"
#: What both sides are told where the target tells neither.
OWN_SECRET = "a-secret-of-the-suite's-own"
HTTP_PORT = 80
LISTENING: Mapping[str, str] = {"HOST": "127.0.0.1", "PORT": "{port}"}


class Deployment:
    """The target's job sources: nothing runs until it is started; `close` ends what runs."""

    def __init__(
        self, twin: Twin, secrets: Callable[[], Collection[str]], *, looks_only: bool = False
    ) -> None:
        self.twin = twin
        #: Every private value that the target has resolved so far.
        self.secrets = secrets
        self.system = twin.system
        self.access = access_of(twin)
        self._client = Observer if looks_only else Client
        self._instances = count(1)
        self._open = ExitStack()

    def close(self) -> None:
        """Close what was opened here; the twin ends its own processes."""
        self._open.close()

    def is_ours(self, process: str) -> bool:
        """Whether a process is a program that we start, and not an address that others know, too."""
        return self.system.is_ours(process)

    @cached_property
    def sink(self) -> WorkerSink:
        """Where its APIs send their tasks, unless they are told of a worker."""
        return self._open.enter_context(WorkerSink())

    @cached_property
    def site(self) -> SourceSite:
        """What its workers scrape."""
        return self._open.enter_context(SourceSite())

    @cached_property
    def identity(self) -> Identity:
        """Whoever vouches for services."""
        return self._open.enter_context(Identity())

    def api_sink(self) -> ApiSink:
        """A new place for a worker's callbacks."""
        return self._open.enter_context(ApiSink())

    def store_proxy(self) -> TcpProxy:
        """A new proxy before the store; `by_way_of` tells a process to go through it."""
        store = self.twin.address(self.twin.store_role)
        return self._open.enter_context(TcpProxy(store.host, store.port))

    def api_proxy(self, api: Api) -> TcpProxy:
        """A new proxy before an API, for whoever is told its address."""
        parts = urlsplit(api.url)
        return self._open.enter_context(TcpProxy(str(parts.hostname), parts.port or HTTP_PORT))

    def by_way_of(self, proxy: TcpProxy) -> dict[str, Any]:
        """What `api` and `worker` take so that the process reaches its store through a proxy."""
        return {"through": {self.twin.store_role: f"{proxy.host}:{proxy.port}"}}

    def start_api(
        self,
        env: Mapping[str, str] | None = None,
        *,
        without: Collection[str] = (),
        worker: Worker | None = None,
        raised: bool = True,
        **starting: Any,
    ) -> Outcome:
        """
        Start an API; what became of it.

        `starting`: `release`, `environment`, `port`, `through` of `Twin.start`.
        """
        task_url = f"{worker.url}{self.access.path('/tasks')}" if worker else None
        ours = {
            **LISTENING,
            SECRET: self.secret(),
            "WORKER_CALLBACK_URL": "http://127.0.0.1:{port}" + self.access.path(COMPLETE),
            **(RAISED if raised else {}),
        }
        if self.is_ours("api"):
            ours["WORKER_TASK_URL"] = task_url or self.sink.task_url
        return self._start("api", ours, env, without, **starting)

    def api(self, env: Mapping[str, str] | None = None, **starting: Any) -> Api:
        """An API that has answered. Raises `NoVerdict` if it does not start."""
        process = started(self.start_api(env, **starting), "the API")
        is_signed = SECRET not in starting.get("without", ())
        return self.reach(process, self.secret(env) if is_signed else "")

    def reach(self, process: Controlled, secret: str | None = None) -> Api:
        """The API that a started process serves; `secret`: what its callbacks are signed with."""
        client = self._open.enter_context(self._client(process.url))
        told = self.secret() if secret is None else secret
        return Api(client, self.access, process, secret=told)

    def secret(self, env: Mapping[str, str] | None = None) -> str:
        """What callbacks are signed with by whoever is told this; "": they are not."""
        told = env or {}
        if SECRET in told:
            return told[SECRET]
        usual = OWN_SECRET if self.is_ours("api") and SECRET not in self.system.absent else ""
        return self.access.credentials.get("signing", usual)

    def start_worker(
        self,
        env: Mapping[str, str] | None = None,
        *,
        without: Collection[str] = (),
        **starting: Any,
    ) -> Outcome:
        """Start a worker; what became of it."""
        ours = {
            **LISTENING,
            SECRET: self.secret(),
            "PRACUJ_SOURCE_ORIGIN": self.site.url,
            "PRACUJ_LISTING_DELAY_MS": "0",
            "PRACUJ_DETAIL_DELAY_MS": "0",
        }
        return self._start("worker", ours, env, without, **starting)

    def worker(self, env: Mapping[str, str] | None = None, **starting: Any) -> Worker:
        """A worker that has answered. Raises `NoVerdict` if it does not start."""
        return self.reach_worker(started(self.start_worker(env, **starting), "the worker"))

    def reach_worker(self, process: Controlled) -> Worker:
        """The worker, or the front, that a started process serves."""
        client = self._open.enter_context(self._client(process.url))
        return Worker(client, self.access, process)

    def start_web(self, env: Mapping[str, str] | None = None, **starting: Any) -> Outcome:
        """Start the front; what became of it."""
        return self._start("web", LISTENING, env, (), **starting)

    def web(self, env: Mapping[str, str] | None = None, **starting: Any) -> Worker:
        """A front that has answered. Raises `NoVerdict` if it does not start."""
        return self.reach_worker(started(self.start_web(env, **starting), "the front"))

    def command(self, name: str, *args: str, **running: Any) -> Finished | TimedOut:
        """Run an operator's command of the target to its end; `env`, `without`, `within` of `Twin.command`."""
        return self.twin.command(name, *args, **running)

    @cached_property
    def sql(self) -> postgres.Observer:
        """What reads the tables. Raises `NotAsked` where the target gives no DSN."""
        return postgres.Observer(self.twin.dsn())

    @cached_property
    def writer(self) -> postgres.Client:
        """What changes them."""
        return postgres.Client(self.twin.dsn())

    def _start(
        self,
        process: str,
        ours: Mapping[str, str],
        env: Mapping[str, str] | None,
        without: Collection[str],
        **starting: Any,
    ) -> Outcome:
        """Start a process with what the suite always sets, where it may, and a check's changes."""
        told, left_out = dict(env or {}), set(without)
        if self.is_ours(process):
            lacking = {*self.system.absent, *without}
            told = {name: said for name, said in ours.items() if name not in lacking} | told
            left_out |= {name for name in BEARERS if name not in {*self.system.absent, *told}}
        return self.twin.start(
            process, instance=str(next(self._instances)), env=told, without=left_out, **starting
        )
