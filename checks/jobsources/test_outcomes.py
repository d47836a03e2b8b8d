"""What a run is called in the end, and by what offers and requests are known again."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import COMPLETE, completed, failed, job
from checks.jobsources.adapter_worker import TASKS, task
from checks.jobsources.known_answers import vectors
from checks.jobsources.source_site import NOTHING_FOUND, offer_urls
from proofbook.instruments.lateness import Lateness
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.adapter_worker import Worker
    from checks.jobsources.source_site import SourceSite
    from proofbook import ClaimHandle

#: The least that a task may be given, where nothing will answer it.
SHORTEST_MS = 1000
#: As long as a worker may take for a task, the shortest timeout included.
TASK_SECONDS = 20
#: As long as a request may be on its way: the next one is that much sooner after it.
ON_ITS_WAY_SECONDS = 0.25
NETWORK, BLOCKED = "SCRAPE_LISTING_HTTP_FAILED", "SCRAPE_LISTING_HTTP_BLOCKED"
#: How the site answers → status, found, read, type and code of the failure.
FOUND: Mapping[str, tuple[Any, ...]] = {
    "two offers": ("COMPLETED", 2, 2, None, None),
    "three offers, one unreadable": ("COMPLETED", 3, 2, None, None),
    "two offers, none readable": ("COMPLETED", 2, 0, None, None),
    "nothing found": ("COMPLETED", 0, 0, None, None),
    "an error": ("FAILED", None, None, "network", NETWORK),
    "a question for humans": ("FAILED", None, None, "network", BLOCKED),
    "another page": ("FAILED", None, None, "parse", "SCRAPE_UNKNOWN_FAILURE"),
    "no answer": ("FAILED", None, None, "timeout", "SCRAPE_DETAIL_TIMEOUT"),
}


@pytest.mark.claim("jobsources.task-envelope-checked")
def test_envelopes_are_checked(claim: ClaimHandle, standing: Deployment, worker: Worker) -> None:
    """What is recorded as wrong is refused, the rest is taken."""
    token = standing.access.credential("tasks")
    answers = {}
    for case in vectors("task_envelope"):
        content = json.dumps(case["input"]).encode()
        reply = worker.send("POST", TASKS, content, bearer=token)
        answers[content.decode()] = (case["result"]["ok"], reply)

    taken = [reply for is_sound, reply in answers.values() if is_sound]
    claim.require(taken and all(r.is_done for r in taken), f"sound tasks are refused: {taken}")
    assert {
        told: reply
        for told, (is_sound, reply) in answers.items()
        if not is_sound and reply.status != claim["refused"]
    } == {}


@pytest.mark.claim("jobsources.worker-names-what-it-found")
def test_the_worker_names_what_it_found(
    claim: ClaimHandle, standing: Deployment, site: SourceSite, worker: Worker
) -> None:
    """Each way of the site's is told apart from the others."""
    sink = standing.api_sink()
    tasks = {name: task(sink, taskTimeoutMs=_timeout(name)) for name in FOUND}

    for name, told in tasks.items():
        _prepare(site, name, told["sourceRunId"])
        if name == "no answer":
            site.hold()
        worker.accept(told)
        ends = sink.ended(told["sourceRunId"], TASK_SECONDS)
        site.release()
        claim.require(ends, f"{name}: no end is told")
    # A heartbeat that lay unread in the sink may be noted after the end.
    said = {name: _told(sink.callbacks(t["sourceRunId"], COMPLETE)) for name, t in tasks.items()}

    claim.expect(sites=len(FOUND))
    assert said == FOUND


@pytest.mark.claim("jobsources.callback-retries-back-off")
def test_callbacks_are_repeated_ever_later(claim: ClaimHandle, standing: Deployment) -> None:
    """The waits double, up to the longest."""
    attempts, sink, told = claim["attempts"], standing.api_sink(), task(None)
    worker = standing.worker(
        {
            "WORKER_CALLBACK_RETRY_ATTEMPTS": str(attempts),
            "WORKER_CALLBACK_RETRY_BACKOFF_MS": str(claim["base"]),
            "WORKER_CALLBACK_RETRY_MAX_DELAY_MS": str(claim["longest"]),
            "WORKER_CALLBACK_RETRY_JITTER_PCT": "0",
        }
    )
    first, most, late = (claim[name].total_seconds() for name in ("first", "most", "late"))
    wanted = [min(most, first * 2**number) for number in range(attempts - 1)]
    run = told["sourceRunId"]

    sink.answer(500)
    worker.accept({**told, **sink.addresses(run)})
    with Lateness() as lateness:
        ends = until(
            lambda: sink.callbacks(run, COMPLETE),
            lambda seen: len(seen) >= attempts,
            TASK_SECONDS + sum(wanted) + late * attempts,
        )
    gaps = [(after.invoked_ns - before.invoked_ns) / 1e9 for before, after in pairwise(ends)]
    # A wait may begin with the answer, which the sink may be slow to give.
    waits = [(e.invoked_ns - (b.returned_ns or b.invoked_ns)) / 1e9 for b, e in pairwise(ends)]

    claim.require(ends, "no end is told")
    assert len(gaps) == len(wanted)
    for wait, least in zip(waits, wanted, strict=True):
        claim.require(not lateness.may_explain(wait, least + late), f"{lateness}")
    assert [
        (gap, least)
        for gap, wait, least in zip(gaps, waits, wanted, strict=True)
        if gap < least - ON_ITS_WAY_SECONDS or wait > least + late
    ] == []


@pytest.mark.claim("jobsources.failures-typed-by-error")
def test_failures_have_a_type(claim: ClaimHandle, api: Api) -> None:
    """The error's own words decide where nothing else is said."""
    expected, found = {}, {}
    for case in vectors("derive_failure_type"):
        run = api.begin()
        reply = api.deliver(failed(run, error=case["error"]))
        claim.require(reply.is_applied, f"the failure is not taken: {reply!r}")
        expected[case["error"]] = case["failure_type"]
        found[case["error"]] = api.run(run)["failureType"]

    assert found == expected


@pytest.mark.claim("jobsources.offers-known-by-identity")
def test_offers_have_an_identity(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """What differs in spelling alone is the same offer."""
    expected, found = {}, {}
    for case in vectors("normalize_offer_url"):
        run, nonce = api.begin(), uuid4().hex
        url, key = (text.replace("praca", nonce).replace("url", nonce) for text in _pair(case))
        told = {name: said for name, said in job(url=url).items() if name != "sourceId"}
        reply = api.deliver(completed(run, jobs=[told]))
        claim.require(reply.is_applied, f"the offer is not taken: {reply!r}")
        rows = standing.sql.rows("SELECT offer_identity_key FROM job_offers WHERE url = %s", url)
        expected[url] = [f"url:{key}"]
        found[url] = [row["offer_identity_key"] for row in rows]

    assert found == expected


@pytest.mark.claim("jobsources.requests-known-by-fingerprint")
def test_requests_have_a_fingerprint(claim: ClaimHandle, api: Api) -> None:
    """It is the listing that counts, and not how its address is written."""
    expected, found = {}, {}
    for case in vectors("intent_fingerprint"):
        reply = api.enqueue(source=case["source"], listingUrl=case["listing_url"])
        claim.require(reply.is_done, f"the request is not taken: {reply!r}")
        expected[case["listing_url"]] = case["fingerprint"]
        found[case["listing_url"]] = reply.data.get("intentFingerprint")

    assert found == expected


def _pair(case: Mapping[str, str]) -> tuple[str, str]:
    return case["input"], case["out"]


def _timeout(name: str) -> int:
    return SHORTEST_MS if name == "no answer" else TASK_SECONDS * 1000


def _prepare(site: SourceSite, name: str, token: str) -> None:
    """Have the listing of this token answered as it is called."""
    unreadable = {"three offers, one unreadable": (3, 1), "two offers, none readable": (2, 2)}
    pages = {
        "nothing found": (200, NOTHING_FOUND),
        "an error": (500, ""),
        "a question for humans": (200, "<html><title>Just a moment...</title></html>"),
        "another page": (200, "<html><p>Hello</p></html>"),
    }
    if name in pages:
        site.answer(token, *pages[name])
    if name in unreadable:
        count, broken = unreadable[name]
        site.list_offers(token, count)
        site.break_offers(offer_urls(token, count)[:broken])


def _told(callbacks: list[Any]) -> tuple[Any, ...]:
    """What the last callback says of a run."""
    body = json.loads(callbacks[-1].request_body)
    is_failed = body["status"] == "FAILED"
    numbers = (None, None) if is_failed else (body.get("totalFound"), body.get("scrapedCount"))
    return (body["status"], *numbers, body.get("failureType"), body.get("failureCode"))
