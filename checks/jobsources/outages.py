"""
What health says while the store, the worker and the API go away and come back: one story, judged by several checks.

    outages = live_through(deployment)      # of a store that may be stopped and frozen
    outages.stopped.turn(HEALTH, "api")     # a Turn: what was answered in the end, and how long it took
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from checks.jobsources.adapter import HEALTH, READINESS
from proofbook import NoVerdict
from proofbook.instruments.at_once import at_once
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.replies import Reply

    Look = Callable[[], Reply]

#: Longer than any sentence gives a page to turn.
PATIENCE_SECONDS = 31.0
#: A page that did not answer for so long has not.
ANSWER_SECONDS = 6.0
WELL, UNWELL = 200, 503
API, READY, WORKER = "api", "readiness", "worker"


@dataclass(frozen=True, slots=True)
class Turn:
    """The first answer that was as it should be, or the last one of all, and when it came."""

    reply: Reply
    seconds: float
    #: By how much the suite was late meanwhile.
    lateness: Lateness


@dataclass(frozen=True, slots=True)
class Outage:
    """How each page turned when the store went, and when it came back."""

    gone: Mapping[str, Turn]
    back: Mapping[str, Turn]
    #: Whether the API's process still ran, and was the same.
    survived: bool
    #: Why the store was seen from outside to be away; "" where it was not.
    seen: str


@dataclass(frozen=True, slots=True)
class Outages:
    """The whole story."""

    #: Before anything happened.
    well: Mapping[str, Reply]
    stopped: Outage
    frozen: Outage
    #: The API's health without the worker, the worker's without the API.
    without_worker: Reply
    without_api: Reply


def live_through(deployment: Deployment) -> Outages:
    """Start an API and a worker, and take things away from them in turn."""
    worker = deployment.worker()
    api = deployment.api(worker=worker)
    looks = _looks(api, worker)
    well = {name: turn.reply for name, turn in _turned(looks, WELL).items()}
    store = deployment.twin.store()
    stopped = _outage(deployment, api, looks, store.stop, store.start)
    frozen = _outage(deployment, api, looks, store.freeze, store.thaw)
    worker.process.kill()
    without_worker = _settled(looks[API])
    worker.process.start()
    if api.process.is_running:
        api.process.kill()
    return Outages(well, stopped, frozen, without_worker, _settled(looks[WORKER]))


def _looks(api: Api, worker: Worker) -> dict[str, Look]:
    def of(name: str) -> Look:
        return partial(api.attempt, "GET", api.access.path(name), timeout=ANSWER_SECONDS)

    return {
        API: of(HEALTH),
        READY: of(READINESS),
        WORKER: partial(worker.health, timeout=ANSWER_SECONDS),
    }


def _outage(
    deployment: Deployment,
    api: Api,
    looks: Mapping[str, Look],
    hurt: Callable[[], object],
    mend: Callable[[], object],
) -> Outage:
    process = api.process.pid
    hurt()
    try:
        gone = _turned(looks, UNWELL)
        seen = _away(deployment)
    finally:
        mend()
    back = _turned(looks, WELL)
    return Outage(gone, back, api.process.is_running and api.process.pid == process, seen)


def _turned(looks: Mapping[str, Look], status: int) -> dict[str, Turn]:
    """Each page at once, until it is answered so or patience is over."""
    began, lateness = time.monotonic(), Lateness()

    def turn(look: Look) -> Turn:
        reply = until(look, lambda reply: reply.status == status, PATIENCE_SECONDS)
        return Turn(reply, time.monotonic() - began, lateness)

    with lateness:
        turns = at_once(*(partial(turn, look) for look in looks.values()))
    return dict(zip(looks, turns, strict=True))


def _settled(look: Look) -> Reply:
    """A page that is to be well: a busy machine may make one look miss it."""
    return until(look, lambda reply: reply.status == WELL, ANSWER_SECONDS)


def _away(deployment: Deployment) -> str:
    try:
        deployment.sql.rows("SELECT 1")
    except NoVerdict as error:
        return str(error)
    return ""
