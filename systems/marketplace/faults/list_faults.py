"""How the public lists are stale, slow, too long, or gone with Redis."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from itertools import count
from typing import Any
from uuid import uuid4

from systems.chassis.seams import Fault, around, ids, together, value
from systems.marketplace.faults.silence import unheard

market = ids("marketplace")
LISTS = "systems.marketplace.lists:Lists"
TELL = "systems.marketplace.events:Events.tell"
JOBS = "systems.marketplace.list_routes:ListRoutes.jobs"
#: Whether what is under way changes no list's version.
QUIET: ContextVar[bool] = ContextVar("QUIET", default=False)
SLOW_SECONDS = 0.6
FAILS_EACH = 50


async def _nothing(*_told: Any, **_more: Any) -> None:
    """Nothing happens."""


def _unless_quiet(bump: Any) -> Any:
    async def bumped(lists: Any, name: str) -> None:
        if not QUIET.get():
            await bump(lists, name)

    return bumped


def _quiet(handler: Any) -> Any:
    async def handled(*told: Any, **more: Any) -> Any:
        QUIET.set(True)
        return await handler(*told, **more)

    return handled


def _silent(handler: str) -> Any:
    """What this handler changes is seen when the lists are too old, and no sooner."""
    place = f"systems.marketplace.{handler}"
    return together(around(f"{LISTS}.bump", _unless_quiet), around(place, _quiet))


def _each_read(get: Any) -> Any:
    """Who reads a list is counted as who changes it."""

    async def got(lists: Any, *told: Any) -> Any:
        lists._events.tell("cache.version.bump", {"list": "jobs_list"})
        return await get(lists, *told)

    return got


def _needed(_version: Any) -> Any:
    async def version(lists: Any, name: str) -> str:
        async with lists._redis.open() as redis:
            return str(await redis.get(f"v:{name}") or "0")

    return version


def _of_one_process(init: Any) -> Any:
    def made(lists: Any, redis: Any, *told: Any, **more: Any) -> None:
        from systems.marketplace.redis_door import RedisDoor
        from systems.marketplace.settings import RedisSettings

        init(lists, redis, *told, **more)
        lists._redis, lists._is_kept_here = RedisDoor(RedisSettings(url="", limit_ms=1)), True

    return made


def _unending(write: Any) -> Any:
    async def written(lists: Any, key: str, body: bytes, **more: Any) -> None:
        await write(lists, key, body, **more)
        if lists._redis.is_configured:
            async with lists._redis.open() as redis:
                await redis.persist(key)

    return written


def _slow(jobs: Any) -> Any:
    async def listed(routes: Any, request: Any) -> Any:
        await asyncio.sleep(SLOW_SECONDS)
        return await jobs(routes, request)

    return listed


def _now_and_then(jobs: Any) -> Any:
    numbers = count(1)

    async def listed(routes: Any, request: Any) -> Any:
        if next(numbers) % FAILS_EACH == 0:
            raise RuntimeError("now and then")
        return await jobs(routes, request)

    return listed


FAULTS = (
    Fault(
        name="posting-unseen",
        process="web",
        breaks=market("dep-e2e-post-job", "r-1", "r-9"),
        plant=_silent("job_routes:JobRoutes.post"),
    ),
    Fault(
        name="accepting-unseen",
        process="web",
        breaks=market("r-9"),
        plant=_silent("application_routes:ApplicationRoutes.answer"),
    ),
    Fault(
        name="applying-unseen",
        process="web",
        breaks=market("r-9"),
        plant=_silent("apply_routes:ApplyRoutes.apply"),
    ),
    Fault(
        name="publishing-unseen",
        process="web",
        breaks=market("r-9"),
        plant=_silent("draft_routes:DraftRoutes.publish"),
    ),
    Fault(
        name="profiles-unseen",
        process="web",
        breaks=market("r-9"),
        plant=_silent("profile_routes:ProfileRoutes.change"),
    ),
    Fault(
        name="bumps-uncounted",
        process="web",
        breaks=market("r-1"),
        plant=around(TELL, unheard("cache.version.bump")),
    ),
    Fault(
        name="bump-at-each-read",
        process="web",
        breaks=market("r-1"),
        plant=around(f"{LISTS}.get", _each_read),
    ),
    Fault(
        name="unchanged-lists-sent-again",
        process="web",
        breaks=market("r-9"),
        plant=value("systems.marketplace.replies:etag", lambda _: f'W/"{uuid4().hex[:16]}"'),
    ),
    Fault(
        name="lists-need-redis",
        process="web",
        breaks=market("r-10", "rot-list-redis", "env-redis-dev-fallback"),
        plant=around(f"{LISTS}._version", _needed),
    ),
    Fault(
        name="lists-of-one-process",
        process="web",
        breaks=market("env-redis-staging-required", "env-redis-prod-required"),
        plant=around(f"{LISTS}.__init__", _of_one_process),
    ),
    Fault(
        name="lists-kept-for-ever",
        process="web",
        breaks=market("d-env-7"),
        plant=around(f"{LISTS}._write", _unending),
    ),
    Fault(
        name="nothing-kept",
        process="web",
        breaks=market(
            "slo-cache-hit", "slo-improve", "dep-mon-cache-hit", "env-redis-dev-fallback"
        ),
        plant=value(f"{LISTS}._read", _nothing),
    ),
    Fault(
        name="keys-never-met-again",
        process="web",
        breaks=market("slo-improve"),
        plant=value(
            "systems.marketplace.list_query:ListQuery.key", property(lambda _: uuid4().hex)
        ),
    ),
    Fault(
        name="hits-uncounted",
        process="web",
        breaks=market("dep-mon-cache-hit", "slo-cache-hit"),
        plant=around(TELL, unheard("cache.hit")),
    ),
    Fault(
        name="own-list-public",
        process="web",
        breaks=market("r-11"),
        plant=value("systems.marketplace.replies:PRIVATE", "public, max-age=30, s-maxage=60"),
    ),
    Fault(
        name="basic-lists-heavy",
        process="web",
        breaks=market("r-16"),
        plant=value("systems.marketplace.views:PREVIEW", 10_000),
    ),
    Fault(
        name="lists-slow",
        process="web",
        breaks=market("slo-p95-jobs", "r-17"),
        plant=around(JOBS, _slow),
    ),
    Fault(
        name="lists-fail-now-and-then",
        process="web",
        breaks=market("slo-error-rate"),
        plant=around(JOBS, _now_and_then),
    ),
)
