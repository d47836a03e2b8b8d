"""Callbacks as the bench of webhooks makes them are those of the contract."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest

from checks.jobsources.adapter_access import Access
from checks.jobsources.refusals import ENDPOINTS
from checks.jobsources.siege import Door
from proofbook.instruments.signatures import hmac_sha256
from proofbook.instruments.webhooks import Right, attacks
from proofbook.targets import Names

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from proofbook.instruments.webhooks import Attack, Request

NOW = 1_700_000_000
SECRET = "a secret"
TOKENS = {"heartbeat": "HEARTBEAT", "offers": "INGEST", "batch": "INGEST", "complete": "COMPLETED"}


class Runs:
    """As much of an API as makes runs."""

    secret = SECRET
    access = Access(
        names=Names(),
        login_path="/",
        bodies={},
        credentials={"callback": "a-token"},
        where="here",
    )

    def begin(self, user: str = "a") -> str:
        """A new run's id."""
        assert user in ("a", "b")
        return str(uuid4())


def made(endpoint: str) -> list[Attack]:
    """All attacks on one endpoint, as values."""
    runs = cast("Api", Runs())
    door = Door(runs, runs, endpoint)
    supply = door.supply()
    return list(attacks(door.scheme(300), lambda: next(supply), secrets=[SECRET], at=NOW))


def texts(request: Request, endpoint: str) -> str:
    """What the contract says is signed of a request."""
    body: dict[str, Any] = json.loads(request.body)
    held = {name.lower(): said for name, said in request.headers.items()}
    run = body["sourceRunId"] if endpoint == "complete" else request.path.split("/")[4]
    event = "heartbeat" if endpoint == "heartbeat" else body["eventId"]
    parts = (run, TOKENS[endpoint], body["runId"], held["x-request-id"], event)
    return ".".join((held["x-worker-timestamp"], *parts))


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_what_is_to_be_taken_is_signed_by_the_contracts_rule(endpoint: str) -> None:
    """In the path, the body and the headers there stands what was signed."""
    sound = [each.request for each in made(endpoint) if each.right is Right.TAKEN]

    for request in sound:
        held = {name.lower(): said for name, said in request.headers.items()}
        tag = hmac_sha256(SECRET.encode(), texts(request, endpoint).encode()).hex()
        assert held["x-worker-signature"] == tag
        assert held["authorization"] == "Bearer a-token"
    assert len(sound) == 4


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_altered_callback_is_not_what_was_signed(endpoint: str) -> None:
    """Of each part that a sender may choose; an event that is fixed is none of them."""
    sent = made(endpoint)
    sound = next(each.request for each in sent if each.kind == "the request itself")

    altered = {each.name: each.request for each in sent if each.kind == "altered"}

    assert {"run changed", "run_id changed", "run_id left out"} <= {*altered}
    assert ("event_id changed" in altered) == (endpoint != "heartbeat")
    for name, request in altered.items():
        assert request.headers == sound.headers, name
        if "left out" not in name:
            assert texts(request, endpoint) != texts(sound, endpoint), name
        else:
            assert request.body != sound.body, name


def test_what_is_near_the_line_is_dated_when_its_turn_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However long the others took; it is signed so, and all else is as it was made."""
    runs = cast("Api", Runs())
    door = Door(runs, runs, "complete")
    monkeypatch.setattr("time.time", lambda: NOW + 250.9)

    sent = {each.name: each.request for each in door.sent(door.scheme(300), NOW)}

    stamps = {name: request.headers.get("x-worker-timestamp") for name, request in sent.items()}
    lines = {"almost too old": -290, "almost too far ahead": 290}
    lines |= {"just too old": -311, "just too far ahead": 311}
    for name, off in lines.items():
        assert stamps[name] == str(NOW + 250 + off)
        tag = hmac_sha256(SECRET.encode(), texts(sent[name], "complete").encode()).hex()
        assert sent[name].headers["x-worker-signature"] == tag
    assert stamps["as it was signed"] == str(NOW)
