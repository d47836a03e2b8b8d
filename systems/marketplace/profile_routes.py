"""What somebody sees and says of themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

from psycopg.errors import UniqueViolation

from systems.chassis.http import Refusal
from systems.marketplace import bodies, lists, replies, texts, views
from systems.marketplace.auth_routes import LEAST_NAME, MOST_NAME, TAKEN, is_wallets
from systems.marketplace.callers import bearer
from systems.marketplace.endpoint import Offered
from systems.marketplace.envelope import success
from systems.marketplace.schema import Fields

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.marketplace.routes import Entry
    from systems.marketplace.service import Service

#: Field → characters that are kept of it.
LINES = {"firstName": 100, "lastName": 100, "title": 140, "location": 100, "companyName": 140}
AVATAR = 500


def entries(service: Service) -> Iterator[Entry]:
    """Look, and change."""
    routes = ProfileRoutes(service)
    yield "GET", "/api/profile", Offered(handler=routes.show)
    yield "PUT", "/api/profile", Offered(handler=routes.change)


@dataclass(frozen=True, slots=True)
class ProfileRoutes:
    """Handlers for whoever has a token."""

    service: Service

    async def show(self, request: Request) -> Response:
        """GET oneself."""
        caller = self.service.callers.caller(bearer(request))
        body = bytes(success({"user": await self._user(caller.id)}).body)
        return replies.tagged(request, body, replies.PRIVATE)

    async def change(self, request: Request) -> Response:
        """PUT what one says of oneself."""
        caller = self.service.callers.caller(bearer(request))
        caller.require("write:profile")
        told = _told(await bodies.fields(request))
        name = {key: told.pop(key) for key in ("username", "email")}
        try:
            async with self.service.store.transaction() as tx:
                user = await tx.row("user_by_id", id=caller.id)
                if user is None:
                    raise Refusal(404, "User not found")
                if is_wallets(name["email"]) and name["email"] != user.email:
                    raise Refusal(409, TAKEN)
                await tx.run("change_user", id=caller.id, **name)
                await tx.run("change_profile", id=caller.id, profile_id=str(uuid4()), **told)
        except UniqueViolation:
            raise Refusal(409, TAKEN) from None
        await self.service.lists.bump(lists.FREELANCERS)
        return success({"user": await self._user(caller.id)})

    async def _user(self, user_id: str) -> Mapping[str, object]:
        async with self.service.store.transaction() as tx:
            row = await tx.row("user_by_id", id=user_id)
        if row is None:
            raise Refusal(404, "User not found")
        return views.user(row, views.PROFILE_COLUMNS)


def _told(body: Mapping[str, object]) -> dict[str, object]:
    fields = Fields(body)
    email = fields.email("email")
    username = fields.text("username", LEAST_NAME, MOST_NAME)
    lines = {name: fields.text(name) for name in [*LINES, "avatar"]}
    bio = fields.text("bio")
    told: dict[str, object] = {
        "skills": fields.skills("skills"),
        "hourlyRate": fields.number("hourlyRate", may_be_zero=True),
        "email": email,
        "username": None if username is None else texts.plain(username),
        "bio": None if bio is None else texts.description(bio),
    }
    fields.check()
    longest = {**LINES, "avatar": AVATAR}
    return told | {
        name: None if line is None else texts.plain(line, longest[name])
        for name, line in lines.items()
    }
