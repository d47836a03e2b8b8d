"""ID tokens: those that the worker sends, and those by which others may hand it tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.systems.jobsources.forks import until
from tests.systems.jobsources.servers import serving
from tests.systems.jobsources.tokens import AUDIENCE, EMAIL, IDENTITY, KEYS, issuer, token
from tests.systems.jobsources.workers import BEATS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.jobsources.servers import Server
    from tests.systems.jobsources.workers import Bench


@pytest.fixture
def google() -> Iterator[Server]:
    """Who makes tokens."""
    with serving(issuer) as found:
        yield found


def outward(google: Server) -> dict[str, str]:
    """What a worker is told whose callbacks need an ID token."""
    host = google.url.removeprefix("http://")
    return {"GCE_METADATA_HOST": host, "WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE}


def inward(google: Server) -> dict[str, str]:
    """What a worker is told whose tasks come from a queue."""
    return {
        "QUEUE_PROVIDER": "cloud-tasks",
        "TASKS_PROJECT_ID": "p",
        "TASKS_LOCATION": "l",
        "TASKS_QUEUE": "q",
        "TASKS_URL": AUDIENCE,
        "TASKS_SERVICE_ACCOUNT_EMAIL": EMAIL,
        "OIDC_JWKS_URL": google.url + KEYS,
    }


def test_callbacks_carry_an_id_token(bench: Bench, google: Server) -> None:
    """For the audience, before any other token; it is asked for once."""
    worker = bench.worker(**outward(google), WORKER_CALLBACK_TOKEN="static")

    for _ in range(2):
        worker.run(callbackToken="of the task")

    [asked] = google.asked
    assert asked.path.startswith(IDENTITY + "?")
    assert "audience=https%3A%2F%2Fjobs.example" in asked.path
    assert "format=full" in asked.path
    sent = bench.callbacks() + bench.callbacks(BEATS)
    told = {each.headers["authorization"] for each in sent}
    assert len(told) == 1
    assert told.pop().count(".") == 2


def test_a_token_that_is_nearly_over_is_asked_for_anew(bench: Bench, google: Server) -> None:
    """Each time."""
    google.respond = lambda _: (200, token(exp=1))
    worker = bench.worker(**outward(google))

    worker.run()

    assert len(google.asked) == 2


def test_without_a_token_nothing_is_sent(bench: Bench, google: Server) -> None:
    """It is tried as often as a callback is, then kept."""
    google.respond = lambda _: (500, "{}")
    worker = bench.worker(**outward(google), WORKER_CALLBACK_RETRY_ATTEMPTS="2")

    assert worker.post().status_code == 202
    until(lambda: bench.letters)

    assert bench.sink.asked == []
    reason = json.loads(bench.letters[0].read_text())["reason"]
    assert reason == "callback failed: metadata server: 500, or not one at all"


REFUSED: dict[str, dict[str, Any]] = {
    "audience": {"aud": "https://other.example"},
    "list-of-others": {"aud": ["https://other.example"]},
    "issuer": {"iss": "https://issuer.example"},
    "expired": {"iat": 1, "exp": 2},
    "email": {"email": "other@project.example"},
    "unverified": {"email_verified": False},
    "no-email": {"email": None},
    "foreign-key": {"signer": "other"},
    "unknown-key": {"kid": "other"},
}


def test_a_queue_s_token_is_judged(bench: Bench, google: Server) -> None:
    """Only one of the service account, for this audience, counts: for tasks and for replays."""
    client = bench.worker(**inward(google)).client

    def status(path: str, given: str) -> int:
        headers = {"Authorization": f"Bearer {given}"}
        return client.post(path, json={"source": "x"}, headers=headers).status_code

    for path, good in (("/tasks", 202), ("/callbacks/replay", 200)):
        assert status(path, token()) == good
        seen = {name: status(path, token(**changes)) for name, changes in REFUSED.items()}
        assert seen == dict.fromkeys(REFUSED, 401)
        assert status(path, "garbage") == 401


def test_where_tasks_come_from_nobody_else_s_tokens_count(bench: Bench, google: Server) -> None:
    """A worker without a queue takes its own token only."""
    client = bench.worker(OIDC_JWKS_URL=google.url + KEYS, TASKS_URL=AUDIENCE).client

    answer = client.post("/tasks", json={}, headers={"Authorization": f"Bearer {token()}"})

    assert answer.status_code == 401
    assert google.asked == []
