"""Where an ID token is wanted, a callback comes from the service that it names."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_callbacks import COMPLETE, HEARTBEAT, KINDS, completed
from checks.jobsources.adapter_deployment import BEARERS, SECRET
from checks.jobsources.adapter_worker import task
from checks.jobsources.identity import AUDIENCE, FOREIGN
from checks.jobsources.refusals import ENDPOINTS, Attempt, misjudged, taken
from checks.jobsources.siblings import STATIC_TOKEN
from proofbook.stack import Exited, Ready

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle

OTHER = "https://elsewhere.jobsources.example"
#: What makes production of an API, whose tasks nobody will get.
PRODUCTION = {
    "NODE_ENV": "production",
    "WORKER_TASK_PROVIDER": "cloud-tasks",
    "WORKER_TASKS_PROJECT_ID": "p",
    "WORKER_TASKS_LOCATION": "l",
    "WORKER_TASKS_QUEUE": "q",
    "WORKER_TASK_URL": "https://worker.example/tasks",
    "WORKER_CALLBACK_URL": f"https://api.example{COMPLETE}",
}
#: What production does not have: users of a test.
SEEDED = "SEED_USERS"
HOUR = 3600


@pytest.mark.claim("jobsources.audience-demands-id-token")
def test_an_audience_demands_an_id_token(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """A signature alone is not enough any more, and nothing else stands for the token."""
    run, receiver = api.begin(), siblings.audience
    bearers = {"none": None, "garbage": "garbage", "three parts": "e30.e30.e30"}

    wrong = misjudged(receiver, run, _attempts(run, bearers), claim["refused"], seen_by=api)
    sound = receiver.deliver(completed(api.begin()), bearer=siblings.identity.token())

    claim.expect(taken=sound.status)
    assert wrong == []


@pytest.mark.claim("jobsources.static-token-no-substitute")
def test_a_static_token_is_no_substitute(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """Setting both does not mean either."""
    run, receiver = api.begin(), siblings.shadowed

    wrong = misjudged(
        receiver, run, _attempts(run, {"static token": STATIC_TOKEN}), claim["refused"], seen_by=api
    )
    sound = receiver.deliver(completed(api.begin()), bearer=siblings.identity.token())

    claim.expect(taken=sound.status)
    assert wrong == []


@pytest.mark.claim("jobsources.worker-sends-id-token")
def test_the_worker_sends_its_id_token(claim: ClaimHandle, deployment: Deployment) -> None:
    """The token that it was given for this audience, and no other, comes with each callback."""
    identity, sink = deployment.identity, deployment.api_sink()
    static = {"WORKER_CALLBACK_TOKEN": STATIC_TOKEN}
    told = {**identity.env(), "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE, **static}
    worker = deployment.worker(told)
    wanted = task(sink)

    worker.accept(wanted)
    run = wanted["sourceRunId"]
    ends = sink.ended(run)
    callbacks = [*sink.callbacks(run, HEARTBEAT), *ends]

    claim.require(ends, "the worker tells no end of its task")
    sent = [{n.lower(): s for n, s in each.request_headers} for each in callbacks]
    minted = {f"Bearer {token}" for token in identity.minted}
    assert [
        each.get("authorization") for each in sent if each.get("authorization") not in minted
    ] == []
    assert identity.audiences == {AUDIENCE}
    assert {each.path for each in callbacks} >= {COMPLETE}


@pytest.mark.claim("jobsources.other-audience-refused")
def test_another_audience_is_refused(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """A token that was made for somebody else says nothing here."""
    run, receiver, identity = api.begin(), siblings.audience, siblings.identity
    bearers = {
        "another": identity.token(aud=OTHER),
        "a list without ours": identity.token(aud=[OTHER, f"{AUDIENCE}.elsewhere"]),
        "none": identity.token(aud=None),
        "ours and more of it": identity.token(aud=f"{AUDIENCE}/"),
    }

    wrong = misjudged(receiver, run, _attempts(run, bearers), claim["refused"], seen_by=api)
    sound = receiver.deliver(completed(api.begin()), bearer=identity.token())

    claim.require(sound.is_applied, f"nor is ours taken: {sound!r}")
    assert wrong == []


@pytest.mark.claim("jobsources.caller-email-checked")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_the_callers_email_is_checked(
    claim: ClaimHandle, api: Api, siblings: Siblings, endpoint: str
) -> None:
    """Each endpoint looks who it is, and whether that was verified."""
    run, receiver, identity = api.begin(), siblings.caller, siblings.identity
    bearers = {
        "another": identity.token(email="somebody@jobsources.example"),
        "unverified": identity.token(email_verified=False),
        "verified in words": identity.token(email_verified="true"),
        "verified by nothing": identity.token(email_verified=None),
        "missing": identity.token(email=None),
    }

    wrong = misjudged(
        receiver, run, _attempts(run, bearers, endpoint), claim["refused"], seen_by=api
    )
    refused = taken(receiver, api.begin(), bearer=identity.token())

    claim.require(not refused, f"nor is the right one taken: {refused}")
    assert len(ENDPOINTS) == claim["endpoints"]
    assert wrong == []


@pytest.mark.claim("jobsources.forged-id-token-refused")
def test_a_forged_id_token_is_refused(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """Whoever signs, when, for whom and how: each is looked at."""
    run, receiver, identity = api.begin(), siblings.audience, siblings.identity
    now = int(time.time())
    sound = identity.token()
    head, claims, signature = sound.split(".")
    bearers = {
        "another issuer": identity.token(iss=OTHER),
        "no issuer": identity.token(iss=None),
        "expired": identity.token(iat=now - 3 * HOUR, exp=now - 2 * HOUR),
        "a foreign key under our name": identity.token(key=FOREIGN),
        "an unknown name": identity.token(kid="unknown"),
        "a foreign key under its own name": identity.token(key=FOREIGN, kid=FOREIGN),
        "alg none": identity.token(alg="none"),
        "alg HS256": identity.token(alg="HS256"),
        "without its signature": f"{head}.{claims}.",
        "a signature cut": f"{head}.{claims}.{signature[:-8]}",
        "claims of another": ".".join([head, identity.token(sub="other").split(".")[1], signature]),
    }

    wrong = misjudged(receiver, run, _attempts(run, bearers), claim["refused"], seen_by=api)
    applied = receiver.deliver(completed(api.begin()), bearer=sound)

    claim.require(applied.is_applied, f"nor is a sound one taken: {applied!r}")
    assert wrong == []


@pytest.mark.claim("jobsources.email-optional-by-default")
def test_no_email_is_wanted_where_none_is_named(
    claim: ClaimHandle, api: Api, siblings: Siblings
) -> None:
    """Any service that got a token for this audience may call."""
    run, receiver, identity = api.begin(), siblings.audience, siblings.identity
    refused = receiver.deliver(completed(run), bearer=identity.token(aud=OTHER))

    anybody = receiver.deliver(
        completed(run), bearer=identity.token(email=None, email_verified=None)
    )

    claim.require(refused.status == 401, f"no token is looked at: {refused!r}")
    claim.expect(taken=anybody.status)
    assert anybody.is_applied, f"it has no effect: {anybody!r}"


@pytest.mark.claim("jobsources.production-callbacks-never-open")
def test_production_never_takes_callbacks_of_anybody(
    claim: ClaimHandle, deployment: Deployment
) -> None:
    """Rather no API than one that believes everybody."""
    left_out = {SECRET, SEEDED, *BEARERS} - {*deployment.system.absent}
    with_secret = {**PRODUCTION, SECRET: deployment.secret() or STATIC_TOKEN}

    refused = deployment.start_api(PRODUCTION, without=left_out)
    served = deployment.start_api(with_secret, without=left_out - {SECRET})

    claim.require(isinstance(served, Ready), f"nor does it start with the secret: {served}")
    assert isinstance(refused, Exited), "it serves with no way to know who calls back"
    claim.expect(exit=refused.code)
    assert SECRET in refused.output


def _attempts(
    run: str, bearers: Mapping[str, str | None], endpoint: str = "complete"
) -> list[Attempt]:
    """Callbacks with these bearers, otherwise right."""
    return [
        Attempt(f"{endpoint}: {name}", KINDS[endpoint](run), {"bearer": bearer})
        for name, bearer in bearers.items()
    ]
