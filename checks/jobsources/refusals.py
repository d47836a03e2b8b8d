"""
Callbacks that are to be refused, and what was done with them instead.

    wrong = misjudged(api, run, [Attempt("unsigned", callback, {"headers": UNSIGNED}), …], 401)
    claim.require(taken(api, api.begin()) == [], "…")    # another run: where wrong ones are taken, theirs is over
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from checks.jobsources.adapter_callbacks import KINDS, SIGNATURE, TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_callbacks import Callback
    from checks.jobsources.replies import Reply

UNSIGNED: Mapping[str, str | None] = {SIGNATURE: None, TIMESTAMP: None}
#: The endpoints that take callbacks, the one that ends a run last.
ENDPOINTS = ("heartbeat", "offers", "batch", "complete")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One callback, and how it is delivered: what `Api.deliver` takes."""

    name: str
    callback: Callback
    how: Mapping[str, Any] = field(default_factory=dict)


def misjudged(
    api: Api, run: str, attempts: Iterable[Attempt], status: int, *, seen_by: Api | None = None
) -> list[str]:
    """What was answered otherwise than with `status`, and whether anything of the run has changed."""
    witness = seen_by or api
    before = witness.run(run)
    found = []
    for attempt in attempts:
        reply = api.deliver(attempt.callback, unanswered=True, **attempt.how)
        if reply.status != status:
            found.append(f"{attempt.name}: {reply!r}")
    after = witness.run(run)
    changed = sorted(name for name in after if after[name] != before.get(name))
    return [*found, *(f"{name} of the run has changed" for name in changed)]


def taken(api: Api, run: str, **how: Any) -> list[str]:
    """Which endpoints do not take a sound callback: the guard of every refusal at each of them."""
    replies: dict[str, Reply] = {
        endpoint: api.deliver(KINDS[endpoint](run), **how) for endpoint in ENDPOINTS
    }
    return [f"{endpoint}: {reply!r}" for endpoint, reply in replies.items() if not reply.is_applied]
