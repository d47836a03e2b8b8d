"""Who may do what; methods; pages; a misconfigured API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Ready

if TYPE_CHECKING:
    from proofbook.stack import Twin
    from tests.systems.conftest import Starter
    from tests.systems.deployment import CoreOs

SESSION = [
    ("POST", "/api/jobs/enqueue"),
    ("POST", "/api/jobs/x/suspend"),
    ("POST", "/api/jobs/x/resume"),
    ("POST", "/api/jobs/x/priority"),
    ("POST", "/api/jobs/x/requeue"),
    ("GET", "/api/ops/jobs/list"),
]
OWNER = [
    ("POST", "/api/jobs/reaper"),
    ("GET", "/api/jobs/dlq"),
    ("GET", "/api/ops/workers"),
    ("GET", "/api/ops/audit"),
]
WORKER = ["claim", "heartbeat", "result"]


@pytest.mark.parametrize(("method", "path"), SESSION + OWNER)
def test_without_a_session_nothing_is_done(shared: CoreOs, method: str, path: str) -> None:
    """Before the body is looked at."""
    bare = shared.client.request(method, path, content=b"{")
    forged = shared.client.request(method, path, headers={"Cookie": "__session=x.y"})

    assert (bare.status_code, bare.json()) == (401, {"error": "Authentication required"})
    assert (forged.status_code, forged.json()) == (401, {"error": "Invalid or expired session"})


@pytest.mark.parametrize(("method", "path"), OWNER)
def test_the_owner_s_pages_are_nobody_else_s(shared: CoreOs, method: str, path: str) -> None:
    """403 for another session."""
    answer = shared.client.request(method, path, headers=shared.cookie("other"))

    assert (answer.status_code, answer.json()) == (403, {"error": "Forbidden: owner-only endpoint"})


@pytest.mark.parametrize("path", WORKER)
def test_a_worker_proves_itself_before_its_body_is_read(coreos: CoreOs, path: str) -> None:
    """Each failure by its name, and counted."""
    # Far enough from the edges (300 s): the last of them is asked a while after the first.
    url, now = f"/api/jobs/{path}", time.time_ns() // 1_000_000

    answers = [
        coreos.client.post(url, content=b"{"),
        coreos.signed(url, b"{", secret="0" * 64),
        coreos.signed(url, b"{", content=b"[", timestamp=1),
        coreos.signed(url, b"{", signed_path="/api/jobs/other"),
        coreos.signed(url, b"{", timestamp=now - 301_000),
        coreos.signed(url, b"{", timestamp=now + 330_000),
        coreos.signed(url, b"{", timestamp="now"),
        coreos.signed(url, b"{", timestamp=now - 270_000),
    ]

    assert [(a.status_code, a.json()["error"], a.json()["code"]) for a in answers] == [
        (401, "Worker authentication required", "WORKER_AUTH_REQUIRED"),
        *[(403, "Invalid worker signature", "INVALID_SIGNATURE")] * 3,
        *[(403, "Stale worker timestamp", "STALE_TIMESTAMP")] * 3,
        (400, "Invalid JSON body", "INVALID_JSON"),
    ]
    assert coreos.counters()[f"worker_auth_failed:endpoint={path}"] == 7


def test_a_log_in_gives_a_session(starter: Starter) -> None:
    """As a cookie that scripts cannot read; secure in production."""
    for env, end in (("test", ""), ("production", "; Secure")):
        coreos = starter(NODE_ENV=env)
        token = coreos.twin.resolve("{secret.owner}")

        answer = coreos.client.post("/api/auth/session", json={"idToken": token})

        assert answer.json() == {"status": "success"}
        name, _, rules = answer.headers["set-cookie"].partition(";")
        assert name.startswith("__session=")
        assert '"' not in name
        assert rules == f" Path=/; HttpOnly; SameSite=Lax; Max-Age=432000{end}"


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "ID token required"),
        ({"idToken": ""}, 400, "ID token required"),
        ({"idToken": 5}, 400, "ID token required"),
        ({"idToken": "x" * 43}, 401, "Invalid or expired session"),
        ({"idToken": "\ud800"}, 401, "Invalid or expired session"),
    ],
)
def test_a_wrong_log_in_gives_none(shared: CoreOs, body: object, status: int, error: str) -> None:
    """And says little."""
    answer = shared.post("/api/auth/session", body, who="")

    assert (answer.status_code, answer.json()) == (status, {"error": error})
    assert "set-cookie" not in answer.headers


def test_bypass_makes_everybody_the_owner(starter: Starter) -> None:
    """Outside production."""
    coreos = starter(NEXT_PUBLIC_AUTH_MODE="bypass")

    assert coreos.get("/api/jobs/dlq", who="").status_code == 200
    body = {"jobType": "index.build", "payload": {}, "policyDecisionId": "p"}
    assert coreos.post("/api/jobs/enqueue", body, who="").status_code == 201
    assert coreos.take()["ticket"]["actorId"] == "uid-owner"


@pytest.mark.parametrize(
    ("path", "method", "allow"),
    [
        ("/api/jobs/enqueue", "GET", "POST, OPTIONS"),
        ("/api/jobs/reaper", "GET", "POST, OPTIONS"),
        ("/api/jobs/dlq", "POST", "GET, HEAD, OPTIONS"),
        ("/api/jobs/claim", "DELETE", "GET, HEAD, POST, OPTIONS"),
        ("/api/jobs/x", "PUT", "GET, HEAD, OPTIONS"),
        ("/api/jobs/x/suspend", "GET", "POST, OPTIONS"),
        ("/api/worker/health", "POST", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_wrong_method_is_refused_and_options_tells_the_right_ones(
    shared: CoreOs, path: str, method: str, allow: str
) -> None:
    """405 with no body, 204 for OPTIONS, both with `Allow`."""
    wrong, options = shared.client.request(method, path), shared.client.options(path)

    assert (wrong.status_code, wrong.content, wrong.headers["allow"]) == (405, b"", allow)
    assert (options.status_code, options.content, options.headers["allow"]) == (204, b"", allow)


def test_what_is_not_there_is_404(shared: CoreOs) -> None:
    """In JSON; a job's name may hold anything."""
    nowhere = shared.get("/api/nowhere")
    assert (nowhere.status_code, nowhere.json()) == (404, {"error": "Not found"})
    for name, shown in (("nope", "nope"), ("a%2Fb", "a/b"), ("a/b", "a/b"), ("%00", "\x00")):
        answer = shared.get(f"/api/jobs/{name}")
        assert (answer.status_code, answer.json()) == (404, {"error": f"Job not found: {shown}"})


def test_the_dashboard_is_the_owner_s(shared: CoreOs) -> None:
    """Everybody else is sent elsewhere; the log-in page is open."""
    owner, other, nobody = (shared.get("/ops", who) for who in ("owner", "other", ""))

    assert (owner.status_code, owner.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'http-equiv="refresh" content="10"' in owner.text
    assert "systemStatus" in owner.text
    assert (other.status_code, other.headers["location"]) == (307, "/os")
    assert (nobody.status_code, nobody.headers["location"]) == (
        307,
        "/ops/login?callbackUrl=%2Fops",
    )
    login = shared.get("/ops/login", who="")
    assert (login.status_code, login.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_the_dashboard_shows_stuck_jobs_and_escapes_them(coreos: CoreOs) -> None:
    """A worker's name is text, not markup."""
    job_id = coreos.enqueue()
    coreos.take("<script>w")
    coreos.expire_lease(job_id)

    page = coreos.get("/ops").text

    assert job_id in page
    assert "Stuck jobs: 1" in page
    assert "&lt;script&gt;w" in page
    assert "<script>w" not in page


@pytest.mark.parametrize(
    ("env", "warning"),
    [
        ({"JOB_WORKER_HMAC_SECRET": ""}, "Missing env: JOB_WORKER_HMAC_SECRET"),
        ({"ATTESTATION_PRIVATE_KEY": "ab" * 31}, "Invalid env: ATTESTATION_PRIVATE_KEY"),
        ({"ATTESTATION_PUBLIC_KEY": "ab" * 32}, "Invalid env: ATTESTATION_PUBLIC_KEY"),
        ({"DATABASE_URL": "", "NODE_ENV": "production"}, "Missing env: DATABASE_URL"),
    ],
)
def test_a_misconfigured_api_says_so_and_refuses_everything(
    starter: Starter, env: dict[str, str], warning: str
) -> None:
    """It stays up; no value is shown, not even in its log."""
    coreos = starter(**env)

    health = coreos.get("/api/worker/health", who="")

    assert health.status_code == 503
    body = health.json()
    assert (body["status"], body["env"], body["warnings"]) == (
        "degraded",
        env.get("NODE_ENV", "test"),
        [warning],
    )
    assert coreos.client.head("/api/worker/health").status_code == 503
    for method, path in [
        ("GET", "/api/ops/metrics/summary"),
        ("PUT", "/x"),
        ("POST", "/api/jobs/claim"),
        ("GET", "/ops"),
    ]:
        answer = coreos.client.request(method, path)
        refusal = {"error": "Service misconfigured", "code": "MISCONFIGURED"}
        assert (answer.status_code, answer.json()) == (503, refusal)
    log = coreos.process.output()
    assert warning in log
    assert not any(value in log + health.text for value in env.values() if len(value) > 12)


def test_a_port_that_is_none_is_named(twin: Twin) -> None:
    """And there is nothing to listen on."""
    outcome = twin.start("api", env={"PORT": "99999"})

    assert not isinstance(outcome, Ready)
    assert "[FATAL] Configuration error: PORT is invalid" in outcome.output


def test_the_published_key_is_the_one_that_signs(shared: CoreOs) -> None:
    """Under its id, and never cached."""
    answer = shared.get("/api/trust/attestation/public-key", who="")

    assert answer.headers["cache-control"] == "no-cache"
    body = answer.json()
    assert body["publicKey"] == shared.twin.env("api")["ATTESTATION_PUBLIC_KEY"].lower()
    assert (len(body["publicKeyId"]), body["algorithm"], body["encoding"]) == (16, "ed25519", "hex")
