"""Whatever is sent to the API is taken or refused; nothing breaks it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.systems.jobsources.apis import COMPLETE, RUNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.apis import Api, Apis

ODD = st.sampled_from(
    ["", " ", "\x00", "\ud800", "\x01", "é" * 200, "x" * 3000, "1e400", "NaN", "2026-01-01", "a.b"]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    ODD,
    st.text(max_size=20),
    st.sampled_from(["COMPLETED", "FAILED", "timeout", "https://it.pracuj.pl/praca/a,oferta,1"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
JOB = ("url", "title", "description", "sourceId", "postedAt", "details", "requirements", "tags")
JOBS = st.lists(st.dictionaries(st.sampled_from(JOB), VALUES, max_size=8), max_size=3)
DELIVERED = (
    "eventId",
    "source",
    "runId",
    "attemptNo",
    "callbackAttemptNo",
    "emittedAt",
    "payloadHash",
)
ENDED = (
    "status",
    "scrapedCount",
    "totalFound",
    "jobCount",
    "error",
    "failureType",
    "failureCode",
    "diagnostics",
)
#: Path → the fields that it knows; another one is told now and then.
PATHS = {
    COMPLETE: (*DELIVERED, *ENDED, "listingUrl", "other"),
    f"{RUNS}/{{run}}/heartbeat": ("runId", "phase", "attempt", "pagesVisited", "meta", "other"),
    f"{RUNS}/{{run}}/offers": (*DELIVERED, "job", "other"),
    f"{RUNS}/{{run}}/offers/batch": (*DELIVERED, "other"),
    f"{RUNS}/{{run}}/retry": ("other",),
    "/api/job-sources/scrape": ("source", "listingUrl", "limit", "filters", "careerProfileId"),
    "/api/auth/login": ("email", "password", "other"),
}
LISTED = (COMPLETE, f"{RUNS}/{{run}}/offers/batch")


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A path, and a body of fields that it knows, whatever they hold."""
    path = draw(st.sampled_from(sorted(PATHS)))
    body: dict[str, Any] = draw(st.dictionaries(st.sampled_from(PATHS[path]), VALUES, max_size=4))
    if path in LISTED and draw(st.booleans()):
        body["jobs"] = draw(JOBS)
    return path, body


@pytest.fixture(scope="module")
def trusting(all_apis: Apis) -> Iterator[Api]:
    """An API that wants no signature: what is sent gets far."""
    all_apis.clear()
    limits = {"API_SENSITIVE_THROTTLE_LIMIT": "100000", "API_AUTH_THROTTLE_LIMIT": "100000"}
    found = all_apis.start(WORKER_CALLBACK_SIGNING_SECRET="", **limits)
    yield found
    # It would deliver what other tests have put off, to a worker that is none of theirs.
    found.end()
    all_apis.clear()


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sent=requests())
def test_any_body_is_judged(trusting: Api, sent: tuple[str, dict[str, Any]]) -> None:
    """2xx or 4xx, as JSON."""
    (path, body), run_id = sent, str(uuid4())
    query = (
        "INSERT INTO job_source_runs (id, source, user_id, career_profile_id, listing_url, status)"
        " SELECT %s, 'PRACUJ_PL', u.id, p.id, 'x', 'PENDING' FROM users u"
        " JOIN career_profiles p ON p.user_id = u.id WHERE u.email = 'a@jobs.example' LIMIT 1"
    )
    trusting.apis.sql(query, run_id)
    told = body | ({"sourceRunId": run_id} if RUNS in path or path == COMPLETE else {})

    answer = trusting.client.post(
        path.format(run=run_id), content=json.dumps(told), headers=trusting.as_("a")
    )

    assert answer.status_code < 500, (answer.text, trusting.log()[-2000:])
    assert isinstance(answer.json(), dict)
    trusting.apis.sql("DELETE FROM job_source_runs")


@pytest.mark.parametrize(
    "path",
    [
        f"{RUNS}/%00",
        f"{RUNS}/x",
        f"{RUNS}?status=%00",
        f"{RUNS}?limit=9999999999999999999999",
        f"{RUNS}?offset=99999999999",
        f"{RUNS}?windowHours=99999999",
        "/api/ops/metrics?windowHours=99999999999999999999999",
        "/%ff",
    ],
)
def test_any_address_is_judged(trusting: Api, path: str) -> None:
    """2xx or 4xx."""
    assert trusting.get(path, "admin").status_code < 500
