"""
A deployment of the target's own programs, started as the target says and ended with the check.

    kernel = deployment.kernel()                                  # its KMS is started before it
    open_to_all = deployment.kernel({"NODE_ENV": "development"})  # a second API on the same store
    tap = deployment.kms_tap()                                    # X
    kernel = deployment.kernel(deployment.by_way_of(tap))
    policy = deployment.policy()                                  # P
    kernel = deployment.kernel({"SENTINEL_URL": policy.url})
    deployment.sql.rows("select …")                               # S; `writer` changes rows

What does not start raises `NoVerdict`; where that is the question, `start_kernel` and `twin.command` give the
outcome as a value. APIs of one deployment share store and KMS, so their events stand in one chain.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING, Any

from checks.kernel.adapter import Kernel
from checks.kernel.adapter_access import access_of
from checks.kernel.adapter_kms import Kms, published_by
from checks.kernel.policy import Policy
from proofbook.instruments import postgres
from proofbook.instruments.http import Client, Observer
from proofbook.instruments.tap import Tap
from proofbook.stack import started

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from checks.kernel.chain import Keys
    from proofbook.stack import Controlled, Exited, Ready, TimedOut, Twin

    Outcome = Ready | Exited | TimedOut

#: What the suite always tells a process that it starts, where the target does not say that it lacks it.
TOLD = {"HOST": "127.0.0.1", "PORT": "{port}"}


class Deployment:
    """The target's Kernel: nothing runs until it is started; `close` ends what runs."""

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

    @property
    def is_ours(self) -> bool:
        """Whether its API is a program that we start, and not an address that others know, too."""
        return self.system.is_ours("api")

    @cached_property
    def kms(self) -> Kms:
        """The KMS, started when it is first asked for."""
        return self.start_kms()

    def start_kms(self, env: Mapping[str, str] | None = None) -> Kms:
        """A KMS with a changed environment; say so before `kms` or a Kernel is asked for."""
        told = self._told("kms", TOLD, env)
        instance = str(next(self._instances))
        process = started(self.twin.start("kms", instance=instance, env=told), "the KMS")
        client = self._open.enter_context(Client(process.url))
        self.kms = Kms(client, self.access, process)
        return self.kms

    def start_kernel(
        self,
        env: Mapping[str, str] | None = None,
        *,
        without: Collection[str] = (),
        **starting: Any,
    ) -> Outcome:
        """
        Start an API in production, or as `env` says; what became of it.

        `starting`: `release`, `environment`, `port`, `through` of `Twin.start`.
        """
        if "kms" in self.system.processes:
            _ = self.kms
        changes = self._told("api", {**TOLD, "NODE_ENV": "production"}, env, without)
        instance = str(next(self._instances))
        return self.twin.start("api", instance=instance, env=changes, without=without, **starting)

    def kernel(self, env: Mapping[str, str] | None = None, **starting: Any) -> Kernel:
        """An API that has answered. Raises `NoVerdict` if it does not start."""
        process = started(self.start_kernel(env, **starting), "the Kernel")
        return self.reach(process, is_open=(env or {}).get("NODE_ENV") == "development")

    def reach(self, process: Controlled, *, is_open: bool = False) -> Kernel:
        """The API that a started process serves."""
        client = self._open.enter_context(self._client(process.url))
        return Kernel(client, self.access, process, is_open=is_open)

    def keys(self, kernel: Kernel) -> Keys:
        """
        The public keys by which `chain` and `manifests` judge: the KMS's own.

        Where the target names no KMS, the one that the Kernel itself publishes, for what it signed.
        """
        return self.kms.keys if "kms" in self.system.processes else published_by(kernel)

    def kms_tap(self) -> Tap:
        """A recording proxy before the KMS, which it starts."""
        return self._open.enter_context(Tap(self.kms.url))

    def by_way_of(self, tap: Tap) -> dict[str, str]:
        """What a Kernel is told so that it asks its KMS through a tap."""
        return {"KMS_ENDPOINT": f"{tap.url}/sign"}

    def policy(self) -> Policy:
        """A policy server of the check's own."""
        return self._open.enter_context(Policy())

    @cached_property
    def sql(self) -> postgres.Observer:
        """What reads the tables. Raises `NotAsked` where the target gives no DSN."""
        return postgres.Observer(self.twin.dsn())

    @cached_property
    def writer(self) -> postgres.Client:
        """What changes them."""
        return postgres.Client(self.twin.dsn())

    def _told(
        self,
        process: str,
        ours: Mapping[str, str],
        env: Mapping[str, str] | None,
        without: Collection[str] = (),
    ) -> dict[str, str]:
        """What a process is told: what the suite always sets, where it may, and a check's changes."""
        model = self.system.processes.get(process)
        if model is None or model.command is None:
            return dict(env or {})
        lacking = {*self.system.absent, *without}
        return {name: said for name, said in ours.items() if name not in lacking} | dict(env or {})
