"""The checks' own formulas, held against the contract's vectors and against literal values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from checks.coreos.adapter_access import Access, header_signature, result_signature
from checks.coreos.fake_api import FakeApi
from checks.coreos.known_answers import vectors
from checks.coreos.rates import rate
from checks.coreos.refusals import bad_hex
from checks.coreos.settings import settings
from checks.coreos.tickets import signable, signature, verifies
from proofbook import NotAsked
from proofbook.instruments.signatures import canonical_json
from proofbook.instruments.tap import Received
from proofbook.targets import Names


@pytest.mark.parametrize("case", vectors("results")["signed"], ids=lambda case: case["name"])
def test_a_result_is_signed_as_the_contract_says(case: dict[str, Any]) -> None:
    """Each of the contract's result vectors comes out."""
    assert result_signature(vectors("results")["secret"], case["result"]) == case["signature"]


@pytest.mark.parametrize("name", ["claim", "heartbeat", "unicode-worker"])
def test_a_request_is_signed_as_the_contract_says(name: str) -> None:
    """Each of the contract's rightly signed requests comes out."""
    (case,) = [case for case in vectors("worker_requests")["cases"] if case["name"] == name]
    secret, body = vectors("worker_requests")["secret"], case["body"].encode()

    assert header_signature(secret, case["timestamp"], case["path"], body) == case["signature"]


@pytest.mark.parametrize("case", vectors("tickets")["signed"], ids=lambda case: case["name"])
def test_a_ticket_is_signed_as_the_contract_says(case: dict[str, Any]) -> None:
    """Each of the contract's ticket vectors comes out, and verifies under its public key only."""
    keys = vectors("keys")
    signed = {**case["ticket"], "signature": case["signature"]}

    assert signable(case["ticket"]).decode() == case["signable"]
    assert signature(case["ticket"], keys["ATTESTATION_PRIVATE_KEY"]) == case["signature"]
    assert verifies(signed, keys["ATTESTATION_PUBLIC_KEY"])
    assert not verifies(signed, "00" * 31 + "01")
    assert not verifies({**signed, "signature": "junk"}, keys["ATTESTATION_PUBLIC_KEY"])


@pytest.mark.parametrize("case", vectors("canonical_json"), ids=lambda case: case["raw"][:30])
def test_a_payload_is_written_as_the_contract_says(case: dict[str, Any]) -> None:
    """Each payload that the contract takes comes out."""
    if "canonical" in case:
        assert canonical_json(json.loads(case["raw"])) == case["canonical"]


@pytest.mark.parametrize("case", vectors("rates"), ids=str)
def test_a_rate_is_rounded_as_the_contract_says(case: dict[str, Any]) -> None:
    """Two decimals, halves up, and nothing of nothing."""
    assert rate(case["n"], case["total"]) == case["rate"]


def test_a_setting_that_cannot_be_set_keeps_its_default() -> None:
    """It is waited out, and left out of the environment."""
    found = settings({"POLL_INTERVAL_SECONDS"}, POLL_INTERVAL_SECONDS=0.2, RETRY_MAX_DELAY_MS=500)

    assert found["POLL_INTERVAL_SECONDS"] == 5
    assert found["RETRY_MAX_DELAY_MS"] == 500
    assert found.env == {"RETRY_MAX_DELAY_MS": "500"}


def test_a_default_that_nobody_waits_for_is_not_asked() -> None:
    """Half an hour is more than a check's patience."""
    with pytest.raises(NotAsked) as refused:
        settings({"TICKET_TTL_SECONDS"}, TICKET_TTL_SECONDS=5)

    assert str(refused.value) == (
        "TICKET_TTL_SECONDS cannot be set here, and its default of 1800 s is longer than the "
        "60 s that a check waits"
    )


def test_a_bad_value_is_bad_in_one_way() -> None:
    """Absent, too short, or of the right length and no number."""
    short, strange = bad_hex("short", 64), bad_hex("not hexadecimal", 64)

    assert bad_hex("absent", 64) is None
    assert short is not None
    assert strange is not None
    assert (len(short), len(strange)) == (62, 64)
    assert int(short, 16) >= 0
    with pytest.raises(ValueError, match="invalid literal"):
        int(strange, 16)


ACCESS = Access(
    names=Names(),
    login_path=None,
    bodies={},
    cookies={},
    worker_headers=None,
    secret="",
)


def asked(path: str, body: dict[str, Any] | None = None) -> Received:
    """A worker's request."""
    return Received(method="POST", path=path, body=json.dumps(body or {}).encode())


def test_the_suite_s_own_api_tells_what_a_worker_posted() -> None:
    """Done, failed with a code, or nothing; the first answer counts."""
    fake = FakeApi(ACCESS, [({"jobId": "a"}, "{}"), ({"jobId": "b"}, "{}"), ({"jobId": "c"}, "{}")])
    fake(asked("/api/jobs/claim"))
    fake(asked("/api/jobs/result", {"status": "SUCCEEDED"}))
    fake(asked("/api/jobs/claim"))
    fake(asked("/api/jobs/result", {"status": "FAILED", "errorCode": "TICKET_INVALID"}))
    fake(asked("/api/jobs/result", {"status": "SUCCEEDED"}))
    fake(asked("/api/jobs/claim"))
    before = fake.is_through

    assert fake(asked("/api/jobs/claim")) == (200, {"job": None})
    assert (before, fake.is_through) == (False, True)
    assert fake.outcomes() == ["OK", "TICKET_INVALID", "nothing"]
