"""Keys: what the KMS does with them, and how the Kernel goes on while they change."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from systems.kernel.signatures import data_text, is_signed, public_key, rotation_digest
from tests.systems.kernel.kernels import start
from tests.systems.kernel.middleman import middleman

if TYPE_CHECKING:
    from proofbook.stack import Twin
    from tests.systems.kernel.conftest import Starter
    from tests.systems.kernel.kernels import Kernel

GONE = (503, {"error": "kms.unavailable"})


class Kms:
    """A KMS of a test's own, and its two callers."""

    def __init__(self, twin: Twin, url: str) -> None:
        self.url = url
        self.tokens = [twin.resolve(f"{{secret.{name}}}") for name in ("kms", "kms_admin")]

    def ask(self, path: str, body: object, token: str = "") -> tuple[int, Any]:
        """An answer to who signs, or, for what begins with `/keys`, to who changes keys."""
        token = token or self.tokens[path.startswith("/keys")]
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.post(self.url + path, json=body, headers=headers, timeout=60)
        return answer.status_code, answer.json()

    def key(self, signer_id: str, version: str = "") -> dict[str, Any]:
        """A published key."""
        params = {"keyVersion": version} if version else {}
        told: dict[str, Any] = httpx.get(f"{self.url}/publicKeys/{signer_id}", params=params).json()
        return told


def test_a_key_s_life(kernel_twin: Twin) -> None:
    """Made, replaced, disabled, retired after its overlap; public for good; the same after a restart."""
    process = start(kernel_twin, process="kms", env={"KMS_KEY_OVERLAP_SECONDS": "8"})
    kms = Kms(kernel_twin, process.url)
    body = {"signerId": "kernel-signer-1", "data": "d"}

    status, old = kms.ask("/signData", body)
    assert (status, old["keyVersion"], old["algorithm"]) == (200, "v1", "ed25519")
    assert is_signed("d", old["signature"], public_key(kms.key("kernel-signer-1")["publicKey"]))
    assert kms.ask("/keys/kernel-signer-1/retire", {}) == (409, {"error": "key_in_use"})
    status, new = kms.ask("/keys/rotate", {"signerId": "kernel-signer-1"})
    assert (status, new["keyVersion"], new["keyId"], new["state"]) == (200, "v2", "v2", "enabled")
    assert kms.ask("/signData", body)[1]["keyVersion"] == "v2"
    assert kms.ask("/signData", body | {"keyVersion": "v1"})[1]["signature"] == old["signature"]
    before = kms.key("kernel-signer-1", "v1")
    assert before["state"] == "superseded"
    retire = {"keyVersion": "v1"}
    refused = kms.ask("/keys/kernel-signer-1/retire", retire)
    told = {"error": "overlap_not_over", "retireAfter": before["retireAfter"]}
    assert refused == (409, told)
    deadline = time.monotonic() + 60
    while kms.ask("/keys/kernel-signer-1/retire", retire)[0] == 409:
        assert time.monotonic() < deadline
    assert kms.ask("/signData", body | retire) == (403, {"error": "key_retired"})

    process.stop()
    process.start()
    assert kms.key("kernel-signer-1", "v1") == before | {"state": "retired"}
    assert kms.ask("/signData", body)[0] == 200
    disabled = kms.ask("/keys/kernel-signer-1/disable", {"reason": "test"})
    assert (disabled[0], disabled[1]["state"]) == (200, "disabled")
    assert kms.ask("/signData", body) == (403, {"error": "key_disabled"})


def test_what_the_kms_refuses(common: Kernel) -> None:
    """Strangers, keys that it has not, bodies that say nothing; public keys are public."""
    kms = Kms(common.twin, common.twin.address("kernel.kms").url)

    body = {"signerId": "kernel-signer-1", "payload": "p"}
    assert kms.ask("/sign", body, "wrong") == (401, {"error": "unauthenticated"})
    assert kms.ask("/keys", {"signerId": "k"}, kms.tokens[0])[0] == 401
    assert kms.ask("/sign", {"signerId": "nobody", "payload": "p"})[0] == 404
    assert kms.ask("/sign", {"signerId": "kernel-signer-1"}) == (400, {"error": "invalid_request"})
    assert kms.ask("/keys", {"signerId": "kernel-signer-1"}) == (409, {"error": "key_exists"})
    assert kms.ask("/keys", {"signerId": "k", "replaces": "nobody"})[0] == 404
    assert httpx.get(f"{kms.url}/publicKeys/k").json() == {"error": "key_not_found"}
    listed = httpx.get(f"{kms.url}/keys").json()["keys"]
    assert "kernel-signer-1" in [key["signerId"] for key in listed]
    assert httpx.get(kms.url).json() == httpx.get(f"{kms.url}/health").json() == {"status": "ok"}


def test_signing_goes_on_while_a_key_rotates(own: Kernel) -> None:
    """Under the same name, without a restart; the chain verifies with both versions."""
    versions = []
    for n in range(6):
        if n == 3:
            own.kms("/keys/rotate", {"signerId": "kernel-signer-1"})
        answer = own.sign({"n": n})
        assert answer.status_code == 200
        versions.append(answer.json()["signature_record"]["key_version"])

    assert versions == ["v1"] * 3 + ["v2"] * 3
    assert own.verify().status_code == 200


def test_a_new_signer_takes_over(start_kernel: Starter) -> None:
    """A staging Kernel signs with it first; both keys sign the event; a compromise is put on record."""
    production = start_kernel()
    production.sign({})
    production.kms("/keys", {"signerId": "key-v2", "replaces": "kernel-signer-1"})
    staging = start_kernel(instance="2", env={"SIGNER_ID": "key-v2"})
    previous = {"previousSignerId": "kernel-signer-1", "previousKeyVersion": "v1"}

    answer = staging.post("/kernel/signer/rotation", previous, "SuperAdmin")

    rotation = answer.json()["rotation"]
    assert (answer.status_code, rotation["signerId"], rotation["keyId"]) == (201, "key-v2", "v1")
    text = data_text(rotation_digest(rotation), rotation["rotatedAt"])
    keys = (public_key(rotation["previousPublicKey"]), public_key(rotation["publicKey"]))
    assert (bytes(keys[0]), bytes(keys[1])) == (bytes(production.signer), bytes(staging.signer))
    for key, signed in zip(keys, rotation["signatures"], strict=True):
        assert is_signed(text, signed["signature"], key)
    stored = staging.get(f"/kernel/audit/{answer.json()['audit_id']}", "Auditor").json()
    assert (stored["eventType"], stored["payload"]) == ("signer.rotation", rotation)
    for path, body, expected in (
        ("rotation", previous | {"previousSignerId": "nobody"}, (404, "key_not_found")),
        ("rotation", previous | {"previousSignerId": "key-v2"}, (409, "signer_not_usable")),
        ("compromise", {"signerId": "key-v2", "reason": "r"}, (409, "signer_in_use")),
        ("compromise", {"signerId": "nobody", "reason": "r"}, (404, "key_not_found")),
    ):
        refused = staging.post(f"/kernel/signer/{path}", body, "SuperAdmin")
        assert (refused.status_code, refused.json()["error"]) == expected

    staging.kms("/keys/kernel-signer-1/disable", {"reason": "leaked"})
    refused = staging.post("/kernel/signer/rotation", previous, "SuperAdmin")
    assert (refused.status_code, refused.json()) == (409, {"error": "signer_not_usable"})
    refused = production.sign({})
    assert (refused.status_code, refused.json()) == GONE
    body = {"signerId": "kernel-signer-1", "reason": "leaked"}
    assert staging.post("/kernel/signer/compromise", body, "SuperAdmin").status_code == 201
    (row,) = staging.sql("SELECT payload FROM audit_events WHERE event_type = 'signer.compromise'")
    assert row["payload"]["affectedSignatures"] == 1
    assert staging.verify().status_code == 200


@pytest.mark.slow
def test_the_kms_is_believed_nothing(start_kernel: Starter, kernel_twin: Twin) -> None:
    """Its signature, algorithm, key and name are looked at; what is wrong is refused, leaves nothing, and heals."""
    wrong = {
        "no signature": {"signature": ""},
        "a random one": {"signature": "A" * 86 + "=="},
        "another algorithm": {"algorithm": "Ed25519ph"},
        "another signer": {"signerId": "other"},
        "a version that it has not": {"keyVersion": "v9"},
        "a key in hex": {"publicKey": "2d17d53b" * 8},
    }
    with middleman(kernel_twin.address("kernel.kms").url) as man:
        env = {"KMS_ENDPOINT": man.url + "/", "KMS_PUBLIC_KEY_CACHE_SECONDS": "0"}
        kernel = start_kernel(env=env | {"KMS_TIMEOUT_MS": "4000"})
        assert kernel.sign({}).status_code == 200
        before, rows = kernel.sql("SELECT 1 FROM audit_events"), "SELECT 1 FROM manifest_signatures"

        for why, change in wrong.items():
            man.change = partial(_changed, change)
            answer = kernel.sign({}, key="k")
            assert (answer.status_code, answer.json()) == GONE, why
        man.change = lambda _path, _status, _body: (200, "garbage")
        assert kernel.allocate().status_code == 503
        man.change = lambda _path, _status, _body: (500, {})
        assert kernel.allocate().status_code == 503
        man.delay_seconds, man.change = 5, lambda _path, status, body: (status, body)
        assert kernel.allocate().status_code == 503
        assert kernel.sql("SELECT 1 FROM audit_events") == before
        assert len(kernel.sql(rows)) == 1
        assert kernel.sql("SELECT 1 FROM resource_allocations") == []

        man.delay_seconds = 0
        assert kernel.sign({}, key="k").status_code == 200
        errors = kernel.metric('kernel_sign_operations_total{operation="data",result="error"}')
        assert errors >= 9


def _changed(change: dict[str, str], _path: str, status: int, body: Any) -> tuple[int, Any]:
    return status, body | change
