"""How what was found is called by another name, and what is known is taken for new."""

from __future__ import annotations

from typing import Any

from systems.chassis.seams import Fault, around, ids, value

jobsources = ids("jobsources")


def _any_version(fields: Any) -> Any:
    """A task of a later version is taken for one of this."""
    return {**fields, "taskSchemaVersion": ("", str)}


def _as_written(_canonical_url: Any) -> Any:
    return lambda url: url


def _never_longer(_delay_ms: Any) -> Any:
    return lambda backoff, _attempt, _random: backoff.base_ms


FAULTS = (
    Fault(
        name="callbacks-repeated-as-soon",
        process="worker",
        breaks=jobsources("callback-retries-back-off"),
        plant=around("systems.jobsources.backoff:Backoff.delay_ms", _never_longer),
    ),
    Fault(
        name="failures-untyped",
        process="api",
        breaks=jobsources("failures-typed-by-error"),
        plant=value("systems.jobsources.classification:failure_type", lambda _: "unknown"),
    ),
    Fault(
        name="offers-known-as-written",
        process="api",
        breaks=jobsources("offers-known-by-identity"),
        plant=around("systems.jobsources.job_offers:normalized_url", _as_written),
    ),
    Fault(
        name="requests-known-as-written",
        process="api",
        breaks=jobsources("requests-known-by-fingerprint"),
        plant=around("systems.jobsources.intents:canonical_url", _as_written),
    ),
    Fault(
        name="any-task-version",
        process="worker",
        breaks=jobsources("task-envelope-checked"),
        plant=around("systems.jobsources.tasks:FIELDS", _any_version),
    ),
    Fault(
        name="humans-only-unnoticed",
        process="worker",
        breaks=jobsources("worker-names-what-it-found"),
        plant=value("systems.jobsources.offers:BLOCKED", ()),
    ),
)
