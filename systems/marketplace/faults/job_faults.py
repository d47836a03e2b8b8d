"""How jobs, applications and drafts are seen, changed or made by whom, or when, they must not be."""

from __future__ import annotations

from typing import Any

from systems.chassis.seams import Fault, around, ids, query, together, value

market = ids("marketplace")


def _as_told(number: Any) -> Any:
    """Whatever is a number will do."""

    def read(fields: Any, name: str, **more: Any) -> Any:
        from systems.marketplace.schema import numeric

        found = numeric(fields._told.get(name))
        return number(fields, name, **more) if found is None else found

    return read


def _unclamped(_page: Any) -> Any:
    return lambda told, usual: (int(told.get("page", "1")), int(told.get("limit", str(usual))))


FAULTS = (
    Fault(
        name="second-application-fails",
        process="web",
        breaks=market("dep-e2e-apply"),
        plant=query("add_application", ('ON CONFLICT ("jobId", "freelancerId") DO NOTHING', "")),
    ),
    Fault(
        name="two-accepted",
        process="web",
        breaks=market("imp-accept-once"),
        plant=together(
            query("hold_job", ("SELECT id, status", "SELECT id, 'OPEN' AS status")),
            query("answer_application", (" AND status = 'PENDING'", "")),
        ),
    ),
    Fault(
        name="drafts-published-twice",
        process="web",
        breaks=market("imp-publish-once"),
        plant=query("publish_draft", (" AND NOT published", "")),
    ),
    Fault(
        name="foreign-drafts-overwritten",
        process="web",
        breaks=market("imp-owner-only"),
        plant=query("put_draft", ('WHERE d."clientId" = excluded."clientId"', "")),
    ),
    Fault(
        name="applications-open",
        process="web",
        breaks=market("imp-owner-only"),
        plant=query(
            "application_by_id",
            (
                '%(reader_id)s IN (a."freelancerId", j."clientId")',
                "%(reader_id)s::text IS NOT NULL",
            ),
        ),
    ),
    Fault(
        name="jobs-reopened",
        process="web",
        breaks=market("imp-job-states"),
        plant=value("systems.marketplace.job_form:BEFORE", {"OPEN": None, "CANCELLED": None}),
    ),
    Fault(
        name="budgets-below-nothing",
        process="web",
        breaks=market("imp-input"),
        plant=around("systems.marketplace.schema:Fields.number", _as_told),
    ),
    Fault(
        name="pages-unclamped",
        process="web",
        breaks=market("imp-input"),
        plant=around("systems.marketplace.list_query:page_of", _unclamped),
    ),
)
