"""Looks at an API's numbers, logs and pace."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from tests.systems.jobsources.apis import SECRET
from tests.systems.jobsources.looks import Look, asked, code, reason

if TYPE_CHECKING:
    from tests.systems.jobsources.apis import Api


def gauge(api: Api, name: str) -> float | None:
    """One series."""
    return api.series().get(f"jobsources_{name}")


def is_zero_idle(api: Api) -> bool:
    """Where nothing ran, nothing succeeded."""
    return bool(api.metrics()["scrape"]["successRate"] == 0)


def is_open_counted(api: Api) -> bool:
    """A run that goes on has not succeeded."""
    assert reason(api.complete(api.begin())) == ""
    api.begin()
    return api.metrics()["scrape"]["successRate"] == 0.5 and gauge(api, "scrapes_finished") == 2


def is_silence_missed(api: Api) -> bool:
    """A run that never said anything is not among the silent."""
    api.begin()
    return gauge(api, "running_without_heartbeat") == 0


def is_event_uncounted(api: Api) -> bool:
    """Of two events, one failed, one is counted."""
    assert reason(api.complete(api.begin())) == ""
    api.failed()
    return gauge(api, "callback_total_events") == 1


def is_window_ignored(api: Api) -> bool:
    """What was a hundred hours ago is counted."""
    assert reason(api.complete(api.begin())) == ""
    api.apis.sql("UPDATE job_source_runs SET created_at = created_at - interval '100 hours'")
    return gauge(api, "scrapes_completed") == 1


def is_stale_uncounted(api: Api) -> bool:
    """A run that was ended for its silence is not among those."""
    api.begin()
    api.apis.sql("UPDATE job_source_runs SET started_at = started_at - interval '61 minutes'")
    headers = {"Authorization": "Bearer ops-token-1"}
    assert api.client.post("/api/ops/reconcile-stale-runs", headers=headers).status_code == 201
    return bool(api.metrics()["lifecycle"]["staleReconciledRuns"] == 0)


def is_failure_zero(api: Api) -> bool:
    """A table is away, and all is well."""
    names = ("job_source_callback_events", "elsewhere")
    rename = "ALTER TABLE {} RENAME TO {}"
    api.apis.sql(rename.format(*names))
    try:
        return api.get("/api/ops/metrics", "admin").status_code == 200
    finally:
        api.apis.sql(rename.format(*reversed(names)))


def is_model_mixed(api: Api) -> bool:
    """What asks a model counts with the rest."""
    assert api.post("/api/career-profiles", {}).status_code == 503
    name = 'method="POST",route="/api/career-profiles",status="503",llm="false"'
    return any(name in series for series in api.series())


def is_refusal_unsaid(api: Api) -> bool:
    """A callback was refused, and no line says so."""
    assert api.complete(api.begin(), headers={"x-worker-signature": "0"}).status_code == 401
    return '"event": "callback_auth_failed"' not in api.log()


def is_secret_said(api: Api) -> bool:
    """And a line says with what it were not."""
    assert api.complete(api.begin(), headers={"x-worker-signature": "0"}).status_code == 401
    return SECRET in api.log()


def is_late(api: Api) -> bool:
    """Of ten answers one takes long, each time; on a busy machine one may."""
    return all(_seconds_of_ten(api) > 0.85 for _ in range(4))


def _seconds_of_ten(api: Api) -> float:
    began = time.monotonic()
    asked(api, 10)
    return time.monotonic() - began


def is_swallowed(api: Api) -> bool:
    """A run was ended, and goes on."""
    ids = [api.begin() for _ in range(10)]
    for run_id in ids:
        assert reason(api.complete(run_id)) == ""
    return any(api.status(run_id) == "RUNNING" for run_id in ids)


def is_workers_throttled(api: Api) -> bool:
    """A worker that reports often is not heard."""
    run_id = api.begin()
    return 429 in {api.beat(run_id).status_code for _ in range(12)}


#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "rate-of-nothing-is-zero": Look(is_zero_idle),
    "runs-under-way-count": Look(is_open_counted),
    "silence-uncounted": Look(is_silence_missed),
    "events-half-counted": Look(is_event_uncounted),
    "number-renamed": Look(lambda api: "runningWithoutHeartbeat" not in api.metrics()["queue"]),
    "series-missing": Look(lambda api: gauge(api, "running_without_heartbeat") is None),
    "series-no-number": Look(lambda api: math.isnan(gauge(api, "running_runs") or 0)),
    "window-ignored": Look(is_window_ignored),
    "stale-runs-uncounted": Look(is_stale_uncounted),
    "failed-query-is-zero": Look(is_failure_zero),
    "numbers-for-anybody": Look(code("/api/ops/metrics", 200, "a")),
    "numbers-unprefixed": Look(code("/ops/metrics", 200)),
    "models-counted-in": Look(is_model_mixed),
    "refusals-unlogged": Look(is_refusal_unsaid),
    "secret-logged": Look(is_secret_said),
    "one-in-fifty-fails": Look(lambda api: 503 in asked(api, 50)),
    "one-in-ten-is-late": Look(is_late),
    "one-in-three-refused-fast": Look(lambda api: 429 in asked(api, 3)),
    "callbacks-throttled": Look(is_workers_throttled),
    "callbacks-swallowed": Look(is_swallowed),
}
