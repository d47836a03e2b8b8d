"""The two public lists: what is asked of them, how long they are kept, and what makes them new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from redis import Redis

from systems.marketplace.etags import etag
from systems.marketplace.redis_door import RedisDoor
from systems.marketplace.settings import RedisSettings
from tests.systems.marketplace.markets import JOB

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.marketplace.markets import Market

#: A port on which nobody listens.
NOBODY = "redis://127.0.0.1:1"
VARIANTS = ("/api/jobs", "/api/jobs?limit=5", "/api/jobs?search=python")


def ids(answer: httpx.Response, field: str = "jobs") -> list[str]:
    """What is listed."""
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()[field]]


def kept(market: Market, path: str = "/api/jobs", **more: Any) -> str:
    """HIT, MISS, or nothing."""
    return str(market.get(path, **more).headers.get("x-cache", ""))


def test_jobs_are_narrowed_and_sorted(market: Market) -> None:
    """By text, type, skills and budget; what is no number is ignored, and what is out of range clamped."""
    client = market.user()
    cheap = market.job(client, title="<Cheap> 100%", budgetAmount=5, skills=["c"])
    dear = market.job(
        client, budgetType="hourly", deadline="2030-01-01", description="It's a dear one"
    )
    market.patch(f"/api/jobs/{market.job(client)}", {"status": "CANCELLED"}, client)

    def found(query: str) -> list[str]:
        return ids(market.get(f"/api/jobs?{query}"))

    assert found("") == found("page=0&limit=abc&minBudget=x&sort=x&budgetType=x") == [dear, cheap]
    assert found("limit=1&page=2") == [cheap]
    assert found("sort=budget") == found("sort=deadline") == [dear, cheap]
    assert found("search=%3Ccheap%3E") == found("search=100%25") == found("skills=c,z") == [cheap]
    assert found("search=it%27s+a") == found("budgetType=hourly") == [dear]
    assert found("minBudget=5&maxBudget=5.5") == [cheap]
    assert found("search=_") == found("search=%22x") == found("page=99999999999999999999") == []
    assert market.get("/api/jobs?limit=1").json()["pagination"] == {
        "currentPage": 1,
        "totalPages": 2,
        "totalCount": 2,
        "hasNextPage": True,
        "hasPrevPage": False,
    }


def test_one_s_own_jobs_are_listed_in_all_states(market: Market) -> None:
    """For nobody else to keep; without a token it is the public list."""
    client, other = market.user(), market.user()
    own, theirs = market.job(client), market.job(other)
    market.patch(f"/api/jobs/{own}", {"status": "CANCELLED"}, client)

    mine = market.get("/api/jobs?clientOnly=true", client)
    public = market.get("/api/jobs?clientOnly=true")
    bad = market.get("/api/jobs?clientOnly=true", headers={"Authorization": "Bearer x"})

    assert (ids(mine), ids(public), bad.status_code) == ([own], [theirs], 401)
    assert mine.headers["cache-control"] == "private, max-age=0, no-cache"
    assert public.headers["cache-control"] == "public, max-age=30, s-maxage=60"
    assert not {"x-cache"} & {*mine.headers, *public.headers}


def test_items_have_the_contract_s_fields(market: Market) -> None:
    """In full and in few words; a basic page stays short."""
    client = market.user()
    for _ in range(10):
        market.job(client, description="<" * 5000, skills=list("abcdefgh"))
    full = market.get("/api/jobs").json()
    basic = market.get("/api/jobs?select=basic")

    assert [*full["jobs"][0]] == [
        *("id", "title", "description", "budgetAmount", "budgetType", "currency", "duration"),
        *("skills", "status", "createdAt", "deadline", "useBlockchain", "escrowDeployed"),
        *("escrowPending", "escrowDeploymentAttempts", "escrowOnChainId", "client", "_count"),
    ]
    assert basic.json()["jobs"][0].keys() == {
        *("id", "title", "budgetAmount", "budgetType", "currency", "skills", "createdAt"),
        *("client", "applications", "descriptionPreview"),
    }
    assert len(basic.json()["jobs"][0]["skills"]) == 6
    assert (full["meta"], basic.json()["meta"]) == ({"mode": "full"}, {"mode": "basic"})
    assert int(basic.headers["x-response-bytes"]) < 10_000
    assert "x-cache" not in basic.headers


def test_freelancers_are_narrowed_and_sorted(market: Market) -> None:
    """Clients are none; figures and skills narrow them."""
    market.user()
    # Two that are made in one millisecond have no newest.
    low, high = market.user("FREELANCER", createdAt="2026-01-01"), market.user("BOTH")
    market.sql(
        'UPDATE profiles SET rating = 4, "hourlyRate" = 9, experience = 2, skills = %s WHERE id = %s',
        ["x"],
        high,
    )

    def found(query: str) -> list[str]:
        return ids(market.get(f"/api/freelancers?{query}"), "freelancers")

    assert found("") == found("sort=recent") == found("sort=experience") == [high, low]
    assert found("minRating=4") == found("skills=x") == found("minRate=9&maxRate=9") == [high]
    assert found("minExperience=3") == []
    assert found(f"search={low}") == [low]
    shown = market.get(f"/api/freelancers/{high}").json()["freelancer"]
    assert shown == {
        "id": high,
        "walletAddress": "",
        "username": f"u-{high}",
        "isFreelancer": True,
        "isClient": True,
        "createdAt": shown["createdAt"],
        "updatedAt": shown["updatedAt"],
        "reputation": 4,
        "completedJobs": 0,
        "skills": ["x"],
        "hourlyRate": 9,
        "title": "Freelancer",
        "description": "",
        "portfolio": [],
        "availability": "available",
        "languages": [],
        "experience": 2,
        "certifications": [],
        "profilePicture": "/default-avatar.png",
    }
    basic = market.get("/api/freelancers?select=basic").json()["freelancers"][0]
    assert basic.keys() == {
        *("id", "username", "title", "reputation", "hourlyRate", "skills", "profilePicture")
    }
    assert market.get("/api/freelancers/x").json()["error"] == "Freelancer not found"


def test_an_unchanged_list_is_not_sent_again(market: Market) -> None:
    """Its tag is that of its bytes; a hit asks no database."""
    miss, hit = market.get("/api/jobs"), market.get("/api/jobs")

    assert (miss.headers["x-cache"], hit.headers["x-cache"]) == ("MISS", "HIT")
    assert miss.content == hit.content
    assert hit.headers["etag"] == etag(hit.content)
    assert hit.headers["x-response-bytes"] == str(len(hit.content))
    assert "db;dur=" in miss.headers["server-timing"]
    assert "db;dur=" not in hit.headers["server-timing"]
    known = {"If-None-Match": hit.headers["etag"]}
    unchanged = market.get("/api/jobs", headers=known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert unchanged.headers["etag"] == hit.headers["etag"]
    market.job(market.user())
    assert market.get("/api/jobs", headers=known).status_code == 200


def test_a_kept_list_has_an_end(market: Market) -> None:
    """In Redis: each new key within its time, and no other key."""
    with Redis.from_url(market.environ["REDIS_URL"]) as redis:
        market.get("/api/jobs")
        keys = redis.keys()
        assert isinstance(keys, list)
        assert [0 < int(str(redis.pttl(key))) <= 30_000 for key in keys] == [True]


def test_every_change_makes_all_variants_new(opens: Callable[..., Market]) -> None:
    """Also those that another replica keeps; each is counted once."""
    market, replica = opens(), opens()
    client, one, two = market.user(), market.user("FREELANCER"), market.user("FREELANCER")
    job, draft = market.job(client), market.post("/api/job-drafts", {"data": JOB}, client)
    path, own = f"/api/jobs/{job}", f"/api/job-drafts/{draft.json()['draft']['id']}"
    ids_: list[str] = []
    changes: dict[str, Callable[[], object]] = {
        "post": lambda: market.job(client),
        "patch": lambda: market.patch(path, {"title": "another"}, client),
        "apply": lambda: ids_.append(market.applied(job, one)),
        "withdraw": lambda: market.ask("DELETE", f"{path}/apply", who=one),
        "publish": lambda: market.post(f"{own}/publish", {}, client),
        "again": lambda: ids_.append(market.applied(job, two)),
        "accept": lambda: market.patch(
            f"{path}/applications/{ids_[-1]}", {"action": "accept"}, client
        ),
        "delete": lambda: market.ask("DELETE", f"/api/jobs/{market.job(client)}", who=client),
    }
    for name, change in changes.items():
        warm = [kept(each, variant) for each in (market, replica) for variant in VARIANTS * 2]
        assert warm[3:6] == warm[9:] == ["HIT"] * 3, name
        before = market.counter("event.cache.version.bump")
        change()
        assert [kept(replica, variant) for variant in VARIANTS] == ["MISS"] * 3, name
        assert market.counter("event.cache.version.bump") - before == 1 + (name == "delete")
    assert kept(market, "/api/freelancers") == "MISS"
    assert kept(market, "/api/freelancers") == "HIT"
    market.ask("PUT", "/api/profile", {"title": "x"}, who=one)
    assert kept(market, "/api/freelancers") == "MISS"


@pytest.mark.parametrize(
    ("environ", "seen"),
    [
        ({"REDIS_URL": ""}, ["MISS", "HIT", "MISS"]),
        ({"REDIS_URL": NOBODY}, ["MISS", "HIT", "MISS"]),
        ({"CACHE_TTL_SEC": "0"}, ["MISS", "MISS", "MISS"]),
        (
            {"REDIS_URL": NOBODY, "NODE_ENV": "production", "SENTRY_DSN": "http://k@127.0.0.1:9/1"},
            ["MISS", "MISS", "MISS"],
        ),
    ],
)
def test_lists_answer_without_redis(
    opens: Callable[..., Market], environ: dict[str, str], seen: list[str]
) -> None:
    """On dev they are kept in memory, elsewhere built each time; what changes them is seen at once."""
    market = opens(**environ)
    first = [kept(market), kept(market)]
    market.job(market.user())

    assert [*first, kept(market)] == seen
    assert market.counter("event.cache.hit") == seen.count("HIT")
    assert market.counter("event.cache.miss") == seen.count("MISS")


def test_a_change_that_redis_missed_is_told_later(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it is back the lists that it kept are not shown."""
    assert [kept(market), kept(market)] == ["MISS", "HIT"]
    away = RedisDoor(RedisSettings(url=NOBODY, limit_ms=200))
    with monkeypatch.context() as patch:
        patch.setattr(market.service.lists, "_redis", away)
        market.job(market.user())
    market.runner.run(away.close())
    assert kept(market) == "MISS"
