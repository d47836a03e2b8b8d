"""The steps that only look: whoever copies one at night sees what it says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from checks.kernel.adapter_access import ROLES
from proofbook import Effect, exercises
from proofbook.instruments.procedures import Procedure
from proofbook.steps import read

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.stack import Stack
    from proofbook.steps import Step

#: What this check runs: a step that is edited makes its evidence stale.
STEPS = (
    "runbooks/kernel/database.md",
    "runbooks/kernel/deploy.md",
    "runbooks/kernel/key-rotation.md",
    "runbooks/kernel/monitoring.md",
    "runbooks/kernel/rollback.md",
    "runbooks/kernel/troubleshooting.md",
)
ROOT = Path(__file__).parents[2]
PROGRAMS = ("bash", "curl", "psql")
#: Whom the steps ask; the others do not run where the Kernel is shared.
ASKED = ("KERNEL_API_URL", "KERNEL_SQL")
#: What wants to be told something first.
WANTING = ":?"


@pytest.fixture
@exercises
def pages(standing: Deployment, stack: Stack) -> list[Procedure]:
    """The pages, where the shared deployment is."""
    standing.twin.scripts.see_runnable(*PROGRAMS)
    return [
        Procedure.of(
            read((ROOT / path).read_text(encoding="utf-8"), path),
            standing.twin.scripts,
            target=stack.target,
            secrets=stack.secrets,
        )
        for path in STEPS
    ]


@pytest.mark.claim("kernel.looking-steps-work")
def test_steps_that_only_look_work(
    claim: ClaimHandle, kernel: Kernel, pages: list[Procedure]
) -> None:
    """They end well where all is well: what they show otherwise is the Kernel's trouble, and not theirs."""
    health = kernel.health()

    ends = {
        step.place: page.run_step(step, _told(step, kernel))
        for page in pages
        for step in page.steps
        if _only_looks(step)
    }

    claim.require(health.status == 200, f"the Kernel is not well: {health!r}")
    claim.require(ends, "none of the steps only looks")
    wrong = {str(place): ran.problem for place, ran in ends.items() if ran.problem}
    assert wrong == {}
    for ran in ends.values():
        claim.expect(exit=ran.code)


def _told(step: Step, kernel: Kernel) -> dict[str, str]:
    """What a step asks for: where the Kernel is, and who asks it."""
    tokens = {f"KERNEL_CREDENTIAL_{role.upper()}": role for role in ROLES}
    asked = step.variables & tokens.keys()
    return {
        "KERNEL_API_URL": kernel.url,
        **{name: kernel.access.token(tokens[name]) for name in asked},
    }


def _only_looks(step: Step) -> bool:
    """Whether a step changes nothing, and needs to be told nothing by hand."""
    asks = any(name in step.variables for name in ASKED)
    return step.effect == Effect.OBSERVES and asks and WANTING not in step.script
