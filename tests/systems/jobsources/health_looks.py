"""Looks at an API's health while something that it needs is away."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import httpx

from tests.systems.jobsources.looks import Look, asked, code

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.systems.jobsources.apis import Api


def is_store_missed(api: Api) -> bool:
    """The store says nothing, and readiness says that it does."""
    return _frozen(api, lambda: api.client.get("/health/test").status_code == 200)


def is_probe_endless(api: Api) -> bool:
    """The store says nothing, and nor does health."""

    def hangs() -> bool:
        try:
            api.client.get("/health", timeout=12)
        except httpx.ReadTimeout:
            return True
        return False

    return _frozen(api, hangs)


def is_dead(api: Api) -> bool:
    """The store says nothing, and the process is over."""

    def ends() -> bool:
        with suppress(httpx.TransportError):
            return api.client.get("/health").status_code not in (200, 503)
        return True

    return _frozen(api, ends)


def _frozen(api: Api, see: Callable[[], bool]) -> bool:
    """A look while the wire to the store is silent."""
    assert api.wire is not None
    assert api.client.get("/health").status_code == 200
    api.wire.is_frozen = True
    try:
        return see()
    finally:
        api.wire.is_frozen = False


def is_worker_needed(api: Api) -> bool:
    """The worker was there; since it is gone, health is not well."""
    before = api.client.get("/health").status_code
    api.apis.sink.is_open.clear()
    try:
        return (before, api.client.get("/health").status_code) == (200, 503)
    finally:
        api.apis.sink.is_open.set()


WIRED = {"DATABASE_URL": "{wire}", "HEALTH_CHECK_TIMEOUT_MS": "2000"}


#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "health-wants-token": Look(lambda api: 401 in asked(api, 2)),
    "health-always-ok": Look(code("/health", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "store-taken-for-up": Look(is_store_missed, WIRED),
    "probe-without-limit": Look(is_probe_endless, WIRED),
    "dies-with-store": Look(is_dead, WIRED),
    "disk-unseen": Look(code("/health/test", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "readiness-constant": Look(code("/health/test", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "probes-throttled": Look(lambda api: 429 in asked(api, 120, "/health/test")),
    "health-asks-worker": Look(is_worker_needed),
}
