"""Keeps offers: new ones are added, known ones renewed, all are shown to the user of the run that found them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from systems.chassis import instants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from systems.chassis.store import Transaction
    from systems.jobsources.job_offers import JobOffer


async def keep(tx: Transaction, run_id: str, offers: Sequence[JobOffer]) -> int:
    """Keep offers; how many the run's user had not been shown before."""
    if not offers:
        return 0
    told = json.dumps(list(map(_row, offers)))
    await tx.run("add_offers", run_id=run_id, offers=told)
    await tx.run("renew_offers", offers=told)
    return len(await tx.rows("link_offers", run_id=run_id, offers=told))


def _row(offer: JobOffer) -> dict[str, object]:
    return {
        "url": offer.url,
        "identity_key": offer.identity_key,
        "source_id": offer.source_id,
        "title": offer.title,
        "description": offer.description,
        "company": offer.company,
        "location": offer.location,
        "salary": offer.salary,
        "employment_type": offer.employment_type,
        "apply_url": offer.apply_url,
        "posted_at": _instant(offer.posted_at),
        "expires_at": _instant(offer.expires_at),
        "requirements": offer.requirements,
        "details": offer.details,
    }


def _instant(moment: datetime | None) -> str | None:
    return instants.exact(moment) if moment else None
