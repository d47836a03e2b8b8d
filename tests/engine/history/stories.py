"""Literal events in seconds, for tests of judges; and what a judge says of them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from proofbook.history import Event, History, Kind, Outcome, Promises, judge

NS = 1_000_000_000
#: A lease of two seconds, three attempts, one second's rest; two clocks agree exactly.
PROMISES = Promises(lease_seconds=2, max_attempts=3, grain_seconds=0)


def event(
    kind: Kind,
    worker: str = "w1",
    token: int | None = None,
    at: float = 0.0,
    until: float | None = None,
    **more: str | None,
) -> Event:
    """Accepted at once, for job `j`, unless `more` says otherwise: outcome, detail, job."""
    return Event(
        kind,
        more.get("job", "j"),
        worker,
        token,
        round(at * NS),
        round((at if until is None else until) * NS),
        Outcome(more.get("outcome", "ok") or "ok"),
        more.get("detail", "") or "",
    )


put = partial(event, Kind.ENQUEUE, "suite", None)
claim = partial(event, Kind.CLAIM)
beat = partial(event, Kind.HEARTBEAT)
complete = partial(event, Kind.COMPLETE)
fail = partial(event, Kind.FAIL)
read = partial(event, Kind.READ, "suite")
last_look = partial(event, Kind.LAST_LOOK, "suite")
effect = partial(event, Kind.EFFECT)
count = partial(event, Kind.COUNT, "suite", job=None)
empty = partial(event, Kind.CLAIM, "idle", None, job=None)
lost_claim = partial(event, Kind.CLAIM, "lost", None, job=None, outcome="unknown")


def found(rule: str, *events: Event, **promises: object) -> list[str]:
    """What the judges of one rule say of these events, under PROMISES with changes."""
    changed = replace(PROMISES, **promises)  # type: ignore[arg-type]  # tests name fields by keyword
    # Of another job, so that sentences count seconds from zero, as the literal events do.
    origin = event(Kind.KILL, job="another")
    found = judge(History.of([origin, *events]), changed, only={rule})
    return [str(violation) for violation in found]
