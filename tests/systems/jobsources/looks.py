"""Looks at an API: each says whether something is wrong that a fault makes so, and a sound API never shows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.systems.jobsources.apis import COMPLETE

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.jobsources.apis import Api

    See = Callable[[Api], object]


@dataclass(frozen=True)
class Look:
    """What to look for, and what the API is told beside the usual."""

    see: See
    env: dict[str, str] = field(default_factory=dict)


def reason(answer: httpx.Response) -> str:
    """Why a callback was taken and not applied; empty: it was applied."""
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"].get("reasonCode", ""))


def asked(api: Api, count: int, path: str = "/health") -> list[int]:
    """The statuses of so many requests."""
    return [api.client.get(path).status_code for _ in range(count)]


def is_frozen(api: Api) -> bool:
    """It stands still, again and again: a busy machine does so once."""
    return all(_stands_still(api) for _ in range(3))


def _stands_still(api: Api) -> bool:
    deadline = time.monotonic() + 4
    while time.monotonic() < deadline:
        began = time.monotonic()
        api.client.get("/health")
        if time.monotonic() - began > 0.9:
            return True
        time.sleep(0.05)
    return False


def code(path: str, expected: int, who: str = "", method: str = "get") -> See:
    """A path answers so."""
    return lambda api: getattr(api, method)(path, who=who).status_code == expected


#: Fault → what is told in an environment that must be refused, and is not.
STARTS: dict[str, dict[str, str]] = {
    "tolerance-clamped": {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "29"},
    "open-in-production": {
        "NODE_ENV": "production",
        "SEED_USERS": "",
        "WORKER_CALLBACK_URL": f"https://api.example{COMPLETE}",
        "WORKER_CALLBACK_SIGNING_SECRET": "",
    },
    "environment-unchecked": {"WORKER_CALLBACK_URL": "http://127.0.0.1:3000/complete"},
    "http-in-production": {"NODE_ENV": "production", "SEED_USERS": ""},
}
