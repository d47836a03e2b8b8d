"""
What a profile of `loadtests/` is made of. Only Locust's own processes import this module.

    class Reads(OpenLoop):
        def prepare(self):
            return (Ask("GET /health", "/health"), Ask("GET /runs", "/runs", weight=4))

A person starts it as every Locust file, with the web page or without:

    locust -f loadtests/shop.py Reads --rate 50
    locust -f loadtests/shop.py Reads --headless -u 1 --rate 50 --seconds 30 --host http://127.0.0.1:3000

and distributed as every Locust file, too, with as many users as workers: each has its part of the rate.
One user of a process starts the requests of all; what `-u` says beyond that changes nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gevent  # type: ignore[import-untyped]
from locust import FastHttpUser, constant, events, task
from locust.exception import StopUser
from locust.runners import MasterRunner

from proofbook.instruments.load.drive import Drive
from proofbook.instruments.load.plan import ARRIVALS, CONNECTIONS, PATIENCE, WARM_UP, Plan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: The request every second that a person gets who says nothing.
RATE = 10.0
#: The message by which a master says how many workers there are.
_WORKERS = "proofbook_workers"


@dataclass(frozen=True, slots=True, kw_only=False)
class Ask:
    """One request; those of one name are counted together."""

    name: str
    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    #: How often it is asked, beside the others.
    weight: int = 1


class OpenLoop(FastHttpUser):
    """A user that starts requests when they are due, whatever became of those before."""

    abstract = True
    wait_time = constant(0)

    def prepare(self) -> Sequence[Ask]:
        """What is asked, each as often as it weighs; run once, before the first request is due."""
        return ()

    def ask(self, number: int) -> Ask:
        """The request of that number, where requests differ from each other."""
        return self._mix[number % len(self._mix)]

    @task
    def drive(self) -> None:
        """Lead, if no other user of this process does."""
        if getattr(self.environment, "proofbook_leads", None) is not None:
            gevent.sleep(3600)
            return
        self.environment.proofbook_leads = self
        plan = plan_of(self.environment.parsed_options)
        self._mix = mixed(self.prepare(), plan.seed)
        Drive(self, plan, folder_of(self.environment.parsed_options)).run()
        raise StopUser


def mixed(asks: Sequence[Ask], seed: int) -> list[Ask]:
    """Each as often as it weighs, shuffled the same way each time."""
    mix = [ask for ask in asks for _ in range(ask.weight)]
    random.Random(seed).shuffle(mix)  # noqa: S311 - a schedule wants replay, not secrecy
    return mix


def plan_of(options: Any) -> Plan:
    """What the command line, or the web page, says."""
    return Plan(
        rate=float(options.rate),
        seconds=float(options.seconds),
        arrivals=str(options.arrivals),
        warm_up=float(options.warm_up),
        patience=float(options.patience),
        connections=int(options.connections),
        seed=int(options.seed),
    )


def folder_of(options: Any) -> Path | None:
    """Where the recording is written; `None`: nowhere."""
    return Path(options.record) if options.record else None


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _arguments(parser: Any, **_: Any) -> None:
    parser.add_argument(
        "--rate", type=float, default=RATE, help="Requests a second, of all workers."
    )
    parser.add_argument(
        "--arrivals", choices=ARRIVALS, default=ARRIVALS[0], help="How they are spread."
    )
    parser.add_argument("--seconds", type=float, default=0.0, help="How long; 0: until stopped.")
    parser.add_argument("--warm-up", type=float, default=WARM_UP, help="Seconds that do not count.")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE, help="Seconds to wait for an answer."
    )
    parser.add_argument(
        "--connections", type=int, default=CONNECTIONS, help="Open at once, a process."
    )
    parser.add_argument("--seed", type=int, default=1, help="Of Poisson arrivals and of the mix.")
    parser.add_argument(
        "--record", default="", include_in_web_ui=False, help="Folder of exact figures."
    )


@events.init.add_listener  # type: ignore[untyped-decorator]
def _ready(environment: Any, **_: Any) -> None:
    """Hear from the master between how many the rate is shared."""
    environment.proofbook_share = (0, 1)
    if not isinstance(environment.runner, MasterRunner):
        environment.runner.register_message(_WORKERS, _share)


def _share(environment: Any, msg: Any, **_: Any) -> None:
    count = int(msg.data["count"])
    environment.proofbook_share = (environment.runner.worker_index % count, count)


@events.test_start.add_listener  # type: ignore[untyped-decorator]
def _begin(environment: Any, **_: Any) -> None:
    environment.proofbook_leads = None
    runner = environment.runner
    if isinstance(runner, MasterRunner):
        runner.send_message(_WORKERS, {"count": runner.worker_count})
    plan = plan_of(environment.parsed_options)
    for kind in environment.user_classes:
        kind.concurrency = plan.connections
        kind.network_timeout = kind.connection_timeout = plan.patience
