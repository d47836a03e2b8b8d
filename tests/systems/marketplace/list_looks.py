"""What one sees of public lists that are stale, slow, too long, or gone."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from redis import Redis

from tests.systems.marketplace.looks import LIVE, NOBODY, opened
from tests.systems.marketplace.markets import JOB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.systems.marketplace.forks import Told
    from tests.systems.marketplace.markets import Market

SLOW_SECONDS = 0.4


def kept(market: Market, path: str) -> str:
    """HIT or MISS, or how it failed."""
    answer = market.get(path)
    return str(answer.headers.get("x-cache", answer.status_code))


@contextmanager
def known(told: Told, **environ: str) -> Iterator[tuple[Market, str]]:
    """A marketplace, and a path to the jobs that it has listed already."""
    with opened(told, **environ) as market:
        path = f"/api/jobs?search={uuid4().hex}"
        market.get(path)
        yield market, path


def unseen(told: Told, change: str) -> str:
    """After a change the list from before is shown."""
    with known(told) as (market, path):
        client, freelancer = market.user(), market.user("FREELANCER")
        job = market.job(client)
        draft = market.post("/api/job-drafts", {"data": JOB}, client).json()["draft"]["id"]
        changes: dict[str, Callable[[], Any]] = {
            "post": lambda: market.job(client),
            "apply": lambda: market.applied(job, freelancer),
            "publish": lambda: market.post(f"/api/job-drafts/{draft}/publish", {}, client),
            "accept": lambda: market.patch(application, {"action": "accept"}, client),
        }
        if change == "accept":
            application = f"/api/jobs/{job}/applications/{market.applied(job, freelancer)}"
        market.get(path)
        if kept(market, path) != "HIT":
            return "never kept"
        changes[change]()
        found = kept(market, path)
    return "" if found == "MISS" else found


def unseen_profile(told: Told) -> str:
    """After a change of a profile the list of freelancers from before is shown."""
    path = f"/api/freelancers?search={uuid4().hex}"
    with opened(told) as market:
        user = market.user("FREELANCER")
        market.get(path)
        market.ask("PUT", "/api/profile", {"title": "x"}, who=user)
        found = kept(market, path)
    return "" if found == "MISS" else found


def bumps(told: Told) -> str:
    """A change is not counted once."""
    with known(told) as (market, path):
        client, before = market.user(), market.counter("event.cache.version.bump")
        market.job(client)
        market.get(path)
        counted = market.counter("event.cache.version.bump") - before
    return "" if counted == 1 else f"{counted} bumps"


def sent_again(told: Told) -> str:
    """An unchanged list is sent once more."""
    with known(told) as (market, path):
        tag = market.get(path).headers["etag"]
        status = market.get(path, headers={"If-None-Match": tag}).status_code
    return "" if status == 304 else str(status)


def without_redis(told: Told) -> str:
    """Lists fail without Redis."""
    found = []
    for environ in ({"REDIS_URL": ""}, {"REDIS_URL": f"redis://{NOBODY}"} | LIVE):
        with opened(told, **environ) as market:
            found.append([kept(market, "/api/jobs"), kept(market, "/api/jobs")])
    return "" if found == [["MISS", "HIT"], ["MISS", "MISS"]] else str(found)


def replicas(told: Told) -> str:
    """One replica goes on showing what another has changed."""
    with opened(told, **LIVE) as one, known(told, **LIVE) as (two, path):
        warm = kept(two, path)
        one.job(one.user())
        found = kept(two, path)
    return "" if (warm, found) == ("HIT", "MISS") else f"{warm} {found}"


def unending(told: Told) -> str:
    """A list is kept for ever."""
    with Redis.from_url(told.environ["REDIS_URL"], decode_responses=True) as redis:
        before = {*redis.scan_iter()}
        with known(told):
            lives = [int(str(redis.pttl(key))) for key in {*redis.scan_iter()} - before]
    return "" if lives and all(0 < each <= 30_000 for each in lives) else str(lives)


def warmed(told: Told) -> str:
    """A list that was just asked for is built again, or its hit is not counted."""
    with known(told) as (market, path):
        before = market.counter("event.cache.hit")
        found = kept(market, path)
        counted = market.counter("event.cache.hit") - before
    return "" if (found, counted) == ("HIT", 1) else f"{found} {counted}"


def own(told: Told) -> str:
    """What is one's own may be kept by anybody in between."""
    with opened(told) as market:
        answer = market.get("/api/jobs?clientOnly=true", market.user())
    found = answer.headers["cache-control"]
    return "" if found.startswith("private") else found


def heavy(told: Told) -> str:
    """A basic list is as long as a full one."""
    with opened(told) as market:
        client = market.user()
        for _ in range(10):
            market.job(client, description="d" * 5000)
        size = int(market.get("/api/jobs?select=basic").headers["x-response-bytes"])
    return "" if size < 10_000 else str(size)


def slow(told: Told) -> str:
    """A list takes its time."""
    with known(told) as (market, path):
        took = min(_seconds(market, path) for _ in range(5))
    return "" if took < SLOW_SECONDS else f"{took:.1f} s"


def _seconds(market: Market, path: str) -> float:
    """How long a list takes; a busy machine makes some slow, but not all."""
    began = time.monotonic()
    market.get(path)
    return time.monotonic() - began


def failing(told: Told) -> str:
    """One list of many fails."""
    with known(told) as (market, path):
        found = {market.get(path).status_code for _ in range(60)}
    return "" if found == {200} else str(found)
