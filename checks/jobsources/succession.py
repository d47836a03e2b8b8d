"""
A worker that is killed with letters in its folder, and another that replays them: one story, judged by two checks.

Of its two letters one could not be told because the API was away; the other was refused, since the API had a new
token for callbacks and the worker the old one. Its successor has the new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.jobsources.adapter_callbacks import COMPLETE, beat
from checks.jobsources.adapter_worker import task
from checks.jobsources.letters import HASTE

if TYPE_CHECKING:
    from checks.jobsources.adapter import Api
    from checks.jobsources.adapter_deployment import Deployment
    from checks.jobsources.letters import Letters
    from checks.jobsources.replies import Reply

TOKEN = "WORKER_CALLBACK_TOKEN"
OLD, NEW = "token-before-rotation", "token-after-rotation"


@dataclass(frozen=True, slots=True)
class Succession:
    """What was kept, what the successor said, and what became of the runs."""

    #: How many letters each run had when the worker was killed, and while nobody worked.
    unheard: int
    refused: int
    #: What the run that could not be told was when the worker had been killed.
    unheard_left: str
    #: What the API with the new token says to a worker with the old one, and with the new one.
    with_old: Reply
    with_new: Reply
    replay: Reply
    unheard_status: str
    refused_status: str


def succeed(deployment: Deployment, api: Api, letters: Letters) -> Succession:
    """Live through it. Raises `NoVerdict` where a step is not taken."""
    rotated = deployment.api({TOKEN: NEW})
    way = deployment.api_proxy(api)
    unheard, refused = api.begin(), api.begin()
    worker = deployment.worker({**letters.env, **HASTE, TOKEN: OLD})
    way.drop()
    path = api.access.path(COMPLETE)
    worker.accept(task(None, unheard, callbackUrl=f"http://{way.host}:{way.port}{path}"))
    worker.accept(task(None, refused, callbackUrl=rotated.url + path, callbackToken=OLD))
    counts = {run: len(letters.of(run)) for run in (unheard, refused)}
    worker.process.kill()
    left = api.status(unheard)
    way.forward()
    with_old = rotated.deliver(beat(refused), bearer=OLD)
    with_new = rotated.deliver(beat(refused), bearer=NEW)
    heir = deployment.worker({**letters.env, **HASTE, TOKEN: NEW})
    replay = heir.replay()
    found = Succession(
        counts[unheard],
        counts[refused],
        left,
        with_old,
        with_new,
        replay,
        api.status(unheard),
        api.status(refused),
    )
    heir.process.kill()
    rotated.process.kill()
    return found
