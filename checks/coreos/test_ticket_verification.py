"""A worker executes what the API signed, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.fake_api import FakeApi
from checks.coreos.known_answers import vectors
from checks.coreos.settings import PATIENCE_SECONDS
from checks.coreos.tickets import TICKET_FIELDS, signable, signature
from checks.coreos.worker_ends import end_of
from proofbook import NotAsked
from proofbook.instruments.signatures import (
    altered_fields,
    base64_spellings,
    check_known_answers,
    ed25519,
    flipped,
    forged,
    resized,
)
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.coreos.adapter_deployment import Deployment
    from proofbook import ClaimHandle

    Job = tuple[Mapping[str, Any], str]

#: So long one job may take of a worker that is slow itself, or waits for a machine that is.
JOB_SECONDS = 1


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
    assert given.hex() == standing.twin.env("api")["ATTESTATION_PUBLIC_KEY"].lower()


@pytest.mark.claim("coreos.tampered-ticket-refused")
def test_no_tampered_ticket_is_executed(claim: ClaimHandle, standing: Deployment) -> None:
    """Nothing that is not the signature passes for it, however close it comes."""
    check_known_answers()
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
    patience = PATIENCE_SECONDS + len(jobs) * JOB_SECONDS
    until(lambda: fake.is_through or not worker.process.is_running, bool, patience)
    worker.process.kill()
    return fake.outcomes()


def _ticket(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The vectors' sound ticket, with changes."""
    return {**vectors("worker_tickets")["ticket"], **changes}


def _tampered(sound: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The sound ticket with one thing wrong, and what."""
    raw = base64.b64decode(sound["signature"])
    for changes in (flipped(raw, every_bit=False), resized(raw), forged(raw)):
        for name, changed in changes:
            yield name, _signed(sound, changed)
    for name, text in base64_spellings(raw):
        if name != "spare bits set":  # padded, of the right length: a reader may take it
            yield name, {**sound, "signature": text}
    yield "another key's", {**sound, "signature": signature(sound, token_hex(32))}
    seed = bytes.fromhex(vectors("keys")["ATTESTATION_PRIVATE_KEY"])
    yield "prehashed", _signed(sound, ed25519(seed, hashlib.sha512(signable(sound)).digest()))
    for name, fields in altered_fields({name: sound[name] for name in TICKET_FIELDS}):
        if {"jobId", "traceId"} <= fields.keys():  # without these no result can be posted
            yield name, {**fields, "signature": sound["signature"]}


def _signed(ticket: Mapping[str, Any], raw: bytes) -> Mapping[str, Any]:
    return {**ticket, "signature": base64.b64encode(raw).decode()}
