"""Trying a failed run again: by whom, of what, how often, and what comes of it."""

from __future__ import annotations

import base64
import json
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.jobsources.adapter_callbacks import completed, failed
from checks.jobsources.timed import overlapped, timed
from checks.jobsources.waiting_run import waiting
from proofbook.instruments.at_once import at_once
from proofbook.instruments.signatures import hmac_sha256
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from proofbook import ClaimHandle

ROW = "select to_jsonb(r) as row from job_source_runs r where id = %s"
#: As long as a task may take from the API to its worker.
SOON_SECONDS = 10
HOUR_SECONDS = 3600
HEADER = {"alg": "HS256", "typ": "JWT"}


@pytest.mark.claim("jobsources.retry-reaches-worker")
def test_a_retry_gets_to_the_worker(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """A run that nobody works on would be a promise only."""
    run = api.failed_run()

    reply = api.retry(run)
    child = str(reply.data.get("sourceRunId"))
    tasks = until(lambda: standing.sink.tasks(child), bool, SOON_SECONDS)

    claim.require(standing.sink.tasks(run), "the worker did not get the first run's task either")
    claim.expect(code=reply.status)
    assert child != run
    assert tasks, "the worker was not handed the new run's task"
    assert [task["sourceRunId"] for task in tasks] == [child]


@pytest.mark.claim("jobsources.retry-makes-new-run")
def test_a_retry_is_a_run_of_its_own(claim: ClaimHandle, api: Api) -> None:
    """The run that failed is not begun again."""
    run = api.failed_run()
    before = _ids(api)

    reply = api.retry(run)
    added = _ids(api) - before

    claim.require(reply.is_done, f"nothing is retried: {reply!r}")
    claim.expect(added=len(added))
    (child,) = added
    assert child == reply.data.get("sourceRunId")
    assert api.run(child).get("traceId") != api.run(run).get("traceId")


@pytest.mark.claim("jobsources.retry-names-original")
def test_a_retry_names_what_it_retries(claim: ClaimHandle, api: Api) -> None:
    """Whoever finds the child finds the parent."""
    run = api.failed_run()

    reply = api.retry(run)

    claim.require(reply.is_done, f"nothing is retried: {reply!r}")
    named = api.run(str(reply.data["sourceRunId"])).get("retryOfRunId")
    assert named == run, f"{run} was retried, and its child names {named}"


@pytest.mark.claim("jobsources.original-run-untouched")
def test_the_run_that_failed_stays_as_it_was(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """Whatever becomes of its retry, to its user and in the table."""
    run = api.failed_run()
    before = _as_it_is(standing, api, run)

    reply = api.retry(run)
    child = str(reply.data.get("sourceRunId"))
    claim.require(reply.is_done, f"nothing is retried: {reply!r}")
    ended = api.deliver(completed(child))

    claim.require(ended.is_applied, f"the retry does not end: {ended!r}")
    claim.expect(end=api.status(child))
    assert _as_it_is(standing, api, run) == before


@pytest.mark.claim("jobsources.undelivered-retry-linked")
def test_a_retry_that_no_worker_takes_is_linked(
    claim: ClaimHandle, standing: Deployment, api: Api
) -> None:
    """The link is there before the worker is asked."""
    run, other = api.failed_run(), api.failed_run()
    before = _ids(api)

    standing.sink.refuse()
    reply = api.retry(run)
    standing.sink.accept()
    left = [api.run(child) for child in _ids(api) - before]
    taken = api.retry(other)

    claim.require(taken.is_done, f"where the worker is there nothing is retried: {taken!r}")
    claim.expect(code=reply.status)
    assert len(left) == 1, f"{len(left)} runs were left"
    claim.expect(end=left[0].get("status"))
    named = left[0].get("retryOfRunId")
    assert named == run, f"{run} was retried, and its child names {named}"


@pytest.mark.claim("jobsources.retry-needs-login")
@pytest.mark.parametrize("shown", ["nothing", "no token", "another key's", "run out"])
def test_strangers_retry_nothing(claim: ClaimHandle, api: Api, shown: str) -> None:
    """Only who is logged in is somebody."""
    run, other = api.failed_run(), api.failed_run()
    before = _ids(api)

    reply = api.retry(run, user=None, bearer=_bearer(api, shown))
    added = _ids(api) - before
    taken = api.retry(other, user=None, bearer=_bearer(api, "sound"))

    claim.require(taken.is_done, f"with a token nothing is retried: {taken!r}")
    claim.expect(code=reply.status)
    assert not added, f"runs were added: {', '.join(added)}"


@pytest.mark.claim("jobsources.only-owner-retries")
@pytest.mark.parametrize("user", ["b", "admin"])
def test_only_its_user_retries_a_run(claim: ClaimHandle, api: Api, user: str) -> None:
    """Others are not even told that it is there."""
    run, other, users = api.failed_run(), api.failed_run(), ("a", user)
    before = _ids(api, *users)

    reply = api.retry(run, user=user)
    added = _ids(api, *users) - before
    taken = api.retry(other)

    claim.require(taken.is_done, f"its user cannot retry it: {taken!r}")
    claim.expect(code=reply.status)
    assert not added, f"runs were added: {', '.join(added)}"


@pytest.mark.claim("jobsources.only-failed-runs-retried")
@pytest.mark.parametrize("status", ["PENDING", "RUNNING", "COMPLETED"])
def test_only_what_failed_is_retried(
    claim: ClaimHandle, standing: Deployment, api: Api, status: str
) -> None:
    """Neither what may still end well, nor what did."""
    with waiting(api, standing.sink) as run:
        if status != "PENDING":
            standing.sink.release()
            until(lambda: api.status(run), lambda seen: seen == "RUNNING", SOON_SECONDS)
        if status == "COMPLETED":
            api.deliver(completed(run))
        seen, before = api.status(run), _ids(api)
        reply = api.retry(run)
        added = _ids(api) - before
    taken = api.retry(api.failed_run())

    claim.require(seen == status, f"the run is {seen}")
    claim.require(taken.is_done, f"what failed is not retried either: {taken!r}")
    claim.expect(code=reply.status)
    assert not added, f"runs were added: {', '.join(added)}"


@pytest.mark.claim("jobsources.unknown-run-not-retried")
def test_what_is_no_run_is_not_retried(claim: ClaimHandle, api: Api) -> None:
    """Neither a word, nor an id that nobody gave out."""
    known = api.retry(api.failed_run())

    malformed, unknown = api.retry("x"), api.retry(str(uuid4()))

    claim.require(known.is_done, f"nothing is retried: {known!r}")
    claim.expect(malformed=malformed.status, unknown=unknown.status)


@pytest.mark.claim("jobsources.one-retry-per-run")
def test_a_run_is_retried_once(claim: ClaimHandle, standing: Deployment, api: Api) -> None:
    """By whichever process, at once or later."""
    apis = [api, *(standing.api() for _ in range(claim["apis"] - 1))]
    run = api.failed_run()
    tokens = [each.token("a") for each in apis]
    asks = [
        partial(apis[n % len(apis)].retry, run, user=None, bearer=tokens[n % len(apis)])
        for n in range(claim["retries"])
    ]

    answers = at_once(*(partial(timed, ask) for ask in asks))
    replies = [answer.reply for answer in answers]
    children = [child for child in _ids(api) if api.run(child).get("retryOfRunId") == run]
    for each in apis:
        each.finish_all()
    late = apis[-1].retry(run)

    claim.require(overlapped(answers), "no two of them met")
    claim.expect(made=sum(reply.is_done for reply in replies))
    for reply in [*(reply for reply in replies if not reply.is_done), late]:
        claim.expect(refused=reply.status)
    claim.expect(made=len(children))


@pytest.mark.claim("jobsources.retry-chain-bounded")
def test_retries_of_retries_come_to_an_end(claim: ClaimHandle, standing: Deployment) -> None:
    """Each knows the how many-th it is."""
    depth = claim["depth"]
    api = standing.api({"SCRAPE_MAX_RETRY_CHAIN_DEPTH": str(depth)})
    run, counts = api.failed_run(), []

    for _ in range(depth):
        reply = api.retry(run)
        claim.require(reply.is_done, f"no retry of {run}: {reply!r}")
        run = str(reply.data["sourceRunId"])
        claim.require(api.deliver(failed(run)).is_applied, "a retry does not fail")
        counts.append(api.run(run).get("retryCount"))
    before = _ids(api)
    beyond = api.retry(run)
    added = _ids(api) - before
    api.process.kill()

    claim.expect(code=beyond.status)
    assert counts == list(range(1, depth + 1))
    assert not added, f"runs were added: {', '.join(added)}"


def _ids(api: Api, *users: str) -> set[str]:
    """The newest runs of these users, or of user `a`."""
    return {str(run["id"]) for user in users or ("a",) for run in api.runs(user)["items"]}


def _as_it_is(standing: Deployment, api: Api, run: str) -> tuple[dict[str, Any], Any]:
    """A run as its user has it, and where tables may be read its row."""
    has_rows = standing.system.sql is not None
    return api.run(run), standing.sql.rows(ROW, run) if has_rows else None


def _bearer(api: Api, shown: str) -> str | None:
    """A token of user `a`, or what looks like one."""
    claims = _claims(api.token("a"))
    secret = api.access.credential("access").encode()
    made = {
        "nothing": None,
        "no token": "no.such.token",
        "another key's": _token(claims, b"another" + secret),
        "run out": _token({**claims, "exp": int(time.time()) - HOUR_SECONDS}, secret),
        "sound": _token({**claims, "exp": int(time.time()) + HOUR_SECONDS}, secret),
    }
    return made[shown]


def _claims(token: str) -> dict[str, Any]:
    """What a token says of its holder."""
    part = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return claims


def _token(claims: dict[str, Any], secret: bytes) -> str:
    """A token by the contract's rule: a JWT under HS256."""
    text = ".".join(_encoded(json.dumps(part).encode()) for part in (HEADER, claims))
    return f"{text}.{_encoded(hmac_sha256(secret, text.encode()))}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
