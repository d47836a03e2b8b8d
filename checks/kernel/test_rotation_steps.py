"""The runbook's own steps for a change of key, and for a key that leaked, typed as they stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from checks.kernel.approvals import Board, Proposal
from checks.kernel.keepers import Keeper
from proofbook import exercises
from proofbook.instruments.procedures import Procedure
from proofbook.instruments.waiting import until
from proofbook.steps import read

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.instruments.procedures import Ran
    from proofbook.stack import Stack

#: What these checks run: a step that is edited makes their evidence stale.
STEPS = ("runbooks/kernel/key-rotation.md",)
ROOT = Path(__file__).parents[2]
PROGRAMS = ("bash", "curl")
#: The overlap of both keys, as the KMS is told, and how much longer the old one's end is waited for.
OVERLAP_SECONDS, GRACE_SECONDS = 1, 10
MEMBERS = 5
Walk = Callable[..., "Ran"]


@pytest.fixture
@exercises
def walk(deployment: Deployment, stack: Stack) -> Walk:
    """Runs a step of the page, at the deployment of the check's own: `walk("make-new-key", NEW_SIGNER=…)`."""
    deployment.twin.scripts.see_runnable(*PROGRAMS)
    deployment.start_kms({"KMS_KEY_OVERLAP_SECONDS": str(OVERLAP_SECONDS)})
    (path,) = STEPS
    page = Procedure.of(
        read((ROOT / path).read_text(encoding="utf-8"), path),
        deployment.twin.scripts,
        target=stack.target,
        secrets=stack.secrets,
    )
    access = deployment.access
    told = {
        "KERNEL_KMS_URL": deployment.kms.url,
        "KERNEL_CREDENTIAL_KMS_ADMIN": access.credentials.get("kms_admin", ""),
        "KERNEL_CREDENTIAL_SUPERADMIN": access.token("SuperAdmin"),
        "KERNEL_CREDENTIAL_AUDITOR": access.token("Auditor"),
    }
    return lambda name, **given: page.run(name, **{**told, **given})


@pytest.mark.claim("kernel.rotation-steps-take-hold")
def test_the_steps_change_the_key(claim: ClaimHandle, deployment: Deployment, walk: Walk) -> None:
    """From a new key to the end of the old one, with a vote in between that counts."""
    board, keeper = Board.of(MEMBERS), Keeper.of(deployment)
    old, new = keeper.new(), f"check-{uuid4()}"
    names = {"OLD_SIGNER": old, "NEW_SIGNER": new}
    production = deployment.kernel({**board.env, "SIGNER_ID": old})

    ended = [walk("make-new-key", **names), walk("new-key-is-published", **names)]
    staging = deployment.kernel({"SIGNER_ID": new})
    ended.append(walk("record-rotation", **names, STAGING_URL=staging.url))
    at = {**names, "KERNEL_API_URL": production.url}
    ended.append(walk("propose-rotation", **at))
    upgrade = {"upgradeId": f"rotate-to-{new}", "type": "signer", "target": new}
    proposal, early = Proposal(board, production, upgrade), []
    for name in list(board.seeds)[: claim["approvals"]]:
        early.append(walk("apply-rotation", **at))
        proposal.approve(name)
    ended.append(walk("apply-rotation", **at))
    production.process.stop()
    production = deployment.kernel({"SIGNER_ID": new})
    in_use = walk("signer-in-use", KERNEL_API_URL=production.url)
    patience = OVERLAP_SECONDS + GRACE_SECONDS
    end = until(lambda: walk("retire-old-key", **names), lambda ran: ran.code == 0, patience)

    _judge_walked([*ended, in_use, end])
    assert [ran.step.name for ran in early if ran.code == 0] == [], "it was applied too early"
    assert new in in_use.output, f"production signs with another key: {in_use.output!r}"
    assert deployment.kms.record(old).get("state") == "retired"
    assert _signer(production) == new


@pytest.mark.claim("kernel.compromise-steps-take-hold")
def test_the_steps_contain_a_leak(claim: ClaimHandle, deployment: Deployment, walk: Walk) -> None:
    """The key stops, another takes its place, and the chain says why."""
    keeper = Keeper.of(deployment)
    leaked, emergency = keeper.new(), f"check-{uuid4()}"
    names = {"OLD_SIGNER": leaked, "NEW_SIGNER": emergency}
    kernel = deployment.kernel({"SIGNER_ID": leaked})
    before = kernel.sign()

    ended = [walk("rotate-version", **names), walk("disable-key", **names)]
    refused = kernel.sign()
    ended.append(walk("make-new-key", **names))
    kernel.process.stop()
    kernel = deployment.kernel({"SIGNER_ID": emergency})
    at = {"KERNEL_API_URL": kernel.url}
    ended += [walk("report-compromise", **names, **at), walk("verify-chain", **at)]
    events = [event.event_type for event in kernel.events()]

    claim.require(before.is_done, f"it signed nothing before: {before!r}")
    _judge_walked(ended)
    claim.expect(refused=refused.status, events=events.count("signer.compromise"))
    assert _signer(kernel) == emergency


def _judge_walked(ended: list[Ran]) -> None:
    """Each step ended well; an AssertionError names the first that did not."""
    for ran in ended:
        assert ran.problem == "", f"the step {ran.step.name}: {ran.problem}: {ran.output[-300:]!r}"


def _signer(kernel: Kernel) -> object:
    """Whose signature it gives."""
    return kernel.signed().get("signer_id")
