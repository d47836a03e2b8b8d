"""What one sees of requests, health and ends that are not as they must be."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
from typing import TYPE_CHECKING

from starlette.requests import Request
from uvicorn import Config

from systems.chassis.server import Server
from systems.marketplace import peers
from systems.marketplace.settings import MIGRATIONS
from tests.systems.marketplace.looks import LIVE, NOBODY, STAGING, empty_url, opened

if TYPE_CHECKING:
    from systems.marketplace.events import Event
    from tests.systems.marketplace.forks import Told

HEALTH = "/api/admin/health"
REFRESH = "/api/auth/refresh"


def headers(told: Told) -> str:
    """Answers are not told as strictly as the environment demands."""
    strict = "strict-transport-security"
    for environ, is_strict in (({}, False), (STAGING, True), (LIVE, True)):
        with opened(told, **environ) as market:
            found = market.get("/api/nothing").headers
        if (strict in found) is not is_strict or "x-frame-options" not in found:
            return f"{environ}: {found}"
    return ""


def unmeant_writes(told: Told) -> str:
    """A write without the pair gets through."""
    with opened(told) as market:
        for method, path in (
            ("PUT", "/api/profile"),
            ("POST", "/api/jobs"),
            ("POST", "/api/auth/login"),
        ):
            status = market.ask(method, path, {}, headers={"X-CSRF-Token": None}).status_code
            if status != 403:
                return f"{method} {path}: {status}"
    return ""


def foreign_pages(told: Told) -> str:
    """A page of another origin reads, or writes."""
    origin = {"Origin": "https://evil.example"}
    with opened(told, ALLOWED_ORIGINS="https://market.example") as market:
        read, write = market.get("/", headers=origin), market.post("/api/jobs", headers=origin)
    allowed = read.headers.get("access-control-allow-origin")
    return f"{allowed} {write.status_code}" if allowed or write.status_code != 403 else ""


def request_ids(told: Told) -> str:
    """A request loses its id, or the time that its statements took."""
    with opened(told) as market:
        # What no cache knows.
        path = f"/api/jobs?search={secrets.token_hex(8)}"
        found = market.get(path, headers={"X-Request-Id": "r1"}).headers
    if found["X-Request-Id"] != "r1":
        return found["X-Request-Id"]
    return "" if "db;dur=" in found["Server-Timing"] else found["Server-Timing"]


def spoofed_peer(told: Told) -> str:  # noqa: ARG001 - as any look
    """A header counts as an address."""
    sent = [(b"x-forwarded-for", b"1.2.3.4")]
    found = peers.address(Request({"type": "http", "client": ("9.9.9.9", 1), "headers": sent}), ())
    return "" if found == "9.9.9.9" else found


def outage(told: Told) -> str:
    """While the database is away a write is answered with anything but 500."""
    with opened(told, DATABASE_URL=f"postgresql://u@{NOBODY}/none") as market:
        status = market.post(REFRESH, {"refreshToken": "a token"}).status_code
    return "" if status == 500 else f"{status}"


def bad_bodies(told: Told) -> str:
    """A body that no column could hold, or that says that it is no JSON, is looked at."""
    with opened(told) as market:
        nul = market.post(REFRESH, {"refreshToken": "a\0token"})
        typed = market.post(REFRESH, {}, headers={"Content-Type": "text/plain"})
    found = (nul.status_code, typed.status_code)
    return "" if found == (400, 415) else f"{found}"


def maintenance(told: Told) -> str:
    """Somebody is served, though nobody is to be."""
    file = told.folder / "maintenance"
    file.touch()
    with opened(told, MAINTENANCE_FILE=str(file)) as market:
        status = market.get("/api/jobs").status_code
    file.unlink()
    return "" if status == 503 else f"{status}"


def health(told: Told) -> str:
    """Health says something else than how it is."""
    count = len(list(MIGRATIONS.iterdir()))
    with opened(told) as market:
        sound = market.get(HEALTH).json()
    if sound["db"] != {"ok": True, "migrations": count, "pending": 0}:
        return f"{sound}"
    for environ, error in (
        ({"DATABASE_URL": f"postgresql://u@{NOBODY}/none"}, "database"),
        ({"DATABASE_URL": empty_url(told)}, "migrations"),
        (LIVE | {"REDIS_URL": f"redis://{NOBODY}"}, "redis"),
    ):
        with opened(told, **environ) as market:
            answer = market.get(HEALTH)
        if (answer.status_code, answer.json().get("error")) != (503, error):
            return answer.text
    return ""


def slow_health(told: Told) -> str:
    """Health waits for a database that never answers."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/none"
        with opened(told, DATABASE_URL=url, DB_TIMEOUT_MS="100") as market:

            async def asked() -> None:
                async with asyncio.timeout(15):
                    await market._ask("GET", HEALTH, None, {})

            try:
                market.runner.run(asked())
            except TimeoutError:
                return "no answer"
    return ""


def slow_statements(told: Told) -> str:
    """A slow statement is not told, or a quick one is."""
    heard: list[Event] = []
    with opened(told, SLOW_QUERY_MS="500") as market:
        market.service.events.listeners.append(heard.append)
        for milliseconds in (499, 501):
            market.service.statements("page", milliseconds)
        counted = market.service.statements.slow
    found = [(each.name, each.payload["ms"]) for each in heard]
    return "" if (counted, found) == (1, [("db.slow_query", 501)]) else f"{counted} {found}"


def root(told: Told) -> str:
    """There is no page."""
    with opened(told) as market:
        status = market.get("/").status_code
    return "" if status == 200 else f"{status}"


def ends(told: Told) -> str:  # noqa: ARG001 - as any look
    """Who is told to end leaves at once, whatever is under way."""
    left: list[int] = []
    os._exit = left.append  # type: ignore[assignment]
    server = Server(Config(None, log_config=None), shutdown_seconds=60)  # type: ignore[arg-type]
    server.handle_exit(signal.SIGTERM, None)
    return "it left" if left else ""
