"""A marketplace in this process, and the calls that tests make on it."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Placeholder

from systems.marketplace import routes, scopes, service, settings, tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from systems.marketplace.service import Service

CSRF = "c" * 32
PASSWORD = "password-1"
#: What is kept of it, at a cost for tests.
KEPT = "$2b$04$otBkfqMJZUOibDcWa0wuDu0doYbhmU67LRdjv/rsFi7yrCRpNKSlW"
JOB = {
    "title": "Python developer",
    "description": "Writes Python",
    "budgetAmount": 500,
    "budgetType": "FIXED",
    "duration": "2 weeks",
    "skills": ["python", "sql"],
}
LETTER = {"coverLetter": "I write Python", "estimatedDuration": "2 weeks", "proposedRate": 50}


@dataclass
class Market:
    """Its service, and a client with an address of its own."""

    environ: Mapping[str, str]
    address: str = "10.0.0.1"
    runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def __post_init__(self) -> None:
        self.service: Service = service.build(settings.read(self.environ))
        self.app = routes.application(self.service)

    @cached_property
    def store(self) -> psycopg.Connection[dict[str, Any]]:
        """The store itself."""
        url = self.service.settings.database.url
        return psycopg.connect(url, row_factory=dict_row, autocommit=True)

    def close(self) -> None:
        """Let go of everything."""
        if "store" in vars(self):
            self.store.close()
        self.runner.run(self.service.close())
        self.runner.close()

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        """One request."""
        return self.together([(method, path, body, more)])[0]

    def together(
        self, asked: Iterable[tuple[str, str, object, dict[str, Any]]]
    ) -> list[httpx.Response]:
        """Requests that are under way at once."""

        async def all_of_them() -> list[httpx.Response]:
            return await asyncio.gather(*(self._ask(*each) for each in asked))

        return self.runner.run(all_of_them())

    def get(self, path: str, who: str = "", **more: Any) -> httpx.Response:
        """GET as somebody, who is an id; empty for anybody."""
        return self.ask("GET", path, who=who, **more)

    def post(self, path: str, body: object = None, who: str = "", **more: Any) -> httpx.Response:
        """POST JSON as somebody."""
        return self.ask("POST", path, body or {}, who=who, **more)

    def patch(self, path: str, body: object, who: str = "", **more: Any) -> httpx.Response:
        """PATCH JSON as somebody."""
        return self.ask("PATCH", path, body, who=who, **more)

    async def _ask(
        self, method: str, path: str, body: object, more: dict[str, Any]
    ) -> httpx.Response:
        more = dict(more)
        who, cookies = more.pop("who", ""), {"csrf_token": CSRF} | more.pop("cookies", {})
        headers = {"X-CSRF-Token": CSRF, "Content-Type": "application/json"}
        if who:
            headers["Authorization"] = f"Bearer {self.token(who)}"
        headers |= more.pop("headers", {})
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        kept = {name: value for name, value in headers.items() if value is not None}
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        peer = (more.pop("address", self.address), 1)
        transport = httpx.ASGITransport(self.app, client=peer)
        async with httpx.AsyncClient(transport=transport, base_url="http://market") as client:
            return await client.request(method, path, content=content, headers=kept, **more)

    def token(self, who: str, **claims: Any) -> str:
        """A token of a user's, or of an admin's whom nobody knows: `root`."""
        found = self.sql("SELECT * FROM users WHERE id = %s", who) if who != "root" else []
        granted = scopes.scopes(found[0]["userType"], None, ()) if found else [scopes.ADMIN]
        told = {"sub": who, "usr": who, "scope": granted} | claims
        secret = claims.pop("secret", self.environ["JWT_SECRET"])
        told.pop("secret", None)
        return tokens.access_token(told, secret, now_seconds=int(time.time()), lives_seconds=600)

    def sql(self, query: Any, *values: object) -> list[dict[str, Any]]:
        """Rows straight from the store."""
        cursor = self.store.execute(query, values or None)
        return cursor.fetchall() if cursor.description else []

    def user(self, kind: str = "CLIENT", **columns: object) -> str:
        """A new user's id; the password is `PASSWORD`."""
        name = uuid4().hex[:12]
        told = {
            "id": name,
            "username": f"u-{name}",
            "email": f"{name}@market.example",
            "password": KEPT,
            "userType": kind,
            "isVerified": True,
        } | columns
        insert = SQL('INSERT INTO users ({}, "updatedAt") VALUES ({}, now())').format(
            SQL(", ").join(map(Identifier, told)), SQL(", ").join([Placeholder()] * len(told))
        )
        self.sql(insert, *told.values())
        self.sql(
            """INSERT INTO profiles (id, "userId", skills, portfolio, "updatedAt") VALUES (%s, %s, '{}', '{}', now())""",
            name,
            name,
        )
        return name

    def job(self, who: str, **changes: object) -> str:
        """A new job's id."""
        answer = self.post("/api/jobs", JOB | changes, who, address=uuid4().hex)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job"]["id"])

    def applied(self, job: str, who: str) -> str:
        """A new application's id."""
        answer = self.post(f"/api/jobs/{job}/apply", LETTER, who, address=uuid4().hex)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["application"]["id"])

    def counter(self, name: str) -> int:
        """How often something happened."""
        return self.service.metrics.counters[name]
