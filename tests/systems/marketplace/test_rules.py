"""What holds for each request, whoever answers it."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request
from starlette.routing import Route, Router

from systems.chassis.outages import StoreUnavailable
from systems.marketplace import bodies, peers, routes, service, settings
from systems.marketplace.endpoint import HEADERS, Answered, Endpoint, Offered
from systems.marketplace.envelope import success
from tests.systems.marketplace.contract import cases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from starlette.responses import Response

    from systems.marketplace.service import Service

DEV = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "JWT_SECRET": "s" * 32}
PRODUCTION = DEV | {
    "NODE_ENV": "production",
    "REDIS_URL": "redis://127.0.0.1:1",
    "SENTRY_DSN": "http://public@127.0.0.1:9/1",
}
PAIR = {"X-CSRF-Token": "a", "Cookie": "csrf_token=a"}
JSON = {"Content-Type": "application/json"}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def built(environ: Mapping[str, str] = DEV, **more: str) -> Service:
    """A service that is connected to nothing."""
    told = {"MAINTENANCE_FILE": "/nowhere", **environ, **more}
    return service.build(settings.read(told))


async def echo(request: Request) -> Response:
    """What a body holds."""
    return success({"body": await bodies.fields(request, may_be_absent=True)})


async def broken(_request: Request) -> Response:
    """Something that nobody expected."""
    raise ZeroDivisionError


async def away(_request: Request) -> Response:
    """The database is not there."""
    raise StoreUnavailable("OperationalError")


def ask(made: Service, method: str, path: str = "/api/thing", **more: Any) -> httpx.Response:
    """The answer of an application with a few paths of its own."""
    plain = dict.fromkeys(METHODS, Offered(handler=echo))
    paths = {
        "/api/thing": plain,
        "/api/typed": dict.fromkeys(METHODS, Offered(handler=echo, takes_json=True)),
        "/api/flagged": {"GET": Offered(handler=broken, flag="drafts")},
        "/api/health": {"GET": Offered(handler=echo, is_always_on=True)},
        "/api/broken": {"GET": Offered(handler=broken)},
        "/api/away": {"GET": Offered(handler=away)},
        "/page": plain,
        "/api/{id}": plain,
    }
    app = Router(
        [Route(path, Endpoint(made, path, methods)) for path, methods in paths.items()],
        default=Endpoint(made, "other", {}),
    )

    async def asked() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://market") as client:
            return await client.request(method, path, **more)

    return asyncio.run(asked())


def test_every_answer_bears_the_headers() -> None:
    """On dev and in production, where browsers are told to keep to TLS."""
    on_dev, live = ask(built(), "GET"), ask(built(PRODUCTION), "GET", "/api/no/thing")

    for answer in (on_dev, live):
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
        assert answer.headers["Server-Timing"].startswith("app;dur=")
    assert "Strict-Transport-Security" not in on_dev.headers
    assert (
        live.headers["Strict-Transport-Security"] == "max-age=15552000; includeSubDomains; preload"
    )


def test_a_request_keeps_its_id() -> None:
    """The caller's own, or that of a proxy before us; else a fresh one."""
    made = built()

    assert (
        ask(made, "GET", headers={"x-request-id": "r1", "cf-ray": "r2"}).headers["X-Request-Id"]
        == "r1"
    )
    assert ask(made, "GET", headers={"cf-ray": "r2"}).headers["X-Request-Id"] == "r2"
    fresh = {ask(made, "GET").headers["X-Request-Id"] for _ in range(2)}
    assert len(fresh) == 2


@pytest.mark.parametrize("case", cases("csrf"), ids=lambda case: json.dumps(case["result"]))
def test_a_write_needs_the_pair(case: dict[str, Any]) -> None:
    """The contract's vectors."""
    made = built(
        NEXT_PUBLIC_APP_ORIGIN=case["allowedOrigin"] or "",
        ALLOWED_ORIGINS=case.get("allowedOrigins", ""),
    )
    told = {"X-CSRF-Token": case["header"], "Origin": case["origin"]}
    headers = {name: value for name, value in told.items() if value is not None}
    if case["cookie"] is not None:
        headers["Cookie"] = f"csrf_token={case['cookie']}"

    answer = ask(made, case["method"], headers=headers)

    if case["result"]["ok"]:
        assert answer.status_code == 200
    else:
        refusal = {"success": False, "error": case["result"]["reason"]}
        assert (answer.status_code, answer.json()) == (403, refusal)


def test_on_dev_the_pair_may_be_waived() -> None:
    """For whoever works on it alone."""
    assert ask(built(REQUIRE_CSRF="false"), "POST").status_code == 200


@pytest.mark.parametrize("case", cases("ensure_json"), ids=lambda case: str(case["contentType"]))
def test_a_body_has_its_type(case: dict[str, Any]) -> None:
    """The contract's vectors; a GET has no body."""
    headers = dict(PAIR)
    if case["contentType"]:
        headers["Content-Type"] = case["contentType"]
    path = "/api/thing" if case["method"] == "GET" else "/api/typed"

    answer = ask(built(), case["method"], path, headers=headers)

    if case["result"]["ok"]:
        assert answer.status_code == 200
    else:
        refusal = {"success": False, "error": case["result"]["reason"]}
        assert (answer.status_code, answer.json()) == (415, refusal)


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"{", "Invalid or empty JSON body"),
        (b'{"a": NaN}', "Invalid or empty JSON body"),
        (b'{"a": ["x\\u0000"]}', "Invalid payload"),
        (b'{"a\\u0000": 1}', "Invalid payload"),
    ],
)
def test_a_body_is_json_without_nul(content: bytes, error: str) -> None:
    """Nothing that no text of the database could hold gets as far as there."""
    answer = ask(built(), "POST", headers=PAIR | JSON, content=content)

    assert (answer.status_code, answer.json()) == (400, {"success": False, "error": error})


@pytest.mark.parametrize("path", ["/api/thing?search=a%00b", "/api/thing?%00=1", "/api/a%00b"])
def test_an_address_holds_no_nul(path: str) -> None:
    """Neither does a path."""
    answer = ask(built(), "GET", path)

    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid payload")


def test_what_is_not_there_says_so() -> None:
    """A path, a method; OPTIONS is answered anywhere."""
    made = built()

    assert ask(made, "POST", "/api/no/thing").json() == {"success": False, "error": "Not found"}
    assert ask(made, "POST", "/api/no/thing").status_code == 404
    assert ask(made, "POST", "/api/broken", headers=PAIR).status_code == 405
    assert ask(made, "OPTIONS", "/api/thing").status_code == 204
    assert ask(made, "HEAD", "/api/thing").status_code == 200


def test_a_flag_that_is_off_hides_what_it_guards() -> None:
    """Whoever asks."""
    answer = ask(built(PRODUCTION), "GET", "/api/flagged")

    assert (answer.status_code, answer.json()["error"]) == (404, "Feature disabled")
    assert ask(built(), "GET", "/api/flagged").status_code == 500


def test_what_breaks_is_an_error_and_is_heard_of() -> None:
    """Always the same words outside; whoever observes gets the error itself."""
    made, seen = built(), list[Answered]()
    made.observers.append(seen.append)

    for path in ("/api/broken", "/api/away", "/api/thing"):
        answer = ask(made, "GET", path)
        if path != "/api/thing":
            told = {"success": False, "error": "Internal server error"}
            assert (answer.status_code, answer.json()) == (500, told)

    assert [(each.route, each.status, type(each.error)) for each in seen] == [
        ("/api/broken", 500, ZeroDivisionError),
        ("/api/away", 500, StoreUnavailable),
        ("/api/thing", 200, type(None)),
    ]


def test_maintenance_closes_all_but_what_tells_of_it(tmp_path: Path) -> None:
    """From the moment when the file is there, to that when it is gone; before anything else is looked at."""
    file = tmp_path / "maintenance"
    made = built(MAINTENANCE_FILE=str(file))
    assert ask(made, "GET").status_code == 200

    file.touch()
    for method, path in (("GET", "/api/thing"), ("POST", "/api/typed"), ("PATCH", "/api/no/thing")):
        answer = ask(made, method, path)
        assert (answer.status_code, answer.json()["error"]) == (503, "Maintenance")
        assert answer.headers["Retry-After"] == "60"
    assert ask(made, "GET", "/api/health").status_code == 200
    assert ask(made, "GET", "/page").status_code == 200

    file.unlink()
    assert ask(made, "GET").status_code == 200


@pytest.mark.parametrize(
    ("environ", "origin", "told"),
    [
        ({}, "https://a.example", ("*", None)),
        (
            {"NEXT_PUBLIC_APP_ORIGIN": "https://a.example"},
            "https://a.example",
            ("https://a.example", "true"),
        ),
        ({"NEXT_PUBLIC_APP_ORIGIN": "https://a.example"}, "https://b.example", (None, None)),
        (
            {"ALLOWED_ORIGINS": "https://b.example, https://c.example"},
            "https://c.example",
            ("https://c.example", "true"),
        ),
        (
            {"ALLOWED_ORIGINS": "https://b.example", "NEXT_PUBLIC_APP_ORIGIN": "https://a.example"},
            "https://a.example",
            (None, None),
        ),
    ],
)
def test_only_own_pages_may_read(
    environ: dict[str, str], origin: str, told: tuple[str | None, str | None]
) -> None:
    """An origin is echoed if it is listed; where nothing is listed anybody's may read, without cookies."""
    headers = ask(built(DEV | environ), "GET", headers={"Origin": origin}).headers

    found = ("Access-Control-Allow-Origin", "Access-Control-Allow-Credentials")
    assert tuple(map(headers.get, found)) == told


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "found"),
    [
        ("203.0.113.9", "198.51.100.1", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "10.0.0.0/8", "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.2", "6.6.6.6, 198.51.100.1, 10.0.0.3", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.2", "", "10.0.0.0/8", "10.0.0.2"),
        ("::1", "2001:db8::7", "::1,127.0.0.1", "2001:db8::7"),
    ],
)
def test_a_peer_cannot_choose_its_address(
    peer: str, forwarded: str, trusted: str, found: str
) -> None:
    """A header counts only behind a proxy that is trusted, and only what that proxy added."""
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})

    assert (
        peers.address(request, built(TRUSTED_PROXIES=trusted).settings.access.trusted_proxies)
        == found
    )


def test_each_path_is_offered_once() -> None:
    """Two modules that offer the same method of a path would hide each other."""
    made = built()
    offered = [entry[:2] for module in routes.MODULES for entry in module.entries(made)]

    assert len(offered) == len(set(offered))
