"""When a job was first listed as stuck: between two looks."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from checks.coreos.adapter import Api


@dataclass(frozen=True, slots=True)
class Listing:
    """Two instants of the monotonic clock, before and after the listing began."""

    #: When the last look was sent that did not show the job.
    absent: float
    #: When the first look was answered that did.
    listed: float


def first_listed(api: Api, job: str, deadline: float) -> Listing | None:
    """Look at the stuck page until it lists the job; `None` if it does not before the deadline."""
    absent = time.monotonic()
    while (sent := time.monotonic()) < deadline:
        if any(row["jobId"] == job for row in api.stuck()):
            return Listing(absent, time.monotonic())
        absent = sent
        time.sleep(0.1)
    return None
