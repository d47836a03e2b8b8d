"""Looks at an API: each says whether something is wrong that a fault makes so, and a sound API never shows."""

from __future__ import annotations

import math
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg

from systems.jobsources import signatures
from tests.systems.jobsources.apis import COMPLETE, RUNS, SECRET, answering, offer, parts_of
from tests.systems.jobsources.tokens import AUDIENCE, EMAIL, token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.systems.jobsources.apis import Api

    See = Callable[[Api], object]


@dataclass(frozen=True)
class Look:
    """What to look for, and what the API is told beside the usual."""

    see: See
    env: dict[str, str] = field(default_factory=dict)


def reason(answer: httpx.Response) -> str:
    """Why a callback was taken and not applied; empty: it was applied."""
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"].get("reasonCode", ""))


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


def is_malformed(form: Callable[[str], str]) -> See:
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
    """Of twelve deliveries at once some are not acknowledged."""
    run_id, event = api.begin(), str(uuid4())
    with ThreadPoolExecutor(12) as pool:
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


def statuses(api: Api, answers: int, retries: float) -> tuple[int, list[str]]:
    """How often a full worker was asked within so long, and what became of the runs."""
    api.apis.sink.respond = answering(429)
    assert api.scrape().status_code in (201, answers)
    time.sleep(retries)
    return len(api.apis.sink.asked), [run["status"] for run in listed(api)]


def listed(api: Api) -> list[dict[str, Any]]:
    """The runs of a user."""
    return list(api.get(RUNS).json()["data"]["items"])


def is_full_fatal(api: Api) -> bool:
    """A worker without room fails the run."""
    api.apis.sink.respond = answering(429)
    return api.scrape().status_code == 503 and listed(api)[0]["status"] == "FAILED"


def is_hammered(api: Api) -> bool:
    """A worker without room is asked again at once."""
    api.apis.sink.respond = answering(429)
    began = time.monotonic()
    assert api.scrape().status_code == 201
    while len(api.apis.sink.asked) < 4:
        time.sleep(0.01)
    return time.monotonic() - began < 0.75


def is_warning_missing(api: Api) -> bool:
    """Nobody is told that the run waits."""
    api.apis.sink.respond = answering(429)
    return "warning" not in api.scrape().json()["data"]


def retried(api: Api) -> tuple[str, dict[str, Any]]:
    """A failed run, and what its retry was answered."""
    run_id = api.failed()
    answer = api.retry(run_id)
    assert answer.status_code == 201, answer.text
    return run_id, dict(answer.json()["data"])


def is_undelivered(api: Api) -> bool:
    """The worker never hears of a retry."""
    _, told = retried(api)
    ids = {asked.body["payload"]["sourceRunId"] for asked in api.apis.sink.asked}
    return told["sourceRunId"] not in ids


def is_flipped(api: Api) -> bool:
    """The retry is the run itself."""
    run_id, told = retried(api)
    return bool(told["sourceRunId"] == run_id)


def is_unlinked(api: Api) -> bool:
    """A retry does not know what it retries."""
    _, told = retried(api)
    return api.run(told["sourceRunId"])["retryOfRunId"] is None


def is_child_lost(api: Api) -> bool:
    """A retry that the worker refused does not know what it retries."""
    run_id = api.failed()
    api.apis.sink.respond = answering(500)
    assert api.retry(run_id).status_code == 503
    return listed(api)[0]["retryOfRunId"] is None


def is_touched(api: Api) -> bool:
    """A run that was retried is not what it was."""
    run_id = api.failed()
    before = api.run(run_id)
    assert api.retry(run_id).status_code == 201
    return api.run(run_id) != before


def is_retried_elsewhere(api: Api) -> bool:
    """Another process retries the same run."""
    run_id = api.failed()
    assert [api.retry(run_id).status_code for _ in range(2)] == [201, 409]
    again = api.apis.start(api.fault, SEED_USERS="")
    return again.retry(run_id).status_code == 201


def is_endless(api: Api) -> bool:
    """A retry of a retry of a retry."""
    run_id, answer = api.failed(), None
    for _ in range(2):
        answer = api.retry(run_id)
        assert answer.status_code in (201, 400)
        if answer.status_code == 201:
            run_id = answer.json()["data"]["sourceRunId"]
            assert reason(api.complete(run_id, status="FAILED", error="x")) == ""
    return answer is not None and answer.status_code == 201


def is_reopened(api: Api) -> bool:
    """A heartbeat brings a finished run back."""
    run_id = api.failed()
    api.beat(run_id)
    return api.status(run_id) == "RUNNING"


def is_race_reopened(call: str, *more: object) -> See:
    """A heartbeat, or a batch, that came in just before the end outlives it."""

    def see(api: Api) -> bool:
        for _ in range(8):
            run_id = api.begin()
            with ThreadPoolExecutor(2) as pool:
                pool.submit(getattr(api, call), run_id, *more)
                time.sleep(0.01)
                pool.submit(api.complete, run_id)
            if api.status(run_id) != "COMPLETED":
                return True
        return False

    return see


def is_ended_twice(api: Api) -> bool:
    """Both of two contrary ends are applied."""
    for _ in range(8):
        run_id = api.begin()
        with ThreadPoolExecutor(2) as pool:
            well = pool.submit(api.complete, run_id)
            ill = pool.submit(api.complete, run_id, status="FAILED", error="x")
        if [reason(well.result()), reason(ill.result())] == ["", ""]:
            return True
    return False


def is_stale_alive(api: Api) -> bool:
    """A run of which nothing was heard for an hour goes on."""
    run_id = api.begin()
    api.apis.sql("UPDATE job_source_runs SET started_at = started_at - interval '61 minutes'")
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        if api.status(run_id) == "FAILED":
            return False
        time.sleep(0.05)
    return True


def gauge(api: Api, name: str) -> float | None:
    """One series."""
    return api.series().get(f"jobsources_{name}")


def is_zero_idle(api: Api) -> bool:
    """Where nothing ran, nothing succeeded."""
    return bool(api.metrics()["scrape"]["successRate"] == 0)


def is_open_counted(api: Api) -> bool:
    """A run that goes on has not succeeded."""
    assert reason(api.complete(api.begin())) == ""
    api.begin()
    return api.metrics()["scrape"]["successRate"] == 0.5 and gauge(api, "scrapes_finished") == 2


def is_silence_missed(api: Api) -> bool:
    """A run that never said anything is not among the silent."""
    api.begin()
    return gauge(api, "running_without_heartbeat") == 0


def is_event_uncounted(api: Api) -> bool:
    """Of two events, one failed, one is counted."""
    assert reason(api.complete(api.begin())) == ""
    api.failed()
    return gauge(api, "callback_total_events") == 1


def is_window_ignored(api: Api) -> bool:
    """What was a hundred hours ago is counted."""
    assert reason(api.complete(api.begin())) == ""
    api.apis.sql("UPDATE job_source_runs SET created_at = created_at - interval '100 hours'")
    return gauge(api, "scrapes_completed") == 1


def is_stale_uncounted(api: Api) -> bool:
    """A run that was ended for its silence is not among those."""
    api.begin()
    api.apis.sql("UPDATE job_source_runs SET started_at = started_at - interval '61 minutes'")
    headers = {"Authorization": "Bearer ops-token-1"}
    assert api.client.post("/api/ops/reconcile-stale-runs", headers=headers).status_code == 201
    return bool(api.metrics()["lifecycle"]["staleReconciledRuns"] == 0)


def is_failure_zero(api: Api) -> bool:
    """A table is away, and all is well."""
    names = ("job_source_callback_events", "elsewhere")
    rename = "ALTER TABLE {} RENAME TO {}"
    api.apis.sql(rename.format(*names))
    try:
        return api.get("/api/ops/metrics", "admin").status_code == 200
    finally:
        api.apis.sql(rename.format(*reversed(names)))


def is_model_mixed(api: Api) -> bool:
    """What asks a model counts with the rest."""
    assert api.post("/api/career-profiles", {}).status_code == 503
    name = 'method="POST",route="/api/career-profiles",status="503",llm="false"'
    return any(name in series for series in api.series())


def is_refusal_unsaid(api: Api) -> bool:
    """A callback was refused, and no line says so."""
    assert api.complete(api.begin(), headers={"x-worker-signature": "0"}).status_code == 401
    return '"event": "callback_auth_failed"' not in api.log()


def is_secret_said(api: Api) -> bool:
    """And a line says with what it were not."""
    assert api.complete(api.begin(), headers={"x-worker-signature": "0"}).status_code == 401
    return SECRET in api.log()


def asked(api: Api, count: int, path: str = "/health") -> list[int]:
    """The statuses of so many requests."""
    return [api.client.get(path).status_code for _ in range(count)]


def is_late(api: Api) -> bool:
    """Some answer takes long."""
    began = time.monotonic()
    asked(api, 10)
    return time.monotonic() - began > 0.85


def is_frozen(api: Api) -> bool:
    """It stands still at some time."""
    deadline = time.monotonic() + 2.5
    while time.monotonic() < deadline:
        began = time.monotonic()
        api.client.get("/health")
        if time.monotonic() - began > 0.9:
            return True
        time.sleep(0.05)
    return False


def is_swallowed(api: Api) -> bool:
    """A run was ended, and goes on."""
    ids = [api.begin() for _ in range(10)]
    for run_id in ids:
        assert reason(api.complete(run_id)) == ""
    return any(api.status(run_id) == "RUNNING" for run_id in ids)


def is_workers_throttled(api: Api) -> bool:
    """A worker that reports often is not heard."""
    run_id = api.begin()
    return 429 in {api.beat(run_id).status_code for _ in range(12)}


def is_store_missed(api: Api) -> bool:
    """The store says nothing, and readiness says that it does."""
    return _frozen(api, lambda: api.client.get("/health/test").status_code == 200)


def is_probe_endless(api: Api) -> bool:
    """The store says nothing, and nor does health."""

    def hangs() -> bool:
        try:
            api.client.get("/health", timeout=4)
        except httpx.ReadTimeout:
            return True
        return False

    return _frozen(api, hangs)


def is_dead(api: Api) -> bool:
    """The store says nothing, and the process is over."""

    def ends() -> bool:
        with suppress(httpx.TransportError):
            return api.client.get("/health").status_code not in (200, 503)
        return True

    return _frozen(api, ends)


def _frozen(api: Api, see: Callable[[], bool]) -> bool:
    """A look while the wire to the store is silent."""
    assert api.wire is not None
    assert api.client.get("/health").status_code == 200
    api.wire.is_frozen = True
    try:
        return see()
    finally:
        api.wire.is_frozen = False


def is_worker_needed(api: Api) -> bool:
    """The worker was there; since it is gone, health is not well."""
    before = api.client.get("/health").status_code
    api.apis.sink.is_open.clear()
    try:
        return (before, api.client.get("/health").status_code) == (200, 503)
    finally:
        api.apis.sink.is_open.set()


def code(path: str, expected: int, who: str = "", method: str = "get") -> See:
    """A path answers so."""
    return lambda api: getattr(api, method)(path, who=who).status_code == expected


FULL_OFTEN = {"WORKER_DISPATCH_RETRY_INTERVAL_MS": "300"}
OIDC = {"WORKER_CALLBACK_OIDC_AUDIENCE": AUDIENCE, "OIDC_JWKS_URL": "{keys}"}
EMAILED = OIDC | {"WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL": EMAIL}
NEVER = {"SCRAPE_STALE_SWEEP_SEC": "1"}
OLD: dict[str, Any] = {"iat": int(time.time()) - 9000, "exp": int(time.time()) - 5000}
WIRED = {"DATABASE_URL": "{wire}"}
#: Fault → the look that sees it.
LOOKS: dict[str, Look] = {
    "health-wants-token": Look(lambda api: 401 in asked(api, 2)),
    "health-always-ok": Look(code("/health", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "store-taken-for-up": Look(is_store_missed, WIRED),
    "probe-without-limit": Look(is_probe_endless, WIRED),
    "dies-with-store": Look(is_dead, WIRED),
    "disk-unseen": Look(code("/health/test", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "readiness-constant": Look(code("/health/test", 200), {"DISK_HEALTH_THRESHOLD": "0.0001"}),
    "probes-throttled": Look(lambda api: 429 in asked(api, 120, "/health/test")),
    "health-asks-worker": Look(is_worker_needed),
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
    "full-worker-fails-run": Look(is_full_fatal),
    "full-worker-hammered": Look(is_hammered, FULL_OFTEN),
    "full-worker-unsaid": Look(is_warning_missing),
    "retry-not-dispatched": Look(is_undelivered),
    "retry-without-token": Look(lambda api: api.retry(api.failed(), "").status_code == 201),
    "runs-are-everybodys": Look(lambda api: api.retry(api.failed(), "b").status_code == 201),
    "retry-of-anything": Look(lambda api: api.retry(api.begin()).status_code == 201),
    "retry-flips-run": Look(is_flipped),
    "retry-unlinked": Look(is_unlinked),
    "retry-linked-after-dispatch": Look(is_child_lost),
    "retry-touches-original": Look(is_touched),
    "retried-once-a-process": Look(is_retried_elsewhere),
    "retries-without-end": Look(is_endless, {"SCRAPE_MAX_RETRY_CHAIN_DEPTH": "1"}),
    "ids-unjudged": Look(lambda api: api.retry("x").status_code == 500),
    "heartbeats-ignored": Look(
        lambda api: api.beat(api.begin()).json()["data"]["heartbeatAt"] is None
    ),
    "heartbeat-reopens-run": Look(is_reopened),
    "heartbeat-read-then-written": Look(is_race_reopened("beat")),
    "batch-reopens-run": Look(is_race_reopened("ingest", offer(1))),
    "ended-twice": Look(is_ended_twice),
    "stale-runs-unseen": Look(is_stale_alive, NEVER),
    "rate-of-nothing-is-zero": Look(is_zero_idle),
    "runs-under-way-count": Look(is_open_counted),
    "silence-uncounted": Look(is_silence_missed),
    "events-half-counted": Look(is_event_uncounted),
    "number-renamed": Look(lambda api: "runningWithoutHeartbeat" not in api.metrics()["queue"]),
    "series-missing": Look(lambda api: gauge(api, "running_without_heartbeat") is None),
    "series-no-number": Look(lambda api: math.isnan(gauge(api, "running_runs") or 0)),
    "window-ignored": Look(is_window_ignored),
    "stale-runs-uncounted": Look(is_stale_uncounted),
    "failed-query-is-zero": Look(is_failure_zero),
    "numbers-for-anybody": Look(code("/api/ops/metrics", 200, "a")),
    "numbers-unprefixed": Look(code("/ops/metrics", 200)),
    "models-counted-in": Look(is_model_mixed),
    "refusals-unlogged": Look(is_refusal_unsaid),
    "secret-logged": Look(is_secret_said),
    "one-in-fifty-fails": Look(lambda api: 503 in asked(api, 50)),
    "one-in-ten-is-late": Look(is_late),
    "one-in-three-refused-fast": Look(lambda api: 429 in asked(api, 3)),
    "callbacks-throttled": Look(is_workers_throttled),
    "callbacks-swallowed": Look(is_swallowed),
}
#: Fault → what is told in an environment that must be refused, and is not.
STARTS: dict[str, dict[str, str]] = {
    "tolerance-clamped": {"WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "29"},
    "open-in-production": {
        "NODE_ENV": "production",
        "SEED_USERS": "",
        "WORKER_CALLBACK_URL": f"https://api.example{COMPLETE}",
        "WORKER_CALLBACK_SIGNING_SECRET": "",
    },
    "http-in-production": {"NODE_ENV": "production", "SEED_USERS": ""},
}
