"""The shortest way to see a Kernel run: what the runbook's block does when it is typed as it stands."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proofbook import exercises
from proofbook.instruments.procedures import Procedure
from proofbook.stack import fixed
from proofbook.stack.ports import is_free
from proofbook.steps import read

if TYPE_CHECKING:
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle
    from proofbook.stack import Stack

#: What this check runs: a step that is edited makes its evidence stale.
STEPS = ("runbooks/kernel/deploy.md",)
ROOT = Path(__file__).parents[2]
#: Ports that nobody is dealt: below those of stacks, above those of services.
PORTS = range(15_000, 20_000)


@pytest.fixture
@exercises
def page(deployment: Deployment, stack: Stack) -> Procedure:
    """The steps of the page, where the target has Docker."""
    (path,) = STEPS
    steps = read((ROOT / path).read_text(encoding="utf-8"), path)
    return Procedure.of(steps, deployment.twin.scripts, target=stack.target, secrets=stack.secrets)


@pytest.mark.claim("kernel.appendix-commands-work")
def test_the_appendix_works_as_written(
    claim: ClaimHandle, deployment: Deployment, page: Procedure
) -> None:
    """Somebody who has Docker and a database sees health within minutes."""
    page.named("run-locally")
    name = f"{deployment.twin.name}-appendix"
    free = next(port for port in random.sample(PORTS, len(PORTS)) if is_free(port))

    with fixed(free) as port:
        try:
            ran = page.run("run-locally", KERNEL_CONTAINER=name, PORT=str(port))
        finally:
            deployment.twin.command("docker", "rm", "--force", name)

    claim.expect(exit=-1 if ran.code is None else ran.code)
    claim.expect(status=_health(ran.output).get("status"))


def _health(output: str) -> dict[str, object]:
    """The health page among what was printed: the last line that is JSON."""
    for line in reversed(output.splitlines()):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        return told if isinstance(told, dict) else {}
    return {}
