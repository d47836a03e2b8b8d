"""The table of events, as far as the target lets it be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.jobsources.adapter_deployment import Deployment

EVENTS = "job_source_callback_events"


def stored(deployment: Deployment, run: str) -> int | None:
    """How many events of a run are stored; `None` where the target does not let that be read."""
    if deployment.system.sql is None:
        return None
    statement = f"SELECT count(*) AS rows FROM {EVENTS} WHERE source_run_id::text = %s"  # noqa: S608 - a table of the contract
    return int(deployment.sql.rows(statement, run)[0]["rows"])
