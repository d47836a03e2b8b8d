"""How credentials, keys of idempotency, the chain's links and what is left of a refusal are broken."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from systems.chassis.seams import Fault, around, ids, query, together, value

if TYPE_CHECKING:
    from systems.chassis.seams import Plant

kernel = ids("kernel")


def _before_the_role(sign: Any) -> Any:
    """Whoever sends a key that was answered once is answered so again."""
    answers: dict[str, Any] = {}

    async def signed(routes: Any, request: Any) -> Any:
        key = request.headers.get("Idempotency-Key", "")
        if key not in answers:
            answer = await sign(routes, request)
            answers[key] = answer
        return answers[key]

    return signed


def _unsigned(is_signed: Any) -> Any:
    """Who says that a token has no signature needs none."""

    def seen(told: Any, jwk: Any) -> bool:
        return str(told.algorithm).lower() == "none" or bool(is_signed(told, jwk))

    return seen


def _any_issuer(check: Any) -> Any:
    """Whoever issued it, and for whomever."""

    def checked(claims: Any, issuer: Any, now_seconds: float) -> None:
        check(claims, replace(issuer, name=claims.get("iss"), audience=""), now_seconds)

    return checked


def _hyphens_aside(told: Any) -> Any:
    """What looks like a role is taken for it."""
    return lambda claims: (role.replace("-", "") for role in told(claims))


def _from_memory() -> Plant:
    """The end of the chain and all of it are told as they once were, whatever is stored now."""
    kept: dict[str, Any] = {"count": -1}

    def exporting(export: Any) -> Any:
        kept["plain"] = export

        async def exported(routes: Any, request: Any) -> Any:
            from starlette.responses import Response

            await _keep(kept, routes, request)
            return Response(kept["export"], media_type="application/x-ndjson")

        return exported

    def heading(_head: Any) -> Any:
        async def headed(routes: Any, request: Any) -> Any:
            from starlette.responses import Response

            await _keep(kept, routes, request)
            told = kept["export"].splitlines()[-1]
            return Response(json.dumps(json.loads(told)["head"]), media_type="application/json")

        return headed

    place = "systems.kernel.audit_routes:AuditRoutes"
    return together(around(f"{place}.export", exporting), around(f"{place}.head", heading))


async def _keep(kept: dict[str, Any], routes: Any, request: Any) -> None:
    """Remember the chain, unless it has become shorter."""
    answer = await kept["plain"](routes, request)
    text = "".join([chunk async for chunk in answer.body_iterator])
    count = json.loads(text.splitlines()[-1])["head"]["count"]
    if count >= kept["count"]:
        kept.update(count=count, export=text)


def _unguarded(build: Any) -> Any:
    """The table of events takes two that follow one."""

    def built(told: Any) -> Any:
        import psycopg

        with psycopg.connect(told.postgres_url) as connection:
            for column in ("seq", "hash", "prev_hash"):
                name = f"audit_events_{column}_key"
                connection.execute(f"ALTER TABLE audit_events DROP CONSTRAINT IF EXISTS {name}")
        return build(told)

    return built


def _any_text(_pattern: Any) -> Any:
    """Nothing is too odd to be stored."""
    return re.compile("(?!)")


def _any_spelling(_bytes: Any) -> Any:
    """Base64 is read however it is spelled."""

    def read(text: object) -> bytes:
        plain = str(text).translate(str.maketrans("-_", "+/"))
        return base64.b64decode(plain + "=" * (-len(plain) % 4))

    return read


def _own_key(counted: Any) -> Any:
    """A key of this process signs, as it would in development."""

    async def signed(signer: Any, operation: str, path: str, *more: Any) -> Any:
        from nacl.signing import SigningKey

        plain = await counted(signer, operation, path, *more)
        if operation == "data":
            return plain
        raw = SigningKey(b"\x05" * 32).sign(more[1].encode()).signature
        return replace(plain, text=base64.b64encode(raw).decode(), key_version="local-dev")

    return signed


FAULTS = (
    Fault(
        name="own-key-signs-manifests",
        process="api",
        breaks=kernel("kms-alone-signs"),
        plant=around("systems.kernel.signer:KmsSigner._counted", _own_key),
    ),
    Fault(
        name="answers-before-roles",
        process="api",
        breaks=kernel("signing-by-services"),
        plant=around("systems.kernel.manifest_routes:ManifestRoutes.sign", _before_the_role),
    ),
    Fault(
        name="answers-repeated-for-ever",
        process="api",
        breaks=kernel("repeats-expire"),
        plant=query("answer", (" AND expires_at > clock_timestamp()", "")),
    ),
    Fault(
        name="unsigned-tokens-taken",
        process="api",
        breaks=kernel("forged-tokens-refused"),
        plant=around("systems.kernel.tokens:_is_signed", _unsigned),
    ),
    Fault(
        name="any-issuer-counts",
        process="api",
        breaks=kernel("forged-tokens-refused"),
        plant=around("systems.kernel.tokens:_check", _any_issuer),
    ),
    Fault(
        name="roles-matched-loosely",
        process="api",
        breaks=kernel("roles-matched-exactly"),
        plant=around("systems.kernel.principals:_told", _hyphens_aside),
    ),
    Fault(
        name="agents-for-anybody",
        process="api",
        breaks=kernel("agents-and-upgrades-by-operators"),
        plant=value("systems.kernel.principals:OPERATORS", ()),
    ),
    Fault(
        name="signers-changed-by-operators",
        process="api",
        breaks=kernel("signers-changed-by-superadmins"),
        plant=value("systems.kernel.principals:KEEPERS_OF_KEYS", ("SuperAdmin", "Operator")),
    ),
    Fault(
        name="reading-for-superadmins",
        process="api",
        breaks=kernel("known-callers-read-and-report"),
        plant=value("systems.kernel.principals:ANYBODY", ("SuperAdmin",)),
    ),
    Fault(
        name="links-lead-nowhere",
        process="api",
        breaks=kernel("audit-has-one-root", "audit-chain-whole"),
        plant=query("add_event", ("%(prev_hash)s, %(hash)s", "md5(%(hash)s), %(hash)s")),
    ),
    Fault(
        name="chain-forks",
        process="api",
        breaks=kernel("audit-chain-whole"),
        plant=together(
            query("audit_head", (" FOR UPDATE", "")),
            around("systems.kernel.service:build", _unguarded),
        ),
    ),
    Fault(
        name="chain-told-from-memory",
        process="api",
        breaks=kernel("tampering-found"),
        plant=_from_memory(),
    ),
    Fault(
        name="odd-texts-taken",
        process="api",
        breaks=kernel("manifests-signed-canonically"),
        plant=around("systems.kernel.requests:UNSTORABLE", _any_text),
    ),
    Fault(
        name="allocation-not-stored",
        process="api",
        breaks=kernel("rows-and-events-agree"),
        plant=query(
            "add_allocation",
            ("INSERT INTO", "WITH gone AS (INSERT INTO"),
            ("%(requested_by)s)", "%(requested_by)s) LIMIT 0"),
            ("RETURNING id", "RETURNING id) SELECT %(id)s::uuid AS id"),
        ),
    ),
    Fault(
        name="signatures-spelled-anyhow",
        process="api",
        breaks=kernel("kms-answers-verified"),
        plant=around("systems.kernel.signatures:_bytes", _any_spelling),
    ),
)
