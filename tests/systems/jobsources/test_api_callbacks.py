"""Callbacks: how a run ends, once and for all, by whoever may say so."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from systems.jobsources import signatures
from tests.systems.jobsources.apis import COMPLETE, RUNS, SECRET, VECTORS, offer, parts_of

if TYPE_CHECKING:
    import httpx

    from tests.systems.jobsources.apis import Api

VERIFY = {case["name"]: case for case in VECTORS["verify"] if case["binding"] != "function"}
BEATS = {case["name"]: case for case in VECTORS["verify_heartbeat"]}
#: So near to the tolerance (300 s) that an answer of a later second says nothing of them.
EDGES = ("offset -299", "offset 301")


def data(answer: httpx.Response) -> dict[str, Any]:
    """What a callback was answered."""
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def shifted(
    case: dict[str, Any], cases: dict[str, Any], status: str, run_id: str
) -> dict[str, str]:
    """The two headers of a vector as of now, for a run that lives."""
    told, now = case["timestamp_header"], int(time.time())
    if told is None and case["signature_header"] is None:
        return {}
    stamp = None if told is None else _moved(told, now - 1767225600)
    given = cases["valid"] if case.get("signed_as") == "valid" else case
    body = given["input"]
    parts = signatures.Parts(
        source_run_id=body["sourceRunId"].replace("3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01", run_id),
        status=status,
        run_id=body.get("runId", ""),
        request_id=given["request_id"],
        event_id=body.get("eventId", "heartbeat"),
    )
    signed_at = stamp if given is case else str(now)
    text = signatures.text(signed_at or str(now), parts)
    if "signed_string" in given:
        first, _, rest = given["signed_string"].partition(".")
        text = _moved(first, now - 1767225600) + "." + rest
        text = text.replace("3b0f6a52-6a1f-4c53-9c2e-1f1f0c9f1a01", run_id)
    secret = case.get("signed_with", SECRET)
    signed = signatures.signature(secret, text)
    form = {"HEX": signed.upper(), "sha256=hex": f"sha256={signed}"}
    form["base64"] = base64.b64encode(bytes.fromhex(signed)).decode()
    signed = form.get(case.get("signature_form", ""), signed)
    headers = {"x-worker-timestamp": stamp, "x-worker-signature": signed}
    absent = {"x-worker-signature"} if case["signature_header"] is None else set()
    return {
        name: value for name, value in headers.items() if value is not None and name not in absent
    }


def _moved(told: str, by: int) -> str:
    """A spelling of an instant, moved by so many seconds."""
    if told.isdigit() and len(told) == 10:
        return str(int(told) + by)
    moved = 1767225600 + by
    spelled = {
        "1767225600.0": f"{moved}.0",
        "0x6955b900": hex(moved),
        "1.7672256e9": f"{moved / 1e9}e9",
        "1767225600000": f"{moved}000",
        "01767225600": f"0{moved}",
    }
    return spelled.get(told, told)


@pytest.mark.parametrize("name", [n for n in VERIFY if n != "empty secret configured"])
def test_a_signature_is_judged_as_in_the_vectors(api: Api, name: str) -> None:
    """201 where it counts, 401 where it does not; never anything else."""
    expected = VERIFY[name].get("expect", VERIFY[name])["complete_path"]

    answer, is_of_its_second = judged(api, name)
    deadline = time.monotonic() + 60
    while name in EDGES and not is_of_its_second and time.monotonic() < deadline:
        api.apis.clear()
        answer, is_of_its_second = judged(api, name)

    assert answer.status_code == (201 if expected == "accept" else 401), answer.text


def judged(api: Api, name: str) -> tuple[httpx.Response, bool]:
    """What a vector is answered, and whether it was in the second that it was signed in."""
    case, run_id = VERIFY[name], api.begin()
    status, second = case["input"]["status"], int(time.time())
    signed_as = "COMPLETED" if name == "status flipped" else status
    headers = shifted(case, VERIFY, signed_as, run_id)
    if name in ("run id flipped", "source run flipped", "timestamp header changed"):
        valid = VERIFY["valid"]
        headers["x-worker-signature"] = shifted(valid, VERIFY, status, run_id)["x-worker-signature"]
    if name == "timestamp header changed":
        headers["x-worker-timestamp"] = str(int(time.time()) + 1)
    body = case["input"] | {"sourceRunId": api.begin() if name == "source run flipped" else run_id}
    if status == "FAILED":
        body["error"] = "x"

    answer = api.client.post(
        COMPLETE, json=body, headers=headers | {"x-request-id": case["request_id"]}
    )
    return answer, int(time.time()) == second


@pytest.mark.parametrize("name", BEATS)
def test_a_heartbeats_signature_is_judged_as_in_the_vectors(api: Api, name: str) -> None:
    """As a callback's, with its own two words."""
    case, run_id = BEATS[name], api.begin()
    expected = case.get("expect", case)["heartbeat_path"]
    headers = shifted(case, BEATS, "HEARTBEAT", run_id)
    if name == "timestamp float text":
        headers["x-worker-signature"] = shifted(BEATS["valid"], BEATS, "HEARTBEAT", run_id)[
            "x-worker-signature"
        ]
    body = {"runId": case["input"].get("runId")}

    answer = api.client.post(
        f"{RUNS}/{run_id}/heartbeat",
        json=body,
        headers=headers | {"x-request-id": case["request_id"]},
    )

    assert answer.status_code == (201 if expected == "accept" else 401), answer.text


def test_a_run_ends_with_its_offers(api: Api) -> None:
    """They are stored once, shown to the run's user, and counted."""
    run_id = api.begin()

    told = data(api.complete(run_id, jobs=[offer(1), offer(2), offer(1)], totalFound=5))

    assert told == {
        "ok": True,
        "status": "COMPLETED",
        "inserted": 2,
        "totalOffers": 2,
        "idempotent": False,
    }
    run = api.run(run_id)
    assert (run["status"], run["totalFound"], run["scrapedCount"]) == ("COMPLETED", 5, 2)
    assert (run["classifiedOutcome"], run["error"], run["failureType"]) == ("success", None, None)
    assert run["finalizedAt"]
    assert run["completedAt"]
    assert len(api.apis.sql("SELECT 1 FROM user_job_offers WHERE source_run_id = %s", run_id)) == 2


def test_a_second_delivery_has_no_effect(api: Api) -> None:
    """It is acknowledged; of another content it is told apart."""
    run_id, event, job = api.begin(), str(uuid4()), offer()
    assert data(api.complete(run_id, eventId=event, jobs=[job]))["idempotent"] is False

    again = data(api.complete(run_id, eventId=event, jobs=[job]))
    other = data(api.complete(run_id, eventId=event, jobs=[job, offer()]))
    late = data(api.complete(run_id))
    contrary = data(api.complete(run_id, status="FAILED", error="x"))

    assert (again["idempotent"], again["reasonCode"]) == (True, "DUPLICATE_EVENT_ID")
    assert (other["idempotent"], other["reasonCode"]) == (True, "CONFLICTING_EVENT_PAYLOAD")
    assert late["reasonCode"] == "RUN_ALREADY_FINALIZED"
    assert contrary["reasonCode"] == "RUN_FINALIZED_WITH_CONFLICTING_STATUS"
    assert contrary["warning"] == "Run already finalized as COMPLETED"
    assert len(api.apis.sql("SELECT 1 FROM job_offers")) == 1


def test_twenty_deliveries_at_once_are_one(api: Api) -> None:
    """One is applied, nineteen are told that it was."""
    run_id, event, job = api.begin(), str(uuid4()), offer()

    with ThreadPoolExecutor(20) as pool:
        answers = list(
            pool.map(lambda _: api.complete(run_id, eventId=event, jobs=[job]), range(20))
        )

    assert sorted(data(answer)["idempotent"] for answer in answers) == [False, *[True] * 19]
    assert (
        len(api.apis.sql("SELECT 1 FROM job_source_callback_events WHERE event_id = %s", event))
        == 1
    )


def test_a_run_ends_one_way(api: Api) -> None:
    """Of two contrary ends at once one is applied, the other is told why not."""
    for _ in range(10):
        run_id, job = api.begin(), offer()
        with ThreadPoolExecutor(2) as pool:
            well = pool.submit(api.complete, run_id, jobs=[job])
            ill = pool.submit(api.complete, run_id, status="FAILED", error="x")
        applied = [a for a in (data(well.result()), data(ill.result())) if "reasonCode" not in a]

        assert [each["status"] for each in applied] == [api.status(run_id)]
        kept = api.apis.sql("SELECT 1 FROM job_offers WHERE url = %s", job["url"])
        assert len(kept) == (applied[0]["status"] == "COMPLETED")


def test_nothing_reopens_a_run(api: Api) -> None:
    """Neither a heartbeat nor a batch that race its end."""
    for _ in range(10):
        run_id = api.begin()
        with ThreadPoolExecutor(3) as pool:
            tasks = [pool.submit(api.beat, run_id), pool.submit(api.ingest, run_id, offer())]
            tasks.append(pool.submit(api.complete, run_id))
        assert [task.result().status_code for task in tasks] == [201, 201, 201]

        run = api.run(run_id)
        assert (run["status"], bool(run["finalizedAt"])) == ("COMPLETED", True)
    assert data(api.beat(run_id))["ignored"] is True
    assert data(api.ingest(run_id, offer()))["ignored"] is True


def test_a_refused_callback_leaves_no_trace(api: Api) -> None:
    """Its event can come in again, mended."""
    run_id, event = api.begin(), str(uuid4())
    broken: list[dict[str, Any]] = [
        {"status": "FAILED"},
        {"status": "FAILED", "error": "x", "jobs": [offer()]},
        {"error": "x"},
        {"emittedAt": "yesterday"},
        {"jobCount": 1, "scrapedCount": 2},
        {"scrapedCount": 2, "jobs": [offer()]},
        {"payloadHash": "0" * 64},
        {"unknown": 1},
        {"attemptNo": 0},
    ]
    for each in broken:
        assert api.complete(run_id, eventId=event, **each).status_code == 400, each
    assert api.complete(str(uuid4()), eventId=event).status_code == 404
    assert api.apis.sql("SELECT 1 FROM job_source_callback_events") == []

    assert "reasonCode" not in data(api.complete(run_id, eventId=event))


def test_an_event_is_its_runs(api: Api) -> None:
    """The same id on two runs is two events."""
    first, second, event = api.begin(), api.begin(), str(uuid4())

    answers = [data(api.complete(run_id, eventId=event)) for run_id in (first, second)]

    assert ["reasonCode" in answer for answer in answers] == [False, False]


def test_attempts_come_in_order(api: Api) -> None:
    """An older one, or one too far ahead, is refused."""
    run_id = api.begin()
    assert "reasonCode" not in data(api.complete(run_id, callbackAttemptNo=3))

    early = data(api.complete(run_id, callbackAttemptNo=2))
    ahead = data(api.complete(run_id, callbackAttemptNo=5))

    assert early["reasonCode"] == "STALE_ATTEMPT"
    assert ahead["reasonCode"] == "ATTEMPT_ORDER_VIOLATION"


def test_a_heartbeat_is_a_sign_of_life_once(api: Api) -> None:
    """The second it was signed at counts: a copy, or an older one, moves nothing."""
    api.apis.sink.is_open.clear()
    now = int(time.time())
    with ThreadPoolExecutor(1) as pool:
        scraped = pool.submit(api.scrape)
        while not (rows := api.apis.sql("SELECT id, status FROM job_source_runs")):
            time.sleep(0.01)
        run_id = str(rows[0]["id"])
        assert rows[0]["status"] == "PENDING"
        assert data(api.beat(run_id, at=now - 1, phase="listing_fetch"))["status"] == "RUNNING"
        api.apis.sink.is_open.set()
        assert scraped.result().status_code == 201
    first = api.run(run_id)
    assert first["progress"] == {"phase": "listing_fetch"}

    assert data(api.beat(run_id, at=now))["deduped"] is False
    second = api.run(run_id)
    assert [data(api.beat(run_id, at=at))["deduped"] for at in (now - 1, now)] == [True, True]
    assert api.run(run_id) == second
    assert second["lastHeartbeatAt"] > first["lastHeartbeatAt"]


@pytest.mark.parametrize(
    "case", VECTORS["derive_failure_type"], ids=lambda case: str(case["error"])
)
def test_a_failure_has_a_type(api: Api, case: dict[str, Any]) -> None:
    """The one that is told, else the one of its text."""
    run_id = api.begin()

    answer = api.complete(run_id, status="FAILED", error=case["error"])

    if not case["error"]:
        assert answer.status_code == 400
    else:
        assert api.run(run_id)["failureType"] == case["failure_type"]


def test_any_text_can_be_told(api: Api) -> None:
    """What PostgreSQL cannot hold does not break a callback."""
    odd = "a\x00b\ud800c"
    run_id = api.begin()
    job = offer(title=odd, details={odd: [odd]}, company=odd)
    content = {"jobs": [job], "diagnostics": {odd: odd}}

    assert data(api.complete(run_id, **content))["inserted"] == 1

    other = api.begin()
    assert data(api.complete(other, status="FAILED", error=odd))["status"] == "FAILED"
    assert data(api.beat(api.begin(), meta={odd: odd}))["status"] == "RUNNING"
    assert api.complete(api.begin(), eventId="a\x00").status_code == 400


def test_both_headers_are_wanted(api: Api) -> None:
    """And an event's id, and a signature of the right secret."""
    run_id = api.begin()
    for headers in (
        {"x-worker-signature": None},
        {"x-worker-timestamp": None},
        {"x-worker-signature": "0" * 63},
        {"x-worker-signature": "=" * 64},
    ):
        assert api.complete(run_id, headers=headers).status_code == 401, headers
    assert api.complete(run_id, eventId=None).status_code == 401
    body = {"sourceRunId": run_id, "eventId": "e"}
    parts = parts_of(run_id, "COMPLETED", body)
    assert api.callback(COMPLETE, body, parts, at=time.time() - 310).status_code == 401

    reasons = [line for line in api.log().splitlines() if "callback_auth_failed" in line]
    assert '"reason": "missing-signature"' in reasons[-6]
    assert '"reason": "missing-event-id"' in reasons[-2]
    assert '"reason": "expired-timestamp"' in reasons[-1]
    assert f'"sourceRunId": "{run_id}"' in reasons[-1]
    assert SECRET not in api.log()
