"""What is signed is what was sent: one text for one value, nothing lost."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest

from checks.coreos.adapter import ENQUEUE, PUBLIC_KEY
from checks.coreos.adapter_worker import WireWorker
from checks.coreos.known_answers import vectors
from checks.coreos.tickets import signable, signature
from proofbook.instruments.signatures import check_known_answers, rfc8032

if TYPE_CHECKING:
    from collections.abc import Mapping

    from checks.coreos.adapter import Api, Reply
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_worker import Claimed
    from proofbook import ClaimHandle


#: Nothing that is handed out here comes back before all of it was, however slow the machine is.
LEASE_MS = 600_000


def _contract_s() -> list[tuple[str, str]]:
    """The contract's seed and public key."""
    keys = vectors("keys")
    return [(keys["ATTESTATION_PRIVATE_KEY"], keys["ATTESTATION_PUBLIC_KEY"])]


def _published() -> list[tuple[str, str]]:
    """Seeds and public keys of RFC 8032."""
    return [(case.seed.hex(), case.public.hex()) for case in rfc8032()]


KEYS = {"the contract's": _contract_s, "RFC 8032's": _published}


@pytest.mark.claim("coreos.payload-signed-canonically")
def test_a_payload_is_kept_and_hashed_as_canonical_json(claim: ClaimHandle, api: Api) -> None:
    """Whoever spells a value otherwise gets the same bytes, and whoever spells none gets a 400."""
    cases = vectors("canonical_json")

    replies = {case["raw"]: _enqueue(api, case["raw"]) for case in cases}
    held = _drained(api, len([reply for reply in replies.values() if reply.status == 201]))

    claim.require(held, "no job was handed out")
    seen = {raw: _seen(reply, held) for raw, reply in replies.items()}
    assert seen == {case["raw"]: _expected(case) for case in cases}


@pytest.mark.claim("coreos.ticket-signed-exactly")
@pytest.mark.parametrize("source", KEYS)
def test_a_ticket_is_signed_over_its_ten_fields(
    claim: ClaimHandle, deployment: Deployment, source: str
) -> None:
    """The signature is the one that the formula gives, under the contract's key and RFC 8032's."""
    check_known_answers()
    claim.require(_formula_holds(), "the formula of this check misses the contract's vectors")
    for private, public in KEYS[source]():
        keys = {"ATTESTATION_PRIVATE_KEY": private, "ATTESTATION_PUBLIC_KEY": public}
        api = deployment.api(keys)
        _judge_tickets(claim, api, private)
        assert api.send("GET", PUBLIC_KEY).body.get("publicKey") == public
        api.process.kill()


def _judge_tickets(claim: ClaimHandle, api: Api, private: str) -> None:
    """Tickets of the vectors' fields are signed as they must be, or refused."""
    cases = vectors("tickets")
    jobs = {
        api.add(**_asked(case["ticket"]), leaseDurationMs=LEASE_MS): case["ticket"]
        for case in cases["signed"]
    }
    refusals = {case["name"]: api.enqueue(**case["fields"]) for case in cases["refused"]}
    tickets = {job: held.ticket for job, held in _drained(api, len(jobs)).items()}

    claim.require(tickets.keys() == jobs.keys(), "not all jobs were handed out")
    for job, ticket in tickets.items():
        assert {name: ticket[name] for name in _asked(jobs[job])} == _asked(jobs[job])
        assert ticket["signature"] == signature(ticket, private)
        claim.expect(characters=len(ticket["signature"]))
    for case in cases["refused"]:
        claim.expect(status=refusals[case["name"]].status)
        assert refusals[case["name"]].error == case["error"]


def _enqueue(api: Api, raw: str) -> Reply:
    """Enqueue a payload in these very characters."""
    body = (
        '{"jobType":"scheduler.tick","policyDecisionId":"pd-1",'
        f'"leaseDurationMs":{LEASE_MS},"payload":{raw}}}'
    )
    return api.send("POST", ENQUEUE, role="owner", content=body.encode())


def _drained(api: Api, jobs: int) -> dict[str, Claimed]:
    """So many jobs, claimed and in hand."""
    worker = WireWorker(api, "w-drains")
    taken = [worker.take() for _ in range(jobs)]
    return {held.job: held for held in taken}


def _seen(reply: Reply, held: Mapping[str, Claimed]) -> tuple[Any, ...]:
    """What became of a payload: its text and hashes, or why it was refused."""
    job = held.get(str(reply.body.get("jobId")))
    if job is None:
        return reply.status, reply.error
    digest = hashlib.sha256(job.payload.encode()).hexdigest()
    return job.payload, digest, job.ticket["payloadHash"]


def _expected(case: Mapping[str, Any]) -> tuple[Any, ...]:
    if "status" in case:
        return case["status"], case["error"]
    return case["canonical"], case["sha256"], case["sha256"]


def _asked(ticket: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a ticket that whoever enqueues the job chooses."""
    return {name: ticket[name] for name in ("jobType", "scope", "policyDecisionId", "traceId")}


def _formula_holds() -> bool:
    """Whether this check computes the contract's signatures from the contract's tickets."""
    private = vectors("keys")["ATTESTATION_PRIVATE_KEY"]
    return all(
        signable(case["ticket"]) == case["signable"].encode()
        and signature(case["ticket"], private) == case["signature"]
        for case in vectors("tickets")["signed"]
    )
