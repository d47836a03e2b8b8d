"""How a failed run is retried by the wrong one, too often, or not at all."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, more_queries, query, together, value

jobsources = ids("jobsources")


#: Seconds for which one process remembers what was retried in it.
REMEMBERED = 30


def _undelivered(send: Any) -> Any:
    """A retry is begun, and no worker hears of it."""

    async def sent(service: Any, run_id: str, task: Any) -> Any:
        from systems.jobsources.dispatch import Delivered, Delivery

        async with service.store.transaction() as tx:
            row = await tx.one("parent_of", id=run_id)
            if row.retry_of_run_id is not None:
                taken = Delivered(Delivery.TAKEN)
                await service.dispatcher.settle(tx, run_id, taken)
                return taken
        return await send(service, run_id, task)

    return sent


def _by_whoever_owns_it(retry: Any) -> Any:
    """Without a token, one is the run's user."""

    async def retried(routes: Any, request: Any) -> Any:
        from systems.chassis.http import Refusal
        from systems.jobsources.fields import is_uuid4

        try:
            routes.service.user_id(request)
        except Refusal:
            if not is_uuid4(request.path_params["id"]):
                raise
            async with routes.service.store.transaction() as tx:
                row = await tx.row("owner_of", id=request.path_params["id"])
            if row is None:
                raise
            token = routes.service.sessions.token(str(row.user_id), "user", now_seconds=time.time())
            kept = [pair for pair in request.scope["headers"] if pair[0] != b"authorization"]
            request.scope["headers"] = [*kept, (b"authorization", f"Bearer {token}".encode())]
            request = type(request)(request.scope, request.receive)
        return await retry(routes, request)

    return retried


def _of_anything(parent: Any) -> Any:
    async def found(routes: Any, tx: Any, run_id: str, user_id: str) -> Any:
        from systems.chassis.http import Refusal

        try:
            return await parent(routes, tx, run_id, user_id)
        except Refusal as refusal:
            if "Only failed" not in str(refusal.body["error"]):
                raise
            return await tx.one("run", id=run_id, user_id=user_id)

    return found


def _flipped(add: Any) -> Any:
    """The failed run itself is opened again."""

    async def added(tx: Any, run: Any, service: Any) -> Any:
        if run.retry_of is None:
            return await add(tx, run, service)
        row = await tx.one("flip_run", id=run.retry_of)
        task = service.dispatcher.task(
            run.retry_of,
            source=run.source,
            traceId=str(row.trace_id),
            requestId=run.request_id,
            listingUrl=run.listing_url,
        )
        return run.retry_of, task

    return added


def _linked_last(send: Any) -> Any:
    """A child knows of its parent once the worker has it."""

    async def sent(service: Any, run_id: str, task: Any) -> Any:
        async with service.store.transaction() as tx:
            parent = (await tx.one("unlink_run", id=run_id)).retry_of_run_id
        delivered = await send(service, run_id, task)
        async with service.store.transaction() as tx:
            await tx.run("link_run", id=run_id, parent=parent)
        return delivered

    return sent


def _touched(add: Any) -> Any:
    """The original counts its retries."""

    async def added(tx: Any, run: Any, service: Any) -> Any:
        if run.retry_of is not None:
            await tx.run("touch_run", id=run.retry_of)
        return await add(tx, run, service)

    return added


def _without_index() -> None:
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as store:
        store.execute("DROP INDEX IF EXISTS job_source_runs_one_retry")


def _remembered(parent: Any) -> Any:
    """What was retried is known to one process, for a while."""
    retried: dict[str, float] = {}

    async def found(routes: Any, tx: Any, run_id: str, user_id: str) -> Any:
        from systems.chassis.http import Refusal

        row = await parent(routes, tx, run_id, user_id)
        if time.monotonic() - retried.get(run_id, -REMEMBERED) < REMEMBERED:
            raise Refusal(409, "The run was retried a moment ago")
        retried[run_id] = time.monotonic()
        return row

    return found


def _endless(limits: Any) -> Any:
    return lambda *told: replace(limits(*told), chain_depth=10**6)


FAULTS = (
    Fault(
        name="retry-not-dispatched",
        process="api",
        breaks=jobsources("retry-reaches-worker"),
        plant=together(
            around("systems.jobsources.runs:send", _undelivered),
            more_queries(
                parent_of="SELECT retry_of_run_id FROM job_source_runs WHERE id = %(id)s::uuid"
            ),
        ),
    ),
    Fault(
        name="retry-without-token",
        process="api",
        breaks=jobsources("retry-needs-login"),
        plant=together(
            around("systems.jobsources.run_routes:RunRoutes.retry", _by_whoever_owns_it),
            more_queries(owner_of="SELECT user_id FROM job_source_runs WHERE id = %(id)s::uuid"),
        ),
    ),
    Fault(
        name="runs-are-everybodys",
        process="api",
        breaks=jobsources("only-owner-retries"),
        plant=query("run", (" AND user_id = %(user_id)s::uuid", "")),
    ),
    Fault(
        name="retry-of-anything",
        process="api",
        breaks=jobsources("only-failed-runs-retried"),
        plant=around("systems.jobsources.run_routes:RunRoutes._parent", _of_anything),
    ),
    Fault(
        name="retry-flips-run",
        process="api",
        breaks=jobsources("retry-makes-new-run"),
        plant=together(
            around("systems.jobsources.runs:add", _flipped),
            more_queries(
                flip_run="UPDATE job_source_runs SET status = 'PENDING', error = NULL, finalized_at = NULL"
                " WHERE id = %(id)s::uuid RETURNING trace_id"
            ),
        ),
    ),
    Fault(
        name="retry-unlinked",
        process="api",
        breaks=jobsources("retry-names-original"),
        plant=query(
            "add_run",
            (
                "%(retry_of_run_id)s::uuid",
                "nullif(%(retry_of_run_id)s::uuid, %(retry_of_run_id)s::uuid)",
            ),
        ),
    ),
    Fault(
        name="retry-linked-after-dispatch",
        process="api",
        breaks=jobsources("undelivered-retry-linked"),
        plant=together(
            around("systems.jobsources.runs:send", _linked_last),
            more_queries(
                unlink_run="UPDATE job_source_runs r SET retry_of_run_id = NULL FROM job_source_runs o"
                " WHERE r.id = %(id)s::uuid AND o.id = r.id RETURNING o.retry_of_run_id",
                link_run="UPDATE job_source_runs SET retry_of_run_id = %(parent)s::uuid WHERE id = %(id)s::uuid",
            ),
        ),
    ),
    Fault(
        name="retry-touches-original",
        process="api",
        breaks=jobsources("original-run-untouched"),
        plant=together(
            around("systems.jobsources.runs:add", _touched),
            more_queries(
                touch_run="UPDATE job_source_runs SET retry_count = retry_count + 1 WHERE id = %(id)s::uuid"
            ),
        ),
    ),
    Fault(
        name="retried-once-a-process",
        process="api",
        breaks=jobsources("one-retry-per-run"),
        plant=together(
            _without_index,
            query("add_run", (" ON CONFLICT (retry_of_run_id) DO NOTHING", "")),
            query("has_retry", ("retry_of_run_id = %(id)s::uuid", "id = %(id)s::uuid AND false")),
            around("systems.jobsources.run_routes:RunRoutes._parent", _remembered),
        ),
    ),
    Fault(
        name="retries-without-end",
        process="api",
        breaks=jobsources("retry-chain-bounded"),
        plant=around("systems.jobsources.limits:limits", _endless),
    ),
    Fault(
        name="ids-unjudged",
        process="api",
        breaks=jobsources("unknown-run-not-retried"),
        plant=value("systems.jobsources.run_routes:is_uuid4", lambda _: True),
    ),
)
