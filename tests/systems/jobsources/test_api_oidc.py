"""Bearers of callbacks: a token that was agreed on, or an ID token of the worker's own identity."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.systems.jobsources.apis import offer
from tests.systems.jobsources.servers import serving
from tests.systems.jobsources.tokens import AUDIENCE, EMAIL, jwks, token

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.apis import Api, Apis
    from tests.systems.jobsources.servers import Server


@pytest.fixture(scope="module")
def keys() -> Iterator[Server]:
    """Where the keys are published."""
    with serving(lambda _: (200, jwks("suite"))) as found:
        yield found


def statuses(api: Api, bearer: str | None) -> set[int]:
    """What all four callbacks are answered with this bearer."""
    api.apis.clear()
    run_id = api.begin()
    if bearer is not None:
        api.client.headers["Authorization"] = bearer
    answers = {
        api.beat(run_id).status_code,
        api.ingest(run_id, offer()).status_code,
        api.complete(run_id).status_code,
    }
    if bearer is not None:
        del api.client.headers["Authorization"]
    return answers


def test_an_id_token_is_wanted_where_there_is_an_audience(around: Apis, keys: Server) -> None:
    """On every callback, whatever else is set; and only one that counts."""
    api = around.start(
        WORKER_CALLBACK_OIDC_AUDIENCE=AUDIENCE,
        WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL=EMAIL,
        WORKER_CALLBACK_TOKEN="static",
        OIDC_JWKS_URL=keys.url,
    )
    now = int(time.time())
    good = [
        token(),
        token(aud=["other", AUDIENCE]),
        token(iss="accounts.google.com"),
        token(iat=now - 3000, exp=now - 200),
        token(iat=now + 200),
    ]
    bad = [
        token(aud="https://other.example"),
        token(aud=["https://other.example"]),
        token(aud=None),
        token(email="other@jobs.example"),
        token(email=None),
        token(email_verified=False),
        token(email_verified="true"),
        token(email_verified=None),
        token(iss="https://issuer.example"),
        token(iat=now - 3000, exp=now - 400),
        token(iat=now + 400, exp=now + 500),
        token(exp=now + 25 * 3600),
        token(exp=None),
        token(iat=None),
        token(exp="never"),
        token(kid="k2", signer="k2"),
        token(signer="k2"),
        token(alg="none"),
        token(alg="HS256"),
        "static",
        "a.b.c",
        "..",
    ]
    for each in good:
        assert statuses(api, f"Bearer {each}") == {201}
    for number, each in enumerate(bad):
        assert statuses(api, f"Bearer {each}") == {401}, number
    assert statuses(api, None) == {401}
    refused = [line for line in api.log().splitlines() if "callback_auth_failed" in line]
    assert '"message": "callback refused: ID token"' in refused[-1]
    assert '"reason": "bad-oidc"' in refused[-1]


def test_keys_are_fetched_anew_when_one_is_unknown(around: Apis) -> None:
    """Once for each time that one is missing; where they are not to be had nobody is let in."""
    with serving(lambda _: (200, jwks("suite"))) as keys:
        api = around.start(
            WORKER_CALLBACK_OIDC_AUDIENCE=AUDIENCE,
            OIDC_JWKS_URL=keys.url,
            WORKER_CALLBACK_SIGNING_SECRET="",
        )
        assert statuses(api, f"Bearer {token(email=None)}") == {201}
        assert statuses(api, f"Bearer {token()}") == {201}
        assert len(keys.asked) == 1
        keys.respond = lambda _: (200, jwks("k2"))
        assert statuses(api, f"Bearer {token(kid='k2', signer='k2')}") == {201}
        assert statuses(api, f"Bearer {token()}") == {401}
        keys.respond = lambda _: (500, "{}")
        assert statuses(api, f"Bearer {token(kid='k3')}") == {401}
        keys.respond = lambda _: (200, "[]")
        assert statuses(api, f"Bearer {token(kid='k3')}") == {401}


def test_a_token_that_was_agreed_on_is_wanted(around: Apis) -> None:
    """Exactly."""
    api = around.start(WORKER_CALLBACK_TOKEN="static")

    assert statuses(api, "Bearer static") == {201}
    for each in ("Bearer other", "bearer static", "static", "Bearer  static", None):
        assert statuses(api, each) == {401}
    assert '"reason": "bad-token"' in api.log()


def test_nothing_is_wanted_where_nothing_is_set(around: Apis) -> None:
    """Not even a signature, nor an event's id."""
    api = around.start(WORKER_CALLBACK_SIGNING_SECRET="")
    run_id = api.begin()

    answer = api.client.post("/api/job-sources/complete", json={"sourceRunId": run_id})

    assert answer.status_code == 201
    assert answer.json()["data"]["status"] == "COMPLETED"
    assert api.beat(api.begin()).status_code == 201
