"""What an audit event is stored as, and by which id it is found."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import pytest

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

COLUMNS = (
    "id",
    "event_type",
    "payload",
    "prev_hash",
    "hash",
    "signature",
    "signer_id",
    "ts",
)
LISTED = "select column_name from information_schema.columns where table_name = 'audit_events'"


@pytest.mark.claim("kernel.audit-ids-are-bare")
def test_events_have_their_columns_and_bare_ids(
    claim: ClaimHandle, standing: Deployment, kernel: Kernel
) -> None:
    """An id that is copied from an answer, a log or a row finds the event, and nothing is added to it."""
    made = [kernel.signed()["audit_id"] for _ in range(claim["events"])]

    columns = {row["column_name"] for row in standing.sql.rows(LISTED)}

    claim.require(len(set(made)) == claim["events"], f"{made} are not so many events")
    assert sorted({*COLUMNS} - columns) == []
    assert [event for event in made if not _is_uuid(event)] == []
    for event in made:
        claim.expect(found=kernel.event(event).status)
    claim.expect(prefixed=kernel.event(f"audit-{made[0]}").status)


def _is_uuid(text: str) -> bool:
    """Whether this is a UUID as it is usually written, and nothing beside it."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
