"""The operator's command that replays dead letters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter_callbacks import completed, job
from proofbook import NoVerdict
from proofbook.stack import Finished

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.letters import Letters
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-letters")

COMMAND = "callbacks-replay"


@pytest.mark.claim("jobsources.command-replays-letters")
def test_the_command_replays(
    claim: ClaimHandle, standing: Deployment, api: Api, letters: Letters
) -> None:
    """It ends well, the letters are gone, and what they tell has happened."""
    runs = [api.begin() for _ in range(claim["letters"])]
    for run in runs:
        letters.put(completed(run, jobs=[job()]), api)
    before = {api.status(run) for run in runs}
    done = _replay(standing, letters)

    claim.require(before == {"RUNNING"}, f"the runs were {before} before")
    claim.expect(exit=done.code)
    for run in runs:
        claim.expect(end=api.status(run))
    assert letters.kept() == []
    assert _counts(done) == {"total": len(runs), "sent": len(runs), "failed": 0}


@pytest.mark.claim("jobsources.command-fails-with-letters-left")
def test_the_command_tells_of_what_it_could_not_send(
    claim: ClaimHandle, standing: Deployment, api: Api, letters: Letters
) -> None:
    """While the API is away, and no longer once it is back."""
    way, run = standing.api_proxy(api), api.begin()
    way.drop()
    letter = letters.put(completed(run), api, f"http://{way.host}:{way.port}")
    without = _replay(standing, letters)
    kept = letters.kept()
    way.forward()
    with_api = _replay(standing, letters)

    claim.require(api.status(run) == "COMPLETED", f"with the API there: {with_api.output[-400:]}")
    claim.expect(exit=without.code)
    assert kept == [letter], "the letter is gone"


def _replay(deployment: Deployment, letters: Letters) -> Finished:
    """The command's end. Raises `NoVerdict` if it comes to none."""
    done = deployment.command(COMMAND, env=letters.env)
    if not isinstance(done, Finished):
        raise NoVerdict(f"{COMMAND} {done}")
    return done


def _counts(done: Finished) -> dict[str, Any]:
    """The last line that tells how many letters there were; empty if none does."""
    for line in reversed(done.output.splitlines()):
        try:
            held = json.loads(line)
        except ValueError:
            continue
        if isinstance(held, dict) and "total" in held:
            return {name: held.get(name) for name in ("total", "sent", "failed")}
    return {}
