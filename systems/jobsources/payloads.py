"""The hash of a callback's body: the one that a worker sends, and the one that is kept where it sends none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis.canonical import canonical, digest

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What differs between two deliveries of the same callback.
OF_DELIVERY = ("attemptNo", "callbackAttemptNo", "emittedAt", "payloadHash")
KEPT = (
    "eventId",
    "source",
    "runId",
    "sourceRunId",
    "attemptNo",
    "emittedAt",
    "listingUrl",
    "status",
    "scrapedCount",
    "totalFound",
    "jobCount",
    "jobLinkCount",
    "outputPath",
    "error",
    "failureType",
    "failureCode",
    "jobs",
    "diagnostics",
)
DEFAULTS: Mapping[str, object] = {"attemptNo": 1, "status": "COMPLETED", "jobs": []}


def payload_hash(body: Mapping[str, object]) -> str:
    """SHA-256 of a body in canonical JSON, without what belongs to the delivery."""
    told = {name: value for name, value in body.items() if name not in OF_DELIVERY}
    return digest(canonical(told))


def kept_hash(body: Mapping[str, object]) -> str:
    """SHA-256 over eighteen fields, where the worker sent no hash; blank and absent are null."""
    return digest(canonical({name: _kept(name, body.get(name)) for name in KEPT}))


def _kept(name: str, value: object) -> object:
    if isinstance(value, str):
        value = value.strip() or None
    return DEFAULTS.get(name) if value is None else value
