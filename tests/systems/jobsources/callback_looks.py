"""Looks at callbacks that must be refused, or taken once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg

from systems.jobsources import signatures
from tests.systems.jobsources.apis import COMPLETE, RUNS, SECRET, parts_of
from tests.systems.jobsources.looks import Look, reason
from tests.systems.jobsources.tokens import AUDIENCE, EMAIL, token

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.systems.jobsources.apis import Api
    from tests.systems.jobsources.looks import See


def signed(api: Api, timestamp: str, secret: str = SECRET, **changes: str) -> httpx.Response:
    """The end of a run, with a timestamp as it is spelled, and a signature over it."""
    run_id = api.begin()
    body = {"sourceRunId": run_id, "eventId": str(uuid4()), "status": "COMPLETED"}
    parts = parts_of(run_id, "COMPLETED", body)
    text = signatures.text(timestamp, replace(parts, **changes))
    headers = {
        "x-worker-timestamp": timestamp,
        "x-worker-signature": signatures.signature(secret, text),
    }
    return api.client.post(COMPLETE, json=body, headers={"x-request-id": "req-1"} | headers)


def beaten(api: Api, timestamp: str) -> httpx.Response:
    """A heartbeat with a timestamp as it is spelled."""
    run_id = api.begin()
    text = signatures.text(timestamp, signatures.heartbeat(run_id))
    headers = {
        "x-worker-timestamp": timestamp,
        "x-worker-signature": signatures.signature(SECRET, text),
    }
    return api.client.post(f"{RUNS}/{run_id}/heartbeat", json={}, headers=headers)


def spelled(seconds: float) -> str:
    """A second near now."""
    return str(int(time.time() + seconds))


def is_dotted_taken(api: Api) -> bool:
    """A run of the worker's whose name holds a dot ends."""
    return api.complete(api.begin(), runId="a.b").status_code == 201


def is_flipped_taken(api: Api) -> bool:
    """A failure is signed, a success told."""
    run_id = api.begin()
    body = {"sourceRunId": run_id, "eventId": "e", "status": "COMPLETED"}
    answer = api.callback(COMPLETE, body, parts_of(run_id, "FAILED", body))
    return answer.status_code == 201


def is_malformed(form: Callable[[str], str | bytes]) -> See:
    """A signature in another form is taken, or breaks something."""

    def see(api: Api) -> bool:
        run_id = api.begin()
        body = {"sourceRunId": run_id, "eventId": "e"}
        headers = signatures.headers(
            SECRET, parts_of(run_id, "COMPLETED", body), now_seconds=time.time()
        )
        told = {"x-worker-signature": form(headers["x-worker-signature"])}
        return api.complete(run_id, eventId="e", headers=told).status_code != 401

    return see


def is_old_secret_taken(api: Api) -> bool:
    """Another API had another secret once."""
    with (
        psycopg.connect(api.apis.dsn, autocommit=True) as store,
        suppress(psycopg.errors.UndefinedTable),
    ):
        store.execute("INSERT INTO callback_secrets VALUES ('old') ON CONFLICT DO NOTHING")
    again = api.apis.start(api.fault, SEED_USERS="")
    return signed(again, spelled(0), secret="old").status_code == 201


def is_hash_unchecked(api: Api) -> bool:
    """A body that has another hash than it says is applied."""
    return api.complete(api.begin(), payloadHash="0" * 64).status_code == 201


def is_burnt(api: Api) -> bool:
    """A callback that was refused cannot be told again."""
    run_id, event = api.begin(), str(uuid4())
    assert api.complete(run_id, status="FAILED", eventId=event).status_code == 400
    return bool(reason(api.complete(run_id, eventId=event, status="FAILED", error="x")))


def is_unwritten(api: Api) -> bool:
    """An event that was taken is not in its table."""
    event = str(uuid4())
    assert reason(api.complete(api.begin(), eventId=event)) == ""
    return not api.apis.sql("SELECT 1 FROM job_source_callback_events WHERE event_id = %s", event)


def twice(api: Api, **changes: Any) -> httpx.Response:
    """The second delivery of an event."""
    run_id, event = api.begin(), str(uuid4())
    assert reason(api.complete(run_id, eventId=event)) == ""
    return api.complete(run_id, eventId=event, **changes)


def is_raced(api: Api) -> bool:
    """Of twelve deliveries at once some are not acknowledged, in one of a few rounds: a race may be missed."""
    with ThreadPoolExecutor(12) as pool:
        return any(_is_round_raced(api, pool) for _ in range(8))


def _is_round_raced(api: Api, pool: ThreadPoolExecutor) -> bool:
    run_id, event = api.begin(), str(uuid4())
    answers = list(pool.map(lambda _: api.complete(run_id, eventId=event), range(12)))
    return {answer.status_code for answer in answers} != {201}


def is_event_global(api: Api) -> bool:
    """An event of one run is taken for another's."""
    event = str(uuid4())
    reasons = [reason(api.complete(api.begin(), eventId=event)) for _ in range(2)]
    return reasons != ["", ""]


def is_copy_counted(api: Api) -> bool:
    """An older heartbeat moves what a newer one said."""
    run_id, now = api.begin(), int(time.time())
    for at in (now - 1, now):
        assert api.beat(run_id, at=at).status_code == 201
    return api.beat(run_id, at=now - 1).json()["data"]["deduped"] is False


def bearer(call: str = "complete", **claims: Any) -> Callable[[Api], int]:
    """What a callback is answered that carries an ID token."""

    def see(api: Api) -> int:
        run_id = api.begin()
        api.client.headers["Authorization"] = f"Bearer {token(**claims)}"
        try:
            return int(getattr(api, call)(run_id).status_code)
        finally:
            del api.client.headers["Authorization"]

    return see


def is_let_in(call: str = "complete", **claims: Any) -> See:
    """A bearer that proves nothing is taken, where the right one is, too."""

    def see(api: Api) -> bool:
        assert bearer()(api) == 201
        return bearer(call, **claims)(api) == 201

    return see


def is_kept_out(api: Api) -> bool:
    """A caller without an e-mail is not taken."""
    return bearer(email=None)(api) == 401


def is_unasked(api: Api) -> bool:
    """Nobody asks for the ID token."""
    return api.complete(api.begin()).status_code == 201


def is_static_taken(api: Api) -> bool:
    """The token that was agreed on is enough."""
    headers = {"Authorization": "Bearer static"}
    return api.complete(api.begin(), headers=headers).status_code == 201


OIDC = {"WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE, "OIDC_JWKS_URL": "{keys}"}


EMAILED = OIDC | {"WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL": EMAIL}


OLD: dict[str, Any] = {"iat": int(time.time()) - 9000, "exp": int(time.time()) - 5000}


#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "signature-unenforced": Look(lambda api: signed(api, spelled(0), "x").status_code == 201),
    "signature-in-base64": Look(lambda api: signed(api, spelled(0)).status_code == 401),
    "signed-in-another-order": Look(lambda api: signed(api, spelled(0)).status_code == 401),
    "status-unsigned": Look(is_flipped_taken),
    "dots-joined": Look(is_dotted_taken),
    "body-hash-unchecked": Look(is_hash_unchecked),
    "signature-checked-when-present": Look(
        lambda api: (
            api.complete(api.begin(), headers={"x-worker-signature": None}).status_code == 201
        )
    ),
    "rotated-secret-counts": Look(is_old_secret_taken),
    "signature-length-crash": Look(is_malformed(lambda text: text[:10])),
    "signature-in-any-form": Look(is_malformed(str.upper)),
    "signature-half-compared": Look(is_malformed(lambda text: text[:32] + "0" * 32)),
    "signature-ascii-crash": Look(is_malformed(lambda text: f"{text}é".encode())),
    "tolerance-fixed": Look(
        lambda api: signed(api, spelled(-60)).status_code == 201,
        {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "30"},
    ),
    "future-taken": Look(lambda api: signed(api, spelled(400)).status_code == 201),
    "milliseconds-taken": Look(lambda api: signed(api, spelled(0) + "000").status_code == 201),
    "numbers-as-in-javascript": Look(lambda api: signed(api, spelled(0) + ".0").status_code == 201),
    "no-number-never-expires": Look(lambda api: beaten(api, "NaN").status_code == 201),
    "event-id-optional": Look(
        lambda api: api.complete(api.begin(), eventId=None).status_code == 201
    ),
    "timestamp-unchecked": Look(lambda api: signed(api, spelled(-4000)).status_code == 201),
    "event-written-first": Look(is_burnt),
    "events-forgotten": Look(is_unwritten),
    "events-unknown": Look(lambda api: twice(api).status_code == 500),
    "run-not-held": Look(is_raced),
    "events-are-everybodys": Look(is_event_global),
    "payloads-uncompared": Look(
        lambda api: reason(twice(api, scrapedCount=0)) == "DUPLICATE_EVENT_ID"
    ),
    "unknown-run-acknowledged": Look(lambda api: api.complete(str(uuid4())).status_code == 201),
    "copied-heartbeats-count": Look(is_copy_counted),
    "id-token-unasked": Look(is_unasked, OIDC),
    "static-token-wins": Look(is_static_taken, OIDC | {"WORKER_CALLBACK_TOKEN": "static"}),
    "audience-unchecked": Look(is_let_in(aud="https://other.example"), OIDC),
    "heartbeat-skips-email": Look(is_let_in("beat", email="other@jobs.example"), EMAILED),
    "email-unverified": Look(is_let_in(email_verified=False), EMAILED),
    "issuer-unchecked": Look(is_let_in(iss="https://issuer.example"), OIDC),
    "id-tokens-never-expire": Look(is_let_in(**OLD), OIDC),
    "some-key-will-do": Look(is_let_in(kid="other"), OIDC),
    "unsigned-id-tokens-taken": Look(is_let_in(alg="none"), OIDC),
    "email-always-asked": Look(is_kept_out, OIDC),
}
