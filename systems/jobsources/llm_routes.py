"""What needs a language model: refused, as none is configured here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.chassis.http import Refusal

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from systems.jobsources.service import Service


@dataclass(frozen=True, slots=True)
class LlmRoutes:
    """Handlers that are slow by nature, and counted apart."""

    service: Service

    async def refuse(self, request: Request) -> Response:
        """POST what a model is to write."""
        user_id = self.service.user_id(request)
        async with self.service.store.transaction() as tx:
            await self.service.user(tx, user_id)
        raise Refusal(503, "No language model is configured")
