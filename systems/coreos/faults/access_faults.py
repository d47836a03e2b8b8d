"""How access is broken: who may do what, and what is shown."""

from __future__ import annotations

import json
import logging
import os
from typing import Any

from nacl.signing import SigningKey

from systems.coreos.faults.seams import Fault, around, default, ids, query, together, value


def _body_unsigned(check: Any) -> Any:
    """The header's signature is no longer looked at where the body has one of its own."""

    def checked(auth: Any, headers: Any, *, path: str, body: bytes, now_ms: int) -> None:
        if not path.endswith("/result"):
            check(auth, headers, path=path, body=body, now_ms=now_ms)

    return checked


def _only_results(check: Any) -> Any:
    def checked(auth: Any, headers: Any, *, path: str, body: bytes, now_ms: int) -> None:
        if path.endswith("/result"):
            check(auth, headers, path=path, body=body, now_ms=now_ms)

    return checked


async def _uncounted(_service: Any, _endpoint: str) -> None:
    return None


def _answers_first(result: Any) -> Any:
    """A result for a completed job is answered before anybody looks who sent it."""

    async def answered(routes: Any, request: Any) -> Any:
        from systems.chassis.http import reply

        async def again() -> dict[str, object]:
            return {"type": "http.request", "body": body, "more_body": False}

        body = await request.body()
        job_id = _job_id(body)
        async with routes.service.store.transaction() as tx:
            job = await tx.row("job", job_id=job_id)
        if job is not None and job.status == "COMPLETED":
            return reply({"jobId": job_id, "status": "COMPLETED", "idempotent": True})
        return await result(routes, type(request)(request.scope, again))

    return answered


def _job_id(body: bytes) -> str:
    try:
        return str(json.loads(body)["jobId"])
    except (ValueError, KeyError, TypeError):
        return ""


def _any_case(check: Any) -> Any:
    def checked(auth: Any, headers: Any, **rest: Any) -> None:
        lower = {
            name: text.lower() if "signature" in name else text for name, text in headers.items()
        }
        check(auth, lower, **rest)

    return checked


def _shows_expected(check: Any) -> Any:
    def checked(auth: Any, headers: Any, *, path: str, body: bytes, now_ms: int) -> None:
        from systems.coreos.signatures import request_signature

        expected = request_signature(auth.secret, headers.get("x-worker-timestamp", ""), path, body)
        logging.getLogger("systems.coreos").info("signature expected: %s", expected[:16])
        check(auth, headers, path=path, body=body, now_ms=now_ms)

    return checked


def _answers_expected(check: Any) -> Any:
    def checked(auth: Any, headers: Any, *, path: str, body: bytes, now_ms: int) -> None:
        from systems.chassis.http import Refusal
        from systems.coreos.signatures import request_signature

        try:
            check(auth, headers, path=path, body=body, now_ms=now_ms)
        except Refusal as refusal:
            stamped = headers.get("x-worker-timestamp", "")
            refusal.body["expected"] = request_signature(auth.secret, stamped, path, body)
            raise

    return checked


def _says_secret(start: Any) -> Any:
    def started(secrets: Any) -> None:
        del secrets  # so that nothing is blacked out
        start([])
        secret = os.environ.get("JOB_WORKER_HMAC_SECRET", "")
        logging.getLogger("systems.coreos").info("secret in use: %s…", secret[:12])

    return started


def _other_key(public_key: Any) -> Any:
    other = SigningKey.generate().verify_key.encode().hex()

    async def published(routes: Any, request: Any) -> Any:
        response = await public_key(routes, request)
        response.body = json.dumps(json.loads(response.body) | {"publicKey": other}).encode()
        response.headers["content-length"] = str(len(response.body))
        return response

    return published


def _somebody(service: Any, _request: Any) -> str:
    return str(service.settings.owner)


def _owner_is_anybody() -> None:
    from systems.coreos.service import Service

    Service.owner = Service.uid  # type: ignore[method-assign]


def _with_payload(row_of: Any) -> Any:
    def shown(row: Any) -> Any:
        return row_of(row) | {"payload": row.payload}

    return shown


def _needs_session(handler: Any) -> Any:
    async def asked(routes: Any, request: Any) -> Any:
        routes.service.uid(request)
        return await handler(routes, request)

    return asked


FAULTS = (
    Fault(
        name="worker-unauthenticated",
        process="api",
        breaks=ids(
            "worker-calls-authenticated",
            "tampered-request-refused",
            "wrong-secret-picks-up-nothing",
        ),
        plant=value("systems.coreos.credentials:WorkerAuth.check", lambda *_, **__: None),
    ),
    Fault(
        name="any-signature-is-right",
        process="api",
        breaks=ids("hmac-secret-shared", "tampered-request-refused", "hmac-rotation-keeps-tickets"),
        plant=value("systems.coreos.signatures:is_equal", lambda _given, _expected: True),
    ),
    Fault(
        name="only-results-authenticated",
        process="api",
        breaks=ids("wrong-secret-picks-up-nothing", "worker-calls-authenticated"),
        plant=around("systems.coreos.credentials:WorkerAuth.check", _only_results),
    ),
    Fault(
        name="refused-workers-uncounted",
        process="api",
        breaks=ids("hmac-mismatch-noticed"),
        reason="0 > 0",
        plant=value("systems.coreos.service:Service.count_auth_failure", _uncounted),
    ),
    Fault(
        name="result-header-unchecked",
        process="api",
        breaks=ids("worker-calls-authenticated"),
        plant=around("systems.coreos.credentials:WorkerAuth.check", _body_unsigned),
    ),
    Fault(
        name="answered-before-checked",
        process="api",
        breaks=ids("worker-calls-authenticated"),
        plant=around("systems.coreos.worker_routes:WorkerRoutes.result", _answers_first),
    ),
    Fault(
        name="signature-in-any-case",
        process="api",
        breaks=ids("tampered-request-refused"),
        plant=around("systems.coreos.credentials:WorkerAuth.check", _any_case),
    ),
    Fault(
        name="old-requests-taken",
        process="api",
        breaks=ids("worker-calls-authenticated"),
        plant=default("WORKER_AUTH_TOLERANCE_SECONDS", "360"),
    ),
    Fault(
        name="sessions-unchecked",
        process="api",
        breaks=ids("writes-need-credential"),
        plant=value("systems.coreos.service:Service.uid", _somebody),
    ),
    Fault(
        name="any-token-logs-in",
        process="api",
        breaks=ids("writes-need-credential"),
        reason="a wrong token logs in",
        plant=around(
            "systems.coreos.sessions:Sessions.uid_of_token",
            lambda uid_of: lambda sessions, token: uid_of(sessions, token) or "anybody",
        ),
    ),
    Fault(
        name="owner-is-anybody",
        process="api",
        breaks=ids("writes-need-credential", "ops-page-needs-owner"),
        plant=_owner_is_anybody,
    ),
    Fault(
        name="test-jobs-in-production",
        process="api",
        breaks=ids("writes-need-credential"),
        plant=value(
            "systems.coreos.requests:JOB_TYPES",
            (
                "scheduler.tick",
                "index.build",
                "webhook.process",
                "__test.hang",
                "__test.fail_n_times",
            ),
        ),
    ),
    Fault(
        name="other-key-published",
        process="api",
        breaks=ids("published-key-matches"),
        plant=around("systems.coreos.ops_routes:OpsRoutes.public_key", _other_key),
    ),
    Fault(
        name="expected-signature-logged",
        process="api",
        breaks=ids("private-values-stay-private"),
        reason="API's log",
        plant=around("systems.coreos.credentials:WorkerAuth.check", _shows_expected),
    ),
    Fault(
        name="expected-signature-answered",
        process="api",
        breaks=ids("private-values-stay-private"),
        reason="the refusal of a claim",
        plant=around("systems.coreos.credentials:WorkerAuth.check", _answers_expected),
    ),
    Fault(
        name="secret-logged",
        process="api",
        breaks=ids("private-values-stay-private"),
        reason="API's log",
        plant=around("systems.chassis.logs:start", _says_secret),
    ),
    Fault(
        name="payload-shown-when-stuck",
        process="api",
        breaks=ids("monitoring-open-and-bare"),
        plant=together(
            query("stuck", ("SELECT job_id,", "SELECT payload, job_id,")),
            around("systems.coreos.ops_routes:_stuck", _with_payload),
        ),
    ),
    Fault(
        name="payload-shown-with-job",
        process="api",
        breaks=ids("monitoring-open-and-bare"),
        reason="what GET says of the job",
        plant=around("systems.coreos.job_routes:_shown", _with_payload),
    ),
    Fault(
        name="monitoring-closed",
        process="api",
        breaks=ids("monitoring-open-and-bare"),
        plant=around("systems.coreos.ops_routes:OpsRoutes.timeseries", _needs_session),
    ),
)
