"""Who may do what: looking is free, everything else asks for a credential."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from checks.coreos.adapter import ENQUEUE, HEALTH, STUCK, SUMMARY, TIMESERIES
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.refusals import answer_of, called
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

SOON_SECONDS = 15
CHANGES = ("suspend", "resume", "priority", "requeue")
OWNERS = (
    ("POST", "/api/jobs/reaper"),
    ("GET", "/api/jobs/dlq"),
    ("GET", "/api/ops/workers"),
    ("GET", "/api/ops/audit"),
)
LIST = "/api/ops/jobs/list"
MODE = "NEXT_PUBLIC_AUTH_MODE"


@pytest.mark.claim("coreos.writes-need-credential")
def test_nothing_is_done_for_a_stranger(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """Each request is refused without its credential and served with it."""
    job = api.add()
    before = api.job(job)

    refused = {
        (who, what): reply
        for who, cookie in _strangers(api).items()
        for what, reply in _as_stranger(api, job, cookie)
    }
    logins = [api.send("POST", path, json=body) for path, body in _wrong_logins(api)]
    others = {name: api.send(method, name, role="other") for method, name in OWNERS}
    after = api.job(job)
    served = dict(_as_owner(api, job))
    production = deployment.api({"NODE_ENV": "production"})
    tests = [production.enqueue(jobType=kind) for kind in ("__test.hang", "__test.fail_n_times")]

    assert {k: r for k, r in refused.items() if r.status != claim["status"]} == {}
    assert {k: r for k, r in others.items() if r.status != claim["denied"]} == {}
    assert [reply for reply in logins if reply.is_done] == [], "a wrong token logs in"
    assert after == before
    for reply in tests:
        claim.expect(production=reply.status)
    claim.require(
        all(reply.status < 300 for reply in served.values()),
        f"not each is served with its credential: {served}",
    )
    claim.require(production.enqueue().status == 201, "production takes no job at all")


@pytest.mark.claim("coreos.auth-mode-enforced")
def test_the_auth_mode_is_what_it_says(
    claim: ClaimHandle, standing: Deployment, shared: Api
) -> None:
    """A word that is none, and no login in production, are refused; the two modes do as they say."""
    unknown = answer_of(standing, {MODE: "nope"})
    open_production = answer_of(standing, {MODE: "bypass", "NODE_ENV": "production"})
    bypass = standing.api({MODE: "bypass"})
    firebase = standing.api({MODE: "firebase"})

    letters = [api.send("GET", "/api/jobs/dlq") for api in (bypass, firebase)]

    claim.require(shared.enqueue().status == 201, "the unchanged environment takes no job either")
    for answer in (unknown, open_production):
        assert answer.names(*called(standing, MODE)), answer
        assert not answer.takes_jobs, answer
    assert letters[0].status == 200, letters[0]
    claim.expect(status=letters[1].status)


@pytest.mark.claim("coreos.ops-page-needs-owner")
def test_the_dashboard_is_the_owner_s(claim: ClaimHandle, shared: Api) -> None:
    """Everybody else is sent elsewhere."""
    login = shared.send("GET", "/ops/login")

    owner, stranger, other = (
        shared.send("GET", "/ops", role=role) for role in ("owner", None, "other")
    )

    claim.require(login.status == 200, f"no login page: {login!r}")
    claim.expect(status=owner.status)
    assert owner.headers["content-type"].startswith("text/html")
    assert owner.text != login.text
    claim.expect(redirect=stranger.status)
    assert stranger.headers["location"].startswith(shared.access.path("/ops/login"))
    claim.expect(redirect=other.status)


@pytest.mark.claim("coreos.monitoring-open-and-bare")
def test_monitoring_is_open_and_shows_nothing_private(
    claim: ClaimHandle, deployment: Deployment, api: Api
) -> None:
    """What anybody may read holds nothing that not everybody may know."""
    canary = f"canary-{uuid4()}"
    job = api.add(payload={"secret": canary}, leaseDurationMs=1000)
    held = WireWorker(api, "w1").take()
    until(lambda: [row["jobId"] for row in api.stuck()], lambda seen: job in seen, SOON_SECONDS)

    pages = {name: api.send("GET", name) for name in (HEALTH, SUMMARY, TIMESERIES, STUCK)}

    claim.require(job in pages[STUCK].text, "the job that holds the canary is not listed stuck")
    for page in pages.values():
        claim.expect(status=page.status)
    pages["what GET says of the job"] = api.find(job)
    private = {canary, str(held.ticket["signature"]), *filter(_is_long, deployment.secrets())}
    shown = [name for name, page in pages.items() if any(text in page.text for text in private)]
    assert shown == []


def _is_long(secret: str) -> bool:
    """Whether a secret is too long to appear by chance."""
    return len(secret) >= 16


def _strangers(api: Api) -> dict[str, str]:
    """Who is nobody, and the `Cookie` header that they show."""
    owner = api.cookie("owner")
    cut = "; ".join(cookie[:-1] for cookie in owner.split("; "))
    shown = {"without a session": "", "with a forged session": "__session=forged"}
    return {**shown, "with a session cut short": cut} if owner else shown


def _wrong_logins(api: Api) -> Iterator[tuple[str, dict[str, Any]]]:
    """Logins of the target's, with the last character of what is secret in them gone."""
    for body in api.access.bodies.values():
        cut = {name: said[:-1] if isinstance(said, str) else said for name, said in body.items()}
        yield api.access.login_path or "/", cut


def _as_stranger(api: Api, job: str, cookie: str) -> Iterator[tuple[str, Reply]]:
    """Every request that needs a session, without one."""
    headers = {"Cookie": cookie} if cookie else {}
    asked = {"jobType": "scheduler.tick", "payload": {}, "policyDecisionId": "pd-1"}
    body = json.dumps(asked).encode()
    yield ENQUEUE, api.send("POST", ENQUEUE, content=body, headers=headers)
    for change in CHANGES:
        name, body = f"/api/jobs/{{id}}/{change}", b'{"value": 5}'
        yield change, api.send("POST", name, content=body, headers=headers, id=job)
    for method, name in (("GET", LIST), *OWNERS):
        yield name, api.send(method, name, headers=headers)


def _as_owner(api: Api, job: str) -> Iterator[tuple[str, Reply]]:
    """The same requests, with the session that each needs."""
    yield ENQUEUE, api.enqueue()
    for change in CHANGES[:3]:
        yield change, api.change(job, change, value=5)
    yield LIST, api.send("GET", LIST, role="owner")
    for method, name in OWNERS:
        yield name, api.send(method, name, role="owner")
    dead = api.add(maxAttempts=1)
    api.change(dead, "priority", value=100)
    worker = WireWorker(api, "w1")
    worker.fail(worker.take())
    yield "requeue", api.change(dead, "requeue")
