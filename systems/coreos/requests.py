"""What the API accepts: fields of bodies and parameters of queries, read and refused by name."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeGuard
from uuid import uuid4

from systems.chassis.canonical import SURROGATES, canonical, holds_only_finite_numbers, is_number
from systems.chassis.http import Refusal
from systems.coreos.orders import Order

if TYPE_CHECKING:
    from collections.abc import Mapping

JOB_TYPES = ("scheduler.tick", "index.build", "webhook.process")
TEST_JOB_TYPES = ("__test.fail_n_times", "__test.hang")
STATUSES = ("PENDING", "PROCESSING", "COMPLETED", "FAILED", "FAILED_RETRYABLE", "DEAD", "SUSPENDED")
SEVERITIES = ("ERROR", "WARN", "INFO")
LONGEST_TEXT = 256
LONGEST_WORKER_ID = 128
WINDOW = re.compile(r"([0-9]{1,15})(m|h|d)")
WINDOW_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
PLAIN_INTEGER = re.compile(r"[0-9]{1,15}")
#: What `Number(text)` of JavaScript takes for a decimal number.
JS_NUMBER = re.compile(r"[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?)", re.ASCII)


def order(
    fields: Mapping[str, object], *, actor_id: str, is_production: bool, lease_duration_ms: int
) -> Order:
    """What an enqueue asks for. Raises Refusal 400 for the first field that is wrong, in the contract's order."""
    types = JOB_TYPES if is_production else JOB_TYPES + TEST_JOB_TYPES
    job_type, payload, policy = (fields.get(k) for k in ("jobType", "payload", "policyDecisionId"))
    if job_type not in types:
        raise Refusal(400, f"Invalid jobType. Must be one of: {', '.join(types)}")
    if policy in (None, ""):
        raise Refusal(400, "policyDecisionId is required")
    if not isinstance(payload, dict | list):
        raise Refusal(400, "payload must be a non-null object")
    if not holds_only_finite_numbers(payload):
        raise Refusal(400, "payload holds a number outside the double range")
    return Order(
        job_type=str(job_type),
        policy_decision_id=_text(fields, "policyDecisionId"),
        trace_id=_text(fields, "traceId") if "traceId" in fields else f"trace-{uuid4()}",
        scope=_scope(fields),
        max_attempts=_integer(fields, "maxAttempts", 1, 100, default=3),
        lease_duration_ms=_integer(
            fields, "leaseDurationMs", 1000, 3_600_000, default=lease_duration_ms
        ),
        payload=canonical(payload),
        actor_id=actor_id,
    )


def worker(fields: Mapping[str, object]) -> tuple[str, str]:
    """Worker and instance of a claim. Raises Refusal 400."""
    worker_id, instance_id = fields.get("workerId"), fields.get("instanceId", "")
    if not is_worker_id(worker_id) or not isinstance(instance_id, str):
        raise Refusal(400, "workerId is required")
    return str(worker_id), instance_id


def beat(fields: Mapping[str, object]) -> tuple[str, str, str | None, int]:
    """Job, worker, instance (None: not said) and attempt of a heartbeat. Raises Refusal 400."""
    job_id, worker_id = fields.get("jobId"), fields.get("workerId")
    instance_id, attempt = fields.get("instanceId"), fields.get("attempt")
    if not isinstance(instance_id, str | None) or not _is_text(job_id) or not _is_text(worker_id):
        raise Refusal(400, "jobId and workerId are required")
    if not _is_integer(attempt):
        raise Refusal(400, "attempt is required")
    return job_id, worker_id, instance_id, int(attempt)


def is_worker_id(value: object) -> bool:
    """Whether a value can name a worker: 1 to 128 characters."""
    return isinstance(value, str) and 1 <= len(value) <= LONGEST_WORKER_ID


def seen(fields: Mapping[str, object]) -> int | None:
    """`lastUpdatedAt`, if it is said. Raises Refusal 400."""
    value = fields.get("lastUpdatedAt")
    if "lastUpdatedAt" not in fields:
        return None
    if not is_number(value):
        raise Refusal(400, "lastUpdatedAt must be a number")
    return int(max(-(2.0**53), min(2.0**53, value)))


def reason(fields: Mapping[str, object]) -> str | None:
    """Why a job is suspended, if it is said. Raises Refusal 400."""
    value = fields.get("reason")
    if value is not None and not isinstance(value, str):
        raise Refusal(400, "reason must be a string")
    return value


def priority(fields: Mapping[str, object]) -> int:
    """The priority wished for; a string counts as the number that JavaScript reads in it. Raises Refusal 400."""
    value = fields.get("value")
    if not isinstance(value, str) and not is_number(value):
        raise Refusal(400, "value is required (integer 0-100)")
    wished = _js_number(value) if isinstance(value, str) else float(value)
    if not (0 <= wished <= 100 and wished % 1 == 0):  # noqa: PLR2004 - the contract's bounds
        raise Refusal(400, "Priority must be an integer between 0 and 100")
    return int(wished)


def statuses(query: Mapping[str, str]) -> list[str] | None:
    """The states asked for, or None for all. Raises Refusal 400."""
    if "status" not in query:
        return None
    wanted = query["status"].split(",")
    for status in wanted:
        if status not in STATUSES:
            raise Refusal(400, f"Invalid status: {status}. Must be one of: {', '.join(STATUSES)}")
    return wanted


def limit(query: Mapping[str, str], default: int) -> int:
    """How many rows are asked for, 1 to 100. Raises Refusal 400."""
    text = query.get("limit", str(default))
    if not PLAIN_INTEGER.fullmatch(text) or not 1 <= int(text) <= 100:  # noqa: PLR2004 - the contract's bound
        raise Refusal(400, "limit must be an integer between 1 and 100")
    return int(text)


def threshold_seconds(query: Mapping[str, str]) -> int:
    """Since how long a lease must have run out. Raises Refusal 400."""
    text = query.get("thresholdSec", "0")
    if not PLAIN_INTEGER.fullmatch(text):
        raise Refusal(400, "thresholdSec must be an integer of 0 or more")
    return int(text)


def window(query: Mapping[str, str]) -> tuple[str, int]:
    """A window as it was asked for, and in ms. Raises Refusal 400."""
    text = query.get("window", "60m")
    match = WINDOW.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise Refusal(400, f'Invalid window format: {text}. Use e.g. "60m", "24h"')
    return text, int(match[1]) * WINDOW_MS[match[2]]


def instant(query: Mapping[str, str], name: str) -> int | None:
    """An ISO time in ms, if it is said; without a zone it is UTC. Raises Refusal 400."""
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return math.floor(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Refusal(400, f"{name} must be an ISO 8601 time") from None


def severity(query: Mapping[str, str]) -> str | None:
    """A severity, if one is asked for. Raises Refusal 400."""
    if query.get("severity", "INFO") not in SEVERITIES:
        raise Refusal(400, f"severity must be one of: {', '.join(SEVERITIES)}")
    return query.get("severity")


def cursor(query: Mapping[str, str]) -> int | None:
    """Where the last page ended, if it is said. Raises Refusal 400."""
    if "cursor" not in query:
        return None
    if not PLAIN_INTEGER.fullmatch(query["cursor"]):
        raise Refusal(400, "Invalid cursor")
    return int(query["cursor"])


def _text(fields: Mapping[str, object], name: str) -> str:
    value = fields[name]
    if (
        not isinstance(value, str)
        or not 1 <= len(value) <= LONGEST_TEXT
        or SURROGATES.search(value)
    ):
        raise Refusal(400, f"{name} must be a string of 1 to {LONGEST_TEXT} characters")
    return value


def _scope(fields: Mapping[str, object]) -> list[str]:
    scope = fields.get("scope", ["execute"])
    if not isinstance(scope, list) or not all(map(_is_unicode, scope)):
        raise Refusal(400, "scope must be an array of strings")
    return scope


def _integer(
    fields: Mapping[str, object], name: str, least: int, most: int, *, default: int
) -> int:
    value = fields.get(name, default)
    if not _is_integer(value) or not least <= value <= most:
        raise Refusal(400, f"{name} must be an integer between {least} and {most}")
    return int(value)


def _is_integer(value: object) -> TypeGuard[float]:
    return is_number(value) and math.isfinite(value) and value % 1 == 0


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != ""


def _is_unicode(value: object) -> bool:
    return isinstance(value, str) and not SURROGATES.search(value)


def _js_number(text: str) -> float:
    text = text.strip()
    if not text:
        return 0
    return float(text) if JS_NUMBER.fullmatch(text) else math.nan
