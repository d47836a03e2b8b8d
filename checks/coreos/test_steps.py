"""Steps that anybody can type: they do what their page says."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from nacl.signing import SigningKey

from checks.coreos.adapter_steps import body

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from checks.coreos.adapter_steps import Pages
    from proofbook import ClaimHandle


#: What these checks run: a step that is edited makes their evidence stale.
STEPS = (
    "runbooks/coreos/monitoring.md",
    "runbooks/coreos/key-rotation.md",
)
LIST = "/api/ops/jobs/list"
UNFINISHED = "PENDING,PROCESSING,FAILED_RETRYABLE,SUSPENDED"


@pytest.mark.claim("coreos.timeseries-line-works")
def test_a_shell_takes_the_whole_address(claim: ClaimHandle, watched: Api, pages: Pages) -> None:
    """The window gets to the API: no shell ends the command at a bare `&`."""
    ran = pages.run("monitoring", "timeseries", COREOS_API_URL=watched.url)

    assert ran.code == 0, ran.output
    claim.expect(window=str(body(ran).get("window")))


@pytest.mark.claim("coreos.key-generator-consistent")
def test_the_new_triple_is_one_key(claim: ClaimHandle, pages: Pages) -> None:
    """What is printed as public belongs to what is printed as private, and signs."""
    ran = pages.run("key-rotation", "new-ticket-keys")

    lines = [line.partition("=") for line in ran.output.splitlines()]
    said = {name: value for name, _, value in lines}
    claim.require(
        ran.code == 0 and len(lines) == 3, f"it ended with {ran.code}: {len(lines)} lines"
    )
    private, public = said["ATTESTATION_PRIVATE_KEY"], said["ATTESTATION_PUBLIC_KEY"]
    spelt = said["JOB_TICKET_PUBLIC_KEY"]
    assert {len(private), len(public)} == {claim["digits"]}
    claim.expect(characters=len(spelt))
    key = SigningKey(bytes.fromhex(private))
    assert key.verify_key.encode().hex() == public, "the public key is not the private key's own"
    assert base64.b64decode(spelt, validate=True).hex() == public
    key.verify_key.verify(key.sign(b"ticket"))


@pytest.mark.claim("coreos.rotation-waits-for-empty-queue")
def test_an_unfinished_job_holds_the_rotation_up(
    claim: ClaimHandle, deployment: Deployment, api: Api, pages: Pages
) -> None:
    """Nobody has to guess whether the queue is empty."""
    if not deployment.is_ours:
        others = api.send("GET", LIST, role="owner", query={"status": UNFINISHED}).body
        claim.require(others.get("count") == 0, f"jobs of others are unfinished: {others}")
    empty = pages.run("key-rotation", "queue-is-empty", COREOS_API_URL=api.url)
    jobs = [api.add() for _ in range(claim["jobs"])]
    busy = pages.run("key-rotation", "queue-is-empty", COREOS_API_URL=api.url)

    listed = [api.status(job) for job in jobs]
    claim.require(listed == ["PENDING"] * claim["jobs"], f"the jobs are {listed}")
    claim.expect(empty=empty.code, busy=busy.code)
    assert f"unfinished jobs: {claim['jobs']}" in busy.output
