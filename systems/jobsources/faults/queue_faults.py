"""How a worker takes what it should not, turns away what it should take, or forgets what runs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids

jobs = ids("jobsources")
ROUTES = "systems.jobsources.worker_routes:WorkerRoutes"
QUEUE = "systems.jobsources.task_queue:TaskQueue"
FULL = 429


def _all_at_once(fill: Any) -> Any:
    def filled(queue: Any) -> None:
        closing, queue._is_closing = queue._is_closing, True
        fill(queue)
        queue._is_closing = closing

    return filled


def _limited(**changes: Any) -> Any:
    """A line that takes more or fewer than it says; each change is made of the limits."""

    def wrap(promise: Any) -> Any:
        def promised(queue: Any) -> Any:
            limits = queue._limits
            told = {name: change(limits) for name, change in changes.items()}
            queue._limits = replace(limits, **told)
            try:
                return promise(queue)
            finally:
                queue._limits = limits

        return promised

    return wrap


def _leaking(add: Any) -> Any:
    """Each task takes a place that it never gives back."""

    def added(queue: Any, work: Any) -> None:
        add(queue, work)
        queue._promised += 1

    return added


def _patient(outcome: Any) -> Any:
    async def came(execution: Any, task: Any, progress: Any) -> Any:
        execution._timeout_ms = 3_600_000
        return await outcome(execution, replace(task, timeout_ms=None), progress)

    return came


def _unstoppable(run: Any) -> Any:
    """What is given up goes on all the same."""
    alive = set()

    async def scraped(*args: Any) -> Any:
        scraping = asyncio.ensure_future(run(*args))
        alive.add(scraping)
        return await asyncio.shield(scraping)

    return scraped


def _when_full(status: int, body: dict[str, object]) -> Any:
    """Another answer than that there is no place."""

    def wrap(accepted: Any) -> Any:
        async def answered(routes: Any, task: Any) -> Any:
            from systems.chassis.http import reply

            answer = await accepted(routes, task)
            return reply(body, status) if answer.status_code == FULL else answer

        return answered

    return wrap


def _leased_first(accepted: Any) -> Any:
    async def answered(routes: Any, task: Any) -> Any:
        answer = await accepted(routes, task)
        if answer.status_code == FULL:
            await routes._service.leases.claim(task)
        return answer

    return answered


def _lenient(read: Any) -> Any:
    """What is wrong in the environment counts as not said."""

    def told(environ: Any) -> Any:
        from systems.chassis.settings import Misconfigured

        try:
            return read(environ)
        except Misconfigured as problem:
            kept = {name: environ[name] for name in environ if name not in problem.invalid}
            return read(kept)

    return told


def _open(claim: Any) -> Any:
    async def claimed(leases: Any, task: Any) -> Any:
        from systems.chassis.outages import StoreUnavailable
        from systems.jobsources.leases import Lease

        try:
            return await claim(leases, task)
        except StoreUnavailable:
            return Lease()

    return claimed


def _unheeded(_claim: Any) -> Any:
    async def claimed(_leases: Any, _task: Any) -> Any:
        from systems.jobsources.leases import Lease

        return Lease()

    return claimed


def _unparsed(_json: Any) -> Any:
    import json

    return json.loads


def _hung_up(read: Any) -> Any:
    async def heard(request: Any, limit: int) -> Any:
        from starlette.requests import ClientDisconnect

        raw = await read(request, limit)
        if raw is None:
            request._receive.__self__.transport.abort()
            raise ClientDisconnect
        return raw

    return heard


FAULTS = (
    Fault(
        name="tasks-run-all-at-once",
        process="worker",
        breaks=jobs("running-tasks-bounded"),
        plant=around(f"{QUEUE}._fill", _all_at_once),
    ),
    Fault(
        name="queue-one-too-many",
        process="worker",
        breaks=jobs("waiting-tasks-bounded"),
        plant=around(f"{QUEUE}.promise", _limited(size=lambda limits: limits.size + 1)),
    ),
    Fault(
        name="queue-counts-what-runs",
        process="worker",
        breaks=jobs("waiting-tasks-bounded"),
        plant=around(f"{QUEUE}.promise", _limited(concurrent=lambda _: 0)),
    ),
    Fault(
        name="queue-unbounded",
        process="worker",
        breaks=jobs("waiting-tasks-bounded", "full-queue-refuses"),
        plant=around(f"{QUEUE}.promise", _limited(size=lambda _: 10**6)),
    ),
    Fault(
        name="task-never-times-out",
        process="worker",
        breaks=jobs("task-ends-in-time"),
        plant=around("systems.jobsources.execution:Execution._outcome", _patient),
    ),
    Fault(
        name="task-outlives-its-time",
        process="worker",
        breaks=jobs("task-ends-in-time"),
        plant=around("systems.jobsources.scrape:Scraper.run", _unstoppable),
    ),
    Fault(
        name="full-queue-drops-silently",
        process="worker",
        breaks=jobs("full-queue-refuses"),
        plant=around(f"{ROUTES}._accepted", _when_full(202, {"ok": True, "status": "accepted"})),
    ),
    Fault(
        name="full-queue-is-an-error",
        process="worker",
        breaks=jobs("full-queue-refuses"),
        plant=around(f"{ROUTES}._accepted", _when_full(500, {"error": "Internal Server Error"})),
    ),
    Fault(
        name="refused-task-keeps-lease",
        process="worker",
        breaks=jobs("refused-task-deliverable-again"),
        plant=around(f"{ROUTES}._accepted", _leased_first),
    ),
    Fault(
        name="slots-leak",
        process="worker",
        breaks=jobs("capacity-recovers"),
        plant=around(f"{QUEUE}.add", _leaking),
    ),
    Fault(
        name="wrong-limits-ignored",
        process="worker",
        breaks=jobs("queue-limits-validated"),
        plant=around("systems.jobsources.worker_settings:read", _lenient),
    ),
    Fault(
        name="lease-fails-open",
        process="worker",
        breaks=jobs("running-task-not-started-twice"),
        plant=around("systems.jobsources.leases:Leases.claim", _open),
    ),
    Fault(
        name="lease-unheeded",
        process="worker",
        breaks=jobs("running-task-not-started-twice"),
        plant=around("systems.jobsources.leases:Leases.claim", _unheeded),
    ),
    Fault(
        name="bad-json-is-an-error",
        process="worker",
        breaks=jobs("bad-task-bodies-refused"),
        plant=around("systems.jobsources.worker_routes:_json", _unparsed),
    ),
    Fault(
        name="large-body-hung-up-on",
        process="worker",
        breaks=jobs("bad-task-bodies-refused"),
        plant=around("systems.jobsources.bodies:read", _hung_up),
    ),
)
