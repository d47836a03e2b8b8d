"""How somebody logs in."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis import instants
from systems.chassis.http import Refusal
from systems.jobsources import passwords
from systems.jobsources.envelope import success
from systems.jobsources.fields import Fields
from systems.jobsources.sessions import Sessions
from systems.jobsources.settings import PASSWORD_LENGTHS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from systems.chassis.store import Row
    from systems.jobsources.service import Service

LONGEST_EMAIL = 255
REFRESH_SECONDS = 7 * 24 * 3600
PERMISSIONS: Mapping[str, tuple[str, ...]] = {
    "admin": ("ops.metrics.read", "ops.callbacks.replay"),
    "user": (),
}


@dataclass(frozen=True, slots=True)
class AuthRoutes:
    """Handlers for whoever has no token yet."""

    service: Service

    async def login(self, request: Request) -> Response:
        """POST e-mail and password."""
        email, password = _credentials(Fields(await self.service.body(request)))
        async with self.service.store.transaction() as tx:
            row = await tx.row("user_of_email", email=email)
        is_right = await passwords.is_right(password, row.password if row else None)
        if row is None or not is_right:
            raise Refusal(401, "Unauthorized")
        async with self.service.store.transaction() as tx:
            at = (await tx.one("logged_in", id=row.id)).last_login_at
        now, user_id = time.time(), str(row.id)
        refresh = Sessions(self.service.settings.refresh_secret, REFRESH_SECONDS)
        tokens = {
            "accessToken": self.service.sessions.token(user_id, row.role, now_seconds=now),
            "refreshToken": refresh.token(user_id, row.role, now_seconds=now),
        }
        return success({**tokens, "user": _shown(row) | {"lastLoginAt": instants.text(at)}}, 201)


def _credentials(fields: Fields) -> tuple[str, str]:
    email = fields.text("email", LONGEST_EMAIL, is_required=True)
    password = fields.text("password", is_required=True)
    if password and len(password) not in PASSWORD_LENGTHS:
        fields.wrong("password must have from 8 to 128 characters")
    fields.check()
    return email, password


def _shown(row: Row) -> dict[str, object]:
    return {
        "id": str(row.id),
        "email": row.email,
        "role": row.role,
        "permissions": list(PERMISSIONS.get(row.role, ())),
        "isActive": True,
        "deletedAt": None,
        "createdAt": instants.text(row.created_at),
        "updatedAt": instants.text(row.updated_at),
    }
