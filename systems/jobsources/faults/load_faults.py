"""How the API answers too late, too little or not at all, though mostly it does well."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import Fault, around, ids

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

jobsources = ids("jobsources")
CALL = "systems.jobsources.endpoint:_answer"
FROZEN_SECONDS, EVERY_SECONDS = 2, 20


def _each(number: int, act: Any) -> Any:
    """Every so manieth request of a user or probe is answered by something else."""

    def wrapped(answer: Any) -> Any:
        asked = count(1)

        async def answered(offered: Any, request: Any) -> Any:
            if request.method == "GET" and next(asked) % number == 0:
                return await act(answer, offered, request)
            return await answer(offered, request)

        return answered

    return around(CALL, wrapped)


async def _unavailable(_answer: Any, _offered: Any, request: Any) -> Any:
    from systems.chassis.http import Refusal
    from systems.jobsources.envelope import failure

    return failure(Refusal(503, "Service unavailable"), request.state.request_id)


async def _too_many(_answer: Any, _offered: Any, request: Any) -> Any:
    from systems.chassis.http import Refusal
    from systems.jobsources.envelope import failure

    return failure(Refusal(429, "Throttled"), request.state.request_id)


async def _late(answer: Any, offered: Any, request: Any) -> Any:
    await asyncio.sleep(0.9)
    return await answer(offered, request)


def _freezing(looking_after: Any) -> Any:
    """Now and then the whole process stands still."""

    async def frozen() -> None:
        while True:
            every = float(os.environ.get("FROZEN_EVERY_SECONDS") or EVERY_SECONDS)
            await asyncio.sleep(every - FROZEN_SECONDS)
            time.sleep(FROZEN_SECONDS)  # noqa: ASYNC251 - the fault is that it blocks

    @asynccontextmanager
    async def looked(service: Any) -> AsyncIterator[None]:
        freezer = asyncio.create_task(frozen())
        try:
            async with looking_after(service):
                yield
        finally:
            freezer.cancel()

    return looked


def _throttled(workers: Any) -> Any:
    """Workers are let in as often as users."""

    def entries(service: Any) -> Any:
        from systems.jobsources.endpoint import Offered
        from systems.jobsources.limits import Throttle
        from systems.jobsources.throttle import Bucket

        for method, path, offered in workers(service):
            bucket = Bucket(Throttle(limit=8, ttl_ms=60_000))
            yield method, path, Offered(handler=offered.handler, bucket=bucket)

    return entries


def _swallowed(apply: Any) -> Any:
    """Every tenth end of a run is acknowledged, and forgotten."""
    ended = count(1)

    async def applied(ending: Any) -> Any:
        if next(ended) % 10 == 0:
            counts = {"inserted": 0, "totalOffers": 0, "idempotent": True}
            return {"ok": True, "status": ending.told.status, **counts}
        return await apply(ending)

    return applied


FAULTS = (
    Fault(
        name="one-in-fifty-fails",
        process="api",
        breaks=jobsources("api-available"),
        plant=_each(50, _unavailable),
    ),
    Fault(
        name="one-in-ten-is-late",
        process="api",
        breaks=jobsources("reads-stay-fast"),
        plant=_each(10, _late),
    ),
    Fault(
        name="one-in-three-refused-fast",
        process="api",
        breaks=jobsources("reads-stay-fast"),
        plant=_each(3, _too_many),
    ),
    Fault(
        name="frozen-now-and-then",
        process="api",
        breaks=jobsources("reads-stay-fast"),
        plant=around("systems.jobsources.routes:_looking_after", _freezing),
    ),
    Fault(
        name="callbacks-throttled",
        process="api",
        breaks=jobsources("callbacks-accepted"),
        plant=around("systems.jobsources.routes:_workers", _throttled),
    ),
    Fault(
        name="callbacks-swallowed",
        process="api",
        breaks=jobsources("runs-complete-unaided"),
        plant=around("systems.jobsources.ending:Ending.apply", _swallowed),
    ),
)
