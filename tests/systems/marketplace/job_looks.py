"""What one sees of jobs, applications and drafts that are not as they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.systems.marketplace.looks import opened
from tests.systems.marketplace.markets import JOB, LETTER

if TYPE_CHECKING:
    from tests.systems.marketplace.forks import Told


def applied_twice(told: Told) -> str:
    """A second application is no conflict."""
    with opened(told) as market:
        path, who = f"/api/jobs/{market.job(market.user())}/apply", market.user("FREELANCER")
        found = [market.post(path, LETTER, who).status_code for _ in range(2)]
    return "" if found == [200, 409] else str(found)


def accepted(told: Told) -> str:
    """Two are accepted."""
    with opened(told) as market:
        client = market.user()
        job = market.job(client)
        ids = [market.applied(job, market.user("FREELANCER")) for _ in range(2)]
        for each in ids:
            market.patch(f"/api/jobs/{job}/applications/{each}", {"action": "accept"}, client)
        rows = market.sql(
            """SELECT 1 FROM applications WHERE status = 'ACCEPTED' AND "jobId" = %s""", job
        )
    return "" if len(rows) == 1 else f"{len(rows)} accepted"


def published(told: Told) -> str:
    """A draft becomes two jobs."""
    with opened(told) as market:
        client = market.user()
        draft = market.post("/api/job-drafts", {"data": JOB}, client).json()["draft"]["id"]
        for _ in range(2):
            market.post(f"/api/job-drafts/{draft}/publish", {}, client)
        rows = market.sql('SELECT 1 FROM jobs WHERE "clientId" = %s', client)
    return "" if len(rows) == 1 else f"{len(rows)} jobs"


def foreign(told: Told) -> str:
    """Another's draft is overwritten, or another's application read."""
    with opened(told) as market:
        client, other = market.user(), market.user("FREELANCER")
        draft = market.post("/api/job-drafts", {"data": JOB}, client).json()["draft"]["id"]
        written = market.post("/api/job-drafts", {"id": draft, "data": {}}, other).status_code
        job = market.job(client)
        path = f"/api/jobs/{job}/applications/{market.applied(job, market.user('FREELANCER'))}"
        read = market.get(path, other).status_code
    return "" if (written, read) == (404, 404) else f"{written} {read}"


def reopened(told: Told) -> str:
    """A job that is worked on is opened again."""
    with opened(told) as market:
        client = market.user()
        job = market.job(client)
        market.sql("UPDATE jobs SET status = 'IN_PROGRESS' WHERE id = %s", job)
        status = market.patch(f"/api/jobs/{job}", {"status": "OPEN"}, client).status_code
    return "" if status == 409 else str(status)


def bad_input(told: Told) -> str:
    """A budget of nothing is taken, or a page of nothing is a failure."""
    with opened(told) as market:
        posted = market.post("/api/jobs", JOB | {"budgetAmount": -5}, market.user()).status_code
        listed = market.get("/api/jobs?page=0&limit=abc").status_code
    return "" if (posted, listed) == (400, 200) else f"{posted} {listed}"
