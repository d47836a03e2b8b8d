"""What anybody may ask: health, readiness, numbers, and who signs here."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from systems.chassis import instants
from systems.kernel.signatures import ALGORITHM, spki
from systems.kernel.turns import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from systems.kernel.service import Service

#: In the order in which readiness names them.
DEPENDENCIES = ("db", "kms", "sentinel")


@dataclass(frozen=True, slots=True)
class OpsRoutes:
    """Handlers that need no credentials."""

    service: Service

    async def health(self, _request: Request) -> Response:
        """GET health: 200 while all that is critical answers."""
        up, settings = await self._states(), self.service.settings
        down = self._critical_down(up)
        status = "down" if down else "ok" if all(up.values()) else "degraded"
        told = {
            **{f"{name}_reachable": up.get(name) for name in DEPENDENCIES},
            "status": status,
            "ts": instants.now(),
            "signer_id": settings.signer_id,
            "app_version": settings.app_version,
            "slo": settings.slo,
        }
        return Answer(told, 503 if down else 200).response()

    async def ready(self, _request: Request) -> Response:
        """GET ready: whether requests may be sent here."""
        down = self._critical_down(await self._states())
        self.service.metrics.count(f"kernel_readiness_{'failure' if down else 'success'}")
        if down:
            told = {"status": "not_ready", "details": f"{down[0]}.unreachable"}
            return Answer(told, 503).response()
        return Answer({"status": "ready"}).response()

    async def metrics(self, _request: Request) -> Response:
        """GET metrics, as Prometheus reads them."""
        return Response(self.service.metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    async def security_status(self, _request: Request) -> Response:
        """GET who signs here, and by which public key that is verified."""
        signer = self.service.signer
        public = await signer.public_key(signer.signer_id)
        told = {"signer_id": signer.signer_id, "algorithm": ALGORITHM}
        told |= {"key_version": public.key_version, "public_key": spki(public.key)}
        return Answer(told).response()

    async def _states(self) -> dict[str, bool]:
        watched = self.service.watched
        found = await asyncio.gather(*(each.state() for each in watched.values()))
        return dict(zip(watched, found, strict=True))

    def _critical_down(self, up: Mapping[str, bool]) -> list[str]:
        is_optional = {"kms": not self.service.settings.kms.is_required}
        return [
            name for name in DEPENDENCIES if up.get(name) is False and not is_optional.get(name)
        ]
