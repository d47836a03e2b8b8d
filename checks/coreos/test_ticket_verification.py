"""A worker executes what the API signed, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from nacl.signing import SigningKey

from checks.coreos.fake_api import FakeApi
from checks.coreos.settings import PATIENCE_SECONDS
from checks.coreos.tickets import TICKET_FIELDS, signable, signature
from checks.coreos.vectors import vectors
from checks.coreos.waiting import until
from checks.coreos.worker_ends import end_of
from proofbook import NotAsked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

    Job = tuple[Mapping[str, Any], str]

#: The order of Ed25519's group: S + L verifies wherever S is not checked to be below it.
L = 2**252 + 27742317777372353535851937790883648493


@pytest.mark.claim("coreos.worker-verifies-tickets")
def test_a_worker_executes_only_what_the_public_key_vouches_for(
    claim: ClaimHandle, standing: Deployment
) -> None:
    """Key, form of the key, signature, expiry and payload all count."""
    given = base64.b64decode(standing.twin.env("worker")["JOB_TICKET_PUBLIC_KEY"])
    sound = base64.b64encode(given).decode()
    cases = vectors("worker_tickets")["cases"]
    jobs: list[Job] = [(_ticket(case["changes"]), case["payload"]) for case in cases]

    posted = dict(zip((case["name"] for case in cases), _posted(standing, jobs), strict=True))
    ended = [
        end_of(standing, {"JOB_TICKET_PUBLIC_KEY": value}) for value in (given.hex(), sound[:-1])
    ]

    claim.require(posted["ok"] == "OK", f"the worker does not do the sound job: {posted}")
    assert posted == {case["name"]: case["worker"] for case in cases}
    claim.expect(bytes=len(given))
    for end in ended:
        claim.expect(exit=end.code)
    assert given.hex() == standing.twin.env("api")["ATTESTATION_PUBLIC_KEY"]


@pytest.mark.claim("coreos.tampered-ticket-refused")
def test_no_tampered_ticket_is_executed(claim: ClaimHandle, standing: Deployment) -> None:
    """Nothing that is not the signature passes for it, however close it comes."""
    sound = _ticket({})
    tampered = dict(_tampered(sound))
    jobs: list[Job] = [
        (ticket, vectors("worker_tickets")["cases"][0]["payload"])
        for ticket in (sound, *tampered.values())
    ]

    first, *posted = _posted(standing, jobs)

    claim.require(first == "OK", f"the worker does not do the sound job: {first}")
    wrong = {
        name: said for name, said in zip(tampered, posted, strict=True) if said != claim["code"]
    }
    assert wrong == {}


def _posted(deployment: Deployment, jobs: list[Job]) -> list[str]:
    """What a worker posts for each of these jobs, in order."""
    pace = deployment.settings(POLL_INTERVAL_SECONDS=0.02)
    if len(jobs) * pace["POLL_INTERVAL_SECONDS"] > PATIENCE_SECONDS:
        raise NotAsked(f"without POLL_INTERVAL_SECONDS, {len(jobs)} jobs take too long")
    fake = FakeApi(deployment.access, jobs)
    server = deployment.fake_api(fake)
    public = vectors("keys")["JOB_TICKET_PUBLIC_KEY"]
    worker = deployment.worker(
        server.url, "w-verifies", {**pace.env, "JOB_TICKET_PUBLIC_KEY": public}
    )
    until(lambda: fake.is_through, bool, PATIENCE_SECONDS)
    worker.process.kill()
    return fake.outcomes()


def _ticket(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The vectors' sound ticket, with changes."""
    return {**vectors("worker_tickets")["ticket"], **changes}


def _tampered(sound: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sound ticket with one thing changed, and what."""
    raw = base64.b64decode(sound["signature"])
    for number in range(len(raw)):
        flipped = bytearray(raw)
        flipped[number] ^= 1 << number % 8
        yield f"bit {number % 8} of byte {number} flipped", _signed(sound, bytes(flipped))
    for length in (0, 1, 32, 63):
        yield f"cut to {length} bytes", _signed(sound, raw[:length])
    yield "a byte longer", _signed(sound, raw + b"\0")
    raised = int.from_bytes(raw[32:], "little") + L
    yield "S + L", _signed(sound, raw[:32] + raised.to_bytes(32, "little"))
    yield "all zero", _signed(sound, bytes(64))
    other = SigningKey.generate().encode().hex()
    yield "another key's", {**sound, "signature": signature(sound, other)}
    yield "prehashed", _signed(sound, _prehashed(sound))
    for name in TICKET_FIELDS:
        yield f"{name} changed", {**sound, name: _changed(sound[name])}
        if name not in ("jobId", "traceId"):  # without these no result can be posted
            yield f"{name} left out", {k: v for k, v in sound.items() if k != name}


def _signed(ticket: Mapping[str, Any], raw: bytes) -> Mapping[str, Any]:
    return {**ticket, "signature": base64.b64encode(raw).decode()}


def _prehashed(ticket: Mapping[str, Any]) -> bytes:
    """The right key's signature over the digest instead of the bytes."""
    key = SigningKey(bytes.fromhex(vectors("keys")["ATTESTATION_PRIVATE_KEY"]))
    return bytes(key.sign(hashlib.sha512(signable(ticket)).digest()).signature)


def _changed(value: Any) -> Any:
    """Another value of the same type."""
    match value:
        case int():
            return value + 1
        case str():
            return value[:-1] + ("0" if value[-1:] != "0" else "1")
        case _:
            return [*value, "admin"]
