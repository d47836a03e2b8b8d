"""
The policy that is asked before anything is done: a server's, or the one built in, which allows.

No valid decision is a decision, too: nothing is done, and that is what is written down.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.kernel.principals import Principal

OK = 200
UNAVAILABLE = "sentinel-unavailable"
NOT_CONFIGURED = "sentinel.enforcePolicy not configured"
log = logging.getLogger("systems.kernel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the policy says of one action; `is_valid` is false where it said nothing that counts."""

    id: str
    is_allowed: bool
    rule_id: str | None
    rationale: str | None
    timestamp: str
    is_valid: bool = True

    def shown(self) -> dict[str, object]:
        """As it stands in an event."""
        return {
            "id": self.id,
            "allowed": self.is_allowed,
            "ruleId": self.rule_id,
            "rationale": self.rationale,
            "timestamp": self.timestamp,
        }


class Sentinel:
    """Asks the policy server, where there is one."""

    def __init__(self, url: str, timeout_ms: int) -> None:
        self._url = url
        self._timeout_seconds = timeout_ms / 1000
        self._http = httpx.AsyncClient(trust_env=False, timeout=timeout_ms / 1000) if url else None

    @property
    def is_configured(self) -> bool:
        """Whether there is a policy server."""
        return self._http is not None

    async def close(self) -> None:
        """Let go of all connections."""
        if self._http is not None:
            await self._http.aclose()

    async def decide(self, action: str, resource: object, principal: Principal) -> Decision:
        """What the policy says; a server that says nothing that counts allows nothing."""
        if self._http is None:
            return built_in(action)
        request_id = str(uuid4())
        body: dict[str, object] = {
            "requestId": request_id,
            "action": action,
            "actor": principal.shown(),
        }
        body |= {"resource": resource, "context": {}}
        headers = {"X-Request-Id": request_id}
        url = f"{self._url}/sentinelnet/check"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._http.post(url, json=body, headers=headers)
            return decision(action, answer.status_code, answer.json())
        except (httpx.HTTPError, TimeoutError, ValueError) as error:
            log.error("the policy server gave no decision", extra={"why": type(error).__name__})  # noqa: TRY400 - no bug, no traceback
            return unavailable(action)

    async def answers(self) -> bool:
        """Whether the policy server says that it is well."""
        if self._http is None:
            return True
        try:
            async with asyncio.timeout(self._timeout_seconds):
                answer = await self._http.get(f"{self._url}/sentinelnet/health")
        except (httpx.HTTPError, TimeoutError):
            return False
        return answer.status_code == OK


def decision(action: str, status: int, told: object) -> Decision:
    """What a policy server's answer says: `allowed` alone decides."""
    if status != OK or not isinstance(told, dict) or not isinstance(told.get("allowed"), bool):
        return unavailable(action)
    word = "allow" if told["allowed"] else "deny"
    names = ("decisionId", "policyCheckId", "id", "policyId", "policy_id")
    return Decision(
        id=_first(told, *names) or f"{action}:{word}",
        is_allowed=told["allowed"],
        rule_id=_first(told, "ruleId", "policyId"),
        rationale=_first(told, "rationale", "reason"),
        timestamp=_first(told, "ts") or instants.now(),
    )


def built_in(action: str) -> Decision:
    """The policy where no server is configured: it allows, and says that it did."""
    return Decision(
        id=f"default-allow:{action}",
        is_allowed=True,
        rule_id="default-allow",
        rationale=NOT_CONFIGURED,
        timestamp=instants.now(),
    )


def unavailable(action: str) -> Decision:
    """What is written down where nothing valid was said."""
    return Decision(
        id=f"{action}:deny",
        is_allowed=False,
        rule_id=UNAVAILABLE,
        rationale=None,
        timestamp=instants.now(),
        is_valid=False,
    )


def _first(told: Mapping[str, Any], *names: str) -> str | None:
    """The first text that stands under one of these names."""
    found = (told.get(name) for name in names)
    return next((value for value in found if isinstance(value, str) and value), None)
