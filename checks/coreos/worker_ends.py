"""How a worker ends that was started with something wrong in its environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from checks.coreos.refusals import called
from proofbook.stack import Exited, Ready

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from checks.coreos.adapter_deployment import Deployment

#: A worker that is going to refuse does so long before this.
SOON_SECONDS = 15
#: Nothing listens there, and nothing is asked: a worker that refuses does not get so far.
NOWHERE = "http://127.0.0.1:9"


def end_of(
    deployment: Deployment, env: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> Exited:
    """The end of a worker started with a changed environment; an AssertionError if it runs on."""
    outcome = deployment.start_worker(NOWHERE, "w-refused", env, without=without)
    if isinstance(outcome, Ready):
        code = outcome.process.wait(SOON_SECONDS)
        output = outcome.process.output()
        outcome.process.kill()
        assert code is not None, f"the worker started and runs on: {output[-400:]}"
        return Exited(code, output)
    assert isinstance(outcome, Exited), f"the worker neither started nor ended: {outcome}"
    return outcome


def names(deployment: Deployment, ended: Exited, variable: str) -> bool:
    """Whether its output names the variable."""
    return any(re.search(rf"\b{name}\b", ended.output) for name in called(deployment, variable))
