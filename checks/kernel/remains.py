"""What is left in chain and tables of something that was refused: nothing but the policy's decision."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment

#: Rows that name a thing, by the table: where the tables can be read, they are.
ROWS = {
    "manifest_signatures": "select count(*) as n from manifest_signatures where manifest_id = any(%s)",
    "divisions": "select count(*) as n from divisions where id::text = any(%s)",
    "resource_allocations": "select count(*) as n from resource_allocations where entity_id = any(%s)",
    "agents": "select count(*) as n from agents where id::text = any(%s)",
}
#: Whatever comes of a question, that it was asked is recorded.
RECORDED = "policy.decision"


def remains(deployment: Deployment, kernel: Kernel, *subjects: str) -> list[str]:
    """Events and rows that name one of the ids, a sentence each; of decisions nothing is said."""
    events = [
        f"an event {event.event_type} tells of {subject}"
        for event in kernel.events()
        for subject in subjects
        if event.event_type != RECORDED and subject in json.dumps(event.payload)
    ]
    return events + _rows(deployment, subjects)


def _rows(deployment: Deployment, subjects: Collection[str]) -> list[str]:
    if deployment.system.sql is None:
        return []
    counts = {t: deployment.sql.rows(q, list(subjects))[0]["n"] for t, q in ROWS.items()}
    return [f"{table} holds {count} rows of it" for table, count in counts.items() if count]
