"""A Kernel of a test's own, and the calls that tests make on it."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import psycopg
from nacl.signing import SigningKey
from psycopg.rows import dict_row

from proofbook.stack import Ready
from systems.kernel import signatures
from tests.systems.deployment import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

    from nacl.signing import VerifyKey

    from proofbook.stack import Twin
    from proofbook.stack.controlled import Controlled

ISSUER, AUDIENCE = "https://issuer.kernel.example", "kernel"
VECTORS = json.loads((ROOT / "tests/systems/kernel/vectors.json").read_text(encoding="utf-8"))
#: A busy machine is no outage, neither of the store nor of the KMS.
PATIENT = {"DB_PROBE_TIMEOUT_MS": "20000", "KMS_TIMEOUT_MS": "20000"}
DIVISION = {"name": "E2E Division", "goals": ["smoke-test"], "budget": 1000}


@dataclass
class Kernel:
    """An API and its KMS, on a store of their own."""

    twin: Twin
    process: Controlled
    client: httpx.Client

    @property
    def signer(self) -> VerifyKey:
        """The key that is published as this Kernel's."""
        told = self.client.get("/kernel/security/status").json()
        return signatures.public_key(told["public_key"])

    def token(self, *roles: str, sub: str = "somebody", **claims: Any) -> str:
        """A token of the issuer."""
        now = int(time.time())
        told = {"iss": ISSUER, "aud": AUDIENCE, "sub": sub, "iat": now, "exp": now + 600}
        return self.signed_token(told | {"roles": list(roles)} | claims)

    def signed_token(self, claims: dict[str, Any], key: SigningKey | None = None) -> str:
        """These claims, signed by the issuer or by another key."""
        seed = bytes.fromhex(self.twin.resolve("{secret.issuer.private_hex}"))
        parts = [_part({"alg": "EdDSA", "kid": "suite"}), _part(claims)]
        signed = ".".join(parts).encode()
        signature = (key or SigningKey(seed)).sign(signed).signature
        return ".".join([*parts, _encoded(signature)])

    def headers(self, *roles: str, key: str | None = None, **claims: Any) -> dict[str, str]:
        """What a caller of these roles sends; no role: no role in the token."""
        told = {"Authorization": f"Bearer {self.token(*roles, **claims)}"}
        return told | ({"Idempotency-Key": key} if key else {})

    def get(self, path: str, *roles: str) -> httpx.Response:
        """GET as a caller of these roles."""
        return self.client.get(path, headers=self.headers(*roles))

    def post(self, path: str, body: object, *roles: str, **more: Any) -> httpx.Response:
        """POST JSON as a caller of these roles, with a new key unless one is given."""
        key = more.pop("key", str(uuid4()))
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.client.post(
            path, content=content, headers=self.headers(*roles, key=key, **more)
        )

    def sign(self, manifest: object, **more: Any) -> httpx.Response:
        """A manifest signed for a service."""
        return self.post("/kernel/sign", {"manifest": manifest}, "Service", **more)

    def allocate(self, **more: Any) -> httpx.Response:
        """A request for resources, of an operator's."""
        return self.post("/kernel/allocate", {"entity_id": "e", "delta": 1, **more}, "Operator")

    def export(self) -> list[dict[str, Any]]:
        """The chain, its head last."""
        answer = self.get("/kernel/audit/export", "Auditor")
        assert answer.status_code == 200, answer.text
        return [json.loads(line) for line in answer.text.splitlines()]

    def events(self) -> list[str]:
        """The types of all events, in their order."""
        return [event["eventType"] for event in self.export()[:-1]]

    def verify(self) -> httpx.Response:
        """What the Kernel says of its chain."""
        return self.get("/kernel/audit/verify", "Auditor")

    def metric(self, line: str) -> float:
        """The value of one line of the metrics."""
        text = self.client.get("/metrics").text
        found = [row for row in text.splitlines() if row.startswith(f"{line} ")]
        return float(found[0].rpartition(" ")[2])

    def sql(self, query: Any, *values: object) -> list[dict[str, Any]]:
        """Rows straight from the store."""
        url = self.twin.resolve("{store.url}")
        with psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
            cursor = connection.execute(query, values or None)
            return cursor.fetchall() if cursor.description else []

    def kms(self, path: str, body: object) -> httpx.Response:
        """POST to the KMS as who changes keys there."""
        token = self.twin.resolve("{secret.kms_admin}")
        url = self.twin.address("kernel.kms").url + path
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.post(url, json=body, headers=headers, timeout=60)


def start(twin: Twin, *, process: str = "api", **more: Any) -> Controlled:
    """One process of a twin, which must get ready."""
    instance = more.pop("instance", "1")
    outcome = twin.start(process, instance=instance, **more)
    assert isinstance(outcome, Ready), outcome
    return outcome.process


def kernel(twin: Twin, *, instance: str = "1", **more: Any) -> Kernel:
    """A Kernel on a twin whose KMS runs."""
    env = PATIENT | more.pop("env", {})
    process = start(twin, instance=instance, env=env, **more)
    return Kernel(twin, process, httpx.Client(base_url=process.url, timeout=30))


def unsaid(_: str) -> None:
    """Tell nobody what was applied."""


def _part(value: object) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def until(holds: Callable[[], object], within_seconds: float = 60) -> None:
    """Wait for a state."""
    deadline = time.monotonic() + within_seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
