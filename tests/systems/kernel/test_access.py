"""Who may what: roles from verified tokens, asked before anything else."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.signing import SigningKey

from systems.chassis.jose import TokenInvalid
from systems.kernel import tokens
from systems.kernel.principals import ROLES, principal
from tests.systems.kernel.kernels import AUDIENCE, DIVISION, ISSUER

if TYPE_CHECKING:
    from tests.systems.kernel.kernels import Kernel

UNKNOWN = str(uuid4())
#: Method, path, body, who may.
GUARDED: tuple[tuple[str, str, Any, tuple[str, ...]], ...] = (
    ("POST", "/kernel/division", DIVISION, ("DivisionLead", "SuperAdmin")),
    ("POST", "/kernel/sign", {"manifest": {}}, ("SuperAdmin", "Service")),
    ("GET", f"/kernel/audit/{UNKNOWN}", None, ("Auditor", "SuperAdmin")),
    ("GET", "/kernel/audit/head", None, ("Auditor", "SuperAdmin")),
    ("GET", "/kernel/audit/export", None, ("Auditor", "SuperAdmin")),
    ("GET", "/kernel/audit/verify", None, ("Auditor", "SuperAdmin")),
    ("POST", "/kernel/allocate", {"entity_id": "e"}, ("Operator", "DivisionLead", "SuperAdmin")),
    ("POST", "/kernel/agent", {}, ("Operator", "SuperAdmin")),
    ("POST", "/kernel/upgrade", {}, ("Operator", "SuperAdmin")),
    ("POST", "/kernel/upgrade/u/apply", {}, ("Operator", "SuperAdmin")),
    ("POST", "/kernel/signer/rotation", {}, ("SuperAdmin",)),
    ("POST", "/kernel/signer/compromise", {}, ("SuperAdmin",)),
    ("POST", "/kernel/eval", {}, ()),
    ("POST", "/kernel/upgrade/u/approve", {}, ()),
    ("GET", f"/kernel/division/{UNKNOWN}", None, ()),
    ("GET", f"/kernel/agent/{UNKNOWN}", None, ()),
    ("GET", f"/kernel/agent/{UNKNOWN}/state", None, ()),
)
IDS = [path.replace(UNKNOWN, "id") for _, path, _, _ in GUARDED]


def ask(kernel: Kernel, method: str, path: str, body: object, **headers: str) -> Any:
    """An answer to whoever these headers say."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Idempotency-Key": str(uuid4())} | headers
    return kernel.client.request(method, path, content=content, headers=headers)


def bearer(token: str) -> dict[str, str]:
    """The header of a token."""
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize(("method", "path", "body", "allowed"), GUARDED, ids=IDS)
def test_each_role_alone(
    common: Kernel, method: str, path: str, body: object, allowed: tuple[str, ...]
) -> None:
    """Those who may get past the door, the others 403 with what is required, nobody 401; also with a bad body."""
    for content in (body, b"{"):
        for role in (*ROLES, ""):
            roles = [role] if role else []
            answer = ask(common, method, path, content, **bearer(common.token(*roles)))
            if role in allowed or not allowed:
                assert answer.status_code not in (401, 403, 500), (role, answer.text)
            else:
                told = {"error": "forbidden", "requiredRoles": list(allowed)}
                assert (answer.status_code, answer.json()) == (403, told)
        answer = ask(common, method, path, content)
        assert (answer.status_code, answer.json()) == (401, {"error": "unauthenticated"})


def test_no_header_gives_a_role(common: Kernel) -> None:
    """Whatever other systems believe of it."""
    names = ("x-roles", "x-user-roles", "x-oidc-roles", "x-service-id", "x-role-override")
    token = bearer(common.token())

    for name in (*names, "x-oidc-sub", "x-service-roles", "x-local-dev-principal"):
        for value in ("SuperAdmin", '{"roles":["SuperAdmin"]}'):
            answer = ask(common, "POST", "/kernel/sign", {"manifest": {}}, **token, **{name: value})
            assert answer.status_code == 403, name


def test_a_token_that_proves_nothing(common: Kernel) -> None:
    """Expired, not yet, another key's, issuer's or audience's, unsigned, signed with the public key as a secret."""
    now = time.time()
    good = {"iss": ISSUER, "aud": AUDIENCE, "sub": "x", "exp": now + 60, "roles": ["SuperAdmin"]}
    token = common.signed_token(good)
    head, claims, signature = token.split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    weak = base64.urlsafe_b64encode(b'{"alg":"HS256"}').rstrip(b"=").decode()
    public = common.twin.resolve("{secret.issuer.public_base64url}")
    mac = hmac.new(public.encode(), f"{weak}.{claims}".encode(), hashlib.sha256).digest()
    forged = {
        "expired": common.signed_token(good | {"exp": now}),
        "not yet": common.signed_token(good | {"nbf": now + 60}),
        "another issuer's": common.signed_token(good | {"iss": "https://other.example"}),
        "another audience's": common.signed_token(good | {"aud": ["other"]}),
        "another key's": common.signed_token(good, SigningKey.generate()),
        "unsigned": f"{none}.{claims}.",
        "unsigned, as it was": f"{none}.{claims}.{signature}",
        "the public key as a secret": f"{weak}.{claims}.{base64.urlsafe_b64encode(mac).decode()}",
        "changed": f"{head}.{claims[:-4]}AAAA.{signature}",
        "padded": f"{head}.{claims}.{signature}==",
        "no token": "nonsense",
        "exp is a text": common.signed_token(good | {"exp": "soon"}),
    }

    assert ask(common, "POST", "/kernel/sign", {"manifest": {}}, **bearer(token)).status_code == 200
    for why, each in forged.items():
        answer = ask(common, "POST", "/kernel/sign", {"manifest": {}}, **bearer(each))
        assert (answer.status_code, answer.json()) == (401, {"error": "token.invalid"}), why
    empty = ask(common, "POST", "/kernel/sign", {"manifest": {}}, Authorization="Bearer")
    assert (empty.status_code, empty.json()) == (401, {"error": "token.missing"})


def test_what_is_asked_in_which_order(common: Kernel) -> None:
    """Size, JSON, schema, key: the first that is wrong is told."""

    def answer(content: bytes, **more: str) -> tuple[int, str]:
        headers = bearer(common.token("Service")) | more
        reply = common.client.post("/kernel/sign", content=content, headers=headers)
        return reply.status_code, reply.json()["error"]

    assert answer(b"x" * 1_100_000) == (413, "request entity too large")
    assert answer(b"{") == (400, "invalid_json")
    assert answer(b"[]") == (400, "validation_error")
    assert answer(b'{"manifest": 1}') == (400, "validation_error")
    assert answer(b'{"manifest": {"id": ""}}') == (400, "validation_error")
    assert answer(b'{"manifest": {"a": "\\u0000"}}') == (400, "validation_error")
    assert answer(b'{"manifest": {}}') == (400, "missing_idempotency_key")
    for path in ("audit/nonsense", "audit/audit-" + UNKNOWN, "division/1", "agent/1"):
        reply = common.get(f"/kernel/{path}", "SuperAdmin")
        assert (reply.status_code, reply.json()["error"]) == (400, "validation_error")
    missing = common.get(f"/kernel/audit/{UNKNOWN}", "Auditor")
    assert (missing.status_code, missing.json()) == (404, {"error": "not found"})


def test_all_that_is_wrong_is_told_at_once(common: Kernel) -> None:
    """Path, message and code of each field."""
    answer = common.post("/kernel/division", {"name": "", "budget": "1", "id": "x"}, "SuperAdmin")

    details = answer.json()["details"]
    assert {each["path"]: each["errorCode"] for each in details} == {
        "id": "format",
        "name": "minLength",
        "goals": "required",
        "budget": "type",
    }


def test_keys_of_other_kinds() -> None:
    """RS256 and ES256, as the key says; a header that says otherwise is not believed."""
    rsa_key = rsa.generate_private_key(65537, 2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    numbers, point = rsa_key.public_key().public_numbers(), ec_key.public_key().public_numbers()
    keys: list[dict[str, Any]] = [
        {"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)},
        {"kty": "EC", "crv": "P-256", "x": _number(point.x), "y": _number(point.y)},
    ]
    issuer = tokens.issuer(json.dumps({"iss": "i", "jwks": {"keys": keys}}))

    def signed(algorithm: str) -> str:
        head = _base64(json.dumps({"alg": algorithm}).encode())
        text = head + "." + _base64(b'{"iss": "i"}')
        if algorithm == "RS256":
            return f"{text}.{_base64(rsa_key.sign(text.encode(), padding.PKCS1v15(), SHA256()))}"
        r, s = decode_dss_signature(ec_key.sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{_base64(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"

    for algorithm in ("RS256", "ES256"):
        token = signed(algorithm)
        assert tokens.verified(token, issuer, issuer.keys, now_seconds=0) == {"iss": "i"}
        _, claims, signature = token.split(".")
        head = _base64(b'{"alg": "EdDSA"}')
        other = f"{head}.{claims}.{signature}"
        with pytest.raises(TokenInvalid):
            tokens.verified(other, issuer, issuer.keys, now_seconds=0)


def test_roles_wherever_issuers_put_them() -> None:
    """And who speaks for a service is one."""
    found = principal(
        {
            "sid": "s",
            "scope": "openid auditor",
            "realm_access": {"roles": ["Operator"]},
            "resource_access": {"kernel": {"roles": ["Service"]}, "x": 1},
        }
    )

    assert (found.id, found.type, found.roles) == (
        "s",
        "service",
        ("Operator", "Auditor", "Service"),
    )


def _number(value: int) -> str:
    return _base64(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
