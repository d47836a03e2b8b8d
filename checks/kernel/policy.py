"""
A policy server of the suite's own (P): `SENTINEL_URL` is told its address.

    policy.allow(); policy.deny(); policy.decide(lambda asked: asked["resource"]["delta"] <= 100)
    policy.answer(500, "boom"); policy.stall()
    policy.asked()                                 the questions, oldest first
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

from proofbook.instruments.servers import FakeServer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proofbook.instruments.exchanges import Received

CHECK = "/sentinelnet/check"
HEALTH = "/sentinelnet/health"
#: What a decision says for its reason.
RATIONALE = "as the check says"


class Policy(FakeServer):
    """It allows, until it is told otherwise; it is well, until it stalls."""

    def __init__(self) -> None:
        self._reply: Callable[[Mapping[str, Any]], tuple[int, Any]] = _allowed
        self._stalled = threading.Event()
        super().__init__(self._answer)

    def allow(self) -> None:
        """Allow everything."""
        self._reply = _allowed

    def deny(self) -> None:
        """Deny everything."""
        self.decide(lambda _: False)

    def decide(self, allows: Callable[[Mapping[str, Any]], bool]) -> None:
        """Allow what the function allows."""
        self._reply = lambda asked: (200, decision(is_allowed=allows(asked)))

    def answer(self, status: int, body: Any) -> None:
        """Answer each question with this."""
        self._reply = lambda _: (status, body)

    def stall(self) -> None:
        """Take questions and answer none, for as long as the server stands."""
        self._stalled.set()

    def asked(self) -> list[dict[str, Any]]:
        """What was asked, oldest first."""
        return [json.loads(e.request_body) for e in self.exchanges() if e.path == CHECK]

    def _answer(self, received: Received) -> tuple[int, Any]:
        if self._stalled.is_set():
            self.listener.closing.wait()
            return 503, ""
        if received.path == CHECK:
            return self._reply(received.json())
        return (200, {"status": "ok"}) if received.path == HEALTH else (404, "")


def decision(*, is_allowed: bool) -> dict[str, Any]:
    """A reply of the policy service's own form."""
    word = "allow" if is_allowed else "deny"
    return {
        "decision": word,
        "allowed": is_allowed,
        "policyId": f"policy-{word}",
        "policyVersion": "1",
        "ruleId": f"rule-{word}",
        "rationale": RATIONALE,
        "ts": "2026-01-01T00:00:00.000Z",
    }


def _allowed(_: Mapping[str, Any]) -> tuple[int, Any]:
    return 200, decision(is_allowed=True)
