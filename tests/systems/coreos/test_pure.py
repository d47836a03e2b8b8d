"""What needs no store: tickets, signatures, back-off, rates, thresholds."""

from __future__ import annotations

from typing import Any

import pytest
from nacl.signing import SigningKey

from systems.coreos import metrics, tickets
from systems.coreos.backoff import backoff_ms
from systems.coreos.claimed import Claimed, Failure, read, verify
from systems.coreos.signatures import is_equal, request_signature, result_signature
from tests.systems.vectors import vectors

KEY = SigningKey(bytes.fromhex(vectors("keys")["ATTESTATION_PRIVATE_KEY"]))
WORKER_CASES = vectors("worker_tickets")
TICKET = WORKER_CASES["ticket"]


def named(case: dict[str, Any]) -> str:
    """A test id."""
    return str(case["name"])


@pytest.mark.parametrize("case", vectors("tickets")["signed"], ids=named)
def test_tickets_are_signed_as_the_vectors_say(case: dict[str, Any]) -> None:
    """The same bytes, the same signature, and it verifies."""
    signed = tickets.sign(KEY, case["ticket"])

    assert tickets.signable(case["ticket"]).decode() == case["signable"]
    assert signed["signature"] == case["signature"]
    assert tickets.is_signed(KEY.verify_key, signed)


@pytest.mark.parametrize("case", WORKER_CASES["cases"], ids=named)
def test_a_worker_judges_tickets_as_the_vectors_say(case: dict[str, Any]) -> None:
    """Signature, then expiry, then payload."""
    ticket = TICKET | case["changes"]
    job = Claimed(ticket=ticket, payload=case["payload"], attempt=1, max_attempts=3)

    failure = verify(job, KEY.verify_key, now_ms=1_767_300_000_000)

    assert (failure.code if failure else "OK") == case["worker"]


@pytest.mark.parametrize("name", [*tickets.STRINGS, *tickets.TIMES, "scope"])
@pytest.mark.parametrize("value", [None, 1.5, True, ["x", 1], {}])
def test_a_field_of_a_wrong_type_is_no_ticket(name: str, value: object) -> None:
    """It fails like a wrong signature, whatever was signed."""
    assert not tickets.is_signed(KEY.verify_key, TICKET | {name: value})


def test_any_flipped_bit_of_a_signature_is_seen() -> None:
    """Each of its 512 bits counts."""
    import base64  # noqa: PLC0415 - used here alone

    raw = base64.b64decode(TICKET["signature"])
    for bit in range(512):
        flipped = bytearray(raw)
        flipped[bit // 8] ^= 1 << bit % 8
        forged = TICKET | {"signature": base64.b64encode(flipped).decode()}
        assert not tickets.is_signed(KEY.verify_key, forged)


def test_a_ticket_expires_at_its_time_not_after() -> None:
    """A time of expiry that is now is past, with no tolerance."""
    job = Claimed(ticket=TICKET, payload='{"reason":"prod-smoke"}', attempt=1, max_attempts=3)

    expired = verify(job, KEY.verify_key, now_ms=TICKET["expiresAt"])

    assert isinstance(expired, Failure)
    assert expired.code == "TICKET_EXPIRED"
    assert verify(job, KEY.verify_key, now_ms=TICKET["expiresAt"] - 1) is None


@pytest.mark.parametrize(
    "answer", [{"job": 5}, {"job": {}}, {"job": {"ticket": {}, "attempts": "1"}}]
)
def test_an_answer_that_holds_no_readable_job_is_an_error(answer: dict[str, Any]) -> None:
    """It is told, not run."""
    with pytest.raises(ValueError, match="the answer holds no job that can be read"):
        read(answer)


@pytest.mark.parametrize("case", vectors("results")["signed"], ids=named)
def test_results_are_signed_as_the_vectors_say(case: dict[str, Any]) -> None:
    """Over eight fields, keyed with the secret's text."""
    assert result_signature(vectors("results")["secret"], case["result"]) == case["signature"]


@pytest.mark.parametrize("case", vectors("worker_requests")["cases"], ids=named)
def test_requests_are_signed_as_the_vectors_say(case: dict[str, Any]) -> None:
    """The vectors that are refused for their time are signed right, the others are not."""
    secret = vectors("worker_requests")["secret"]
    expected = request_signature(secret, case["timestamp"], case["path"], case["body"].encode())

    assert is_equal(case["signature"], expected) is (case["code"] == "STALE_TIMESTAMP")


def test_a_signature_of_any_characters_is_compared() -> None:
    """No text that a body can hold breaks the comparison."""
    assert not is_equal("\ud800é", "ab")


@pytest.mark.parametrize(
    "case", vectors("backoff"), ids=lambda c: f"{c['jobId'][:4]}-{c['attempt']}"
)
def test_jobs_wait_as_long_as_the_vectors_say(case: dict[str, Any]) -> None:
    """Twice as long after each attempt, spread by id, bounded."""
    assert backoff_ms(case["jobId"], case["attempt"], 60_000) == case["delayMs"]


@pytest.mark.parametrize(("attempt", "longest"), [(1, 500), (63, 1000), (1000, 10**12)])
def test_no_job_waits_longer_than_the_bound(attempt: int, longest: int) -> None:
    """However often it failed."""
    assert backoff_ms("j", attempt, longest) <= longest


@pytest.mark.parametrize("case", vectors("rates"), ids=str)
def test_rates_are_rounded_as_the_vectors_say(case: dict[str, Any]) -> None:
    """Percent with two decimals, halves up, nothing of nothing."""
    assert metrics.rate(case["n"], case["total"]) == case["rate"]


def test_sums_go_over_all_labels() -> None:
    """By the start of a counter's name."""
    counters = {"jobs_total:jobType=a": 3, "jobs_total:jobType=b": 4, "jobs_dead": 1, "other": 9}

    sums = metrics.aggregated(counters)

    assert sums == {"total": 7, "completed": 0, "dead": 1, "retryable": 0}
    assert metrics.rates(sums) == {"successRate": 0, "deadRate": 14.29, "retryRate": 0}


@pytest.mark.parametrize(
    ("dead", "retry", "seen", "active", "messages"),
    [
        (10, 20, True, 1, []),
        (10.01, 20, True, 1, ["Dead rate 10.01% exceeds threshold 10%"]),
        (
            100,
            20.5,
            False,
            0,
            ["Dead rate 100% exceeds threshold 10%", "Retry rate 20.5% exceeds threshold 20%"],
        ),
        (0, 0, True, 0, ["No active workers — all heartbeats lost (> 60s)"]),
        (0, 0, False, 0, []),
    ],
)
def test_thresholds(
    *, dead: float, retry: float, seen: bool, active: int, messages: list[str]
) -> None:
    """Beyond, not at; and workers are missed only if there were any."""
    found = metrics.violations(
        {"deadRate": dead, "retryRate": retry}, was_worker_seen=seen, active=active, lost_seconds=60
    )

    assert [violation.message for violation in found] == messages
