"""What an API is told by its environment: with what it starts, and with what it does not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from checks.jobsources.adapter_callbacks import COMPLETE
from checks.jobsources.known_answers import vectors
from proofbook.stack import Exited, Ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from checks.jobsources.adapter_deployment import Deployment, Outcome
    from proofbook import ClaimHandle

CALLBACKS = "WORKER_CALLBACK_URL"
AUDIENCE = "WORKER_CALLBACK_OIDC_AUDIENCE"
TOLERANCE = "WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC"
PLACE = "https://api.jobsources.example"
#: What makes production of whatever the target tells its API; users of a test are refused there.
PRODUCTION = {"NODE_ENV": "production", CALLBACKS: f"{PLACE}{COMPLETE}", AUDIENCE: PLACE}
#: Whom production hands its tasks to.
CLOUD_TASKS = {
    "WORKER_TASK_PROVIDER": "cloud-tasks",
    "WORKER_TASKS_PROJECT_ID": "p",
    "WORKER_TASKS_LOCATION": "l",
    "WORKER_TASKS_QUEUE": "q",
    "WORKER_TASK_URL": "https://worker.example/tasks",
}
SEEDS = "SEED_USERS"
#: Started beside each other: more would only take the processors from each other.
AT_ONCE = 2


@pytest.mark.claim("jobsources.production-demands-https")
def test_production_speaks_https(claim: ClaimHandle, standing: Deployment) -> None:
    """Credentials go over none of these in the open."""
    without = {"without": () if SEEDS in standing.system.absent else (SEEDS,)}
    insecure = {name: PRODUCTION[name].replace("https:", "http:") for name in (CALLBACKS, AUDIENCE)}

    sound, *ends = _started(
        standing,
        [PRODUCTION, *({**PRODUCTION, name: said} for name, said in insecure.items())],
        **without,
    )

    assert isinstance(sound, Ready), f"with https in both it {sound}"
    for name, end in zip(insecure, ends, strict=True):
        _judge_refused(claim, standing, name, end)


@pytest.mark.claim("jobsources.tolerance-within-range")
def test_the_tolerance_has_bounds(claim: ClaimHandle, standing: Deployment) -> None:
    """What lies outside is not quietly made to fit."""
    least, most = claim["least"], claim["most"]
    good, bad = (str(least), str(most)), (str(least - 1), str(most + 1), "abc")

    ends = dict(
        zip((*good, *bad), _started(standing, [{TOLERANCE: v} for v in (*good, *bad)]), strict=True)
    )

    refused = {value: str(ends[value]) for value in good if not isinstance(ends[value], Ready)}
    assert refused == {}
    for value in bad:
        _judge_refused(claim, standing, TOLERANCE, ends[value])


@pytest.mark.claim("jobsources.environment-checked-at-start")
def test_the_environment_is_checked_at_start(claim: ClaimHandle, standing: Deployment) -> None:
    """What is recorded as wrong is noticed before anybody is served."""
    cases = [
        case
        for case in vectors("api_env_validation")
        if not case.get("expect", case)["ok"] and case["binding"] == "must"
    ]
    absent = standing.system.absent
    for case in cases:
        unset = {name for name, said in case["set"].items() if said is None}
        production = {**PRODUCTION, **CLOUD_TASKS} if case["over"] == "production" else {}
        seeds = {SEEDS} if production else set()
        told = {name: said for name, said in case["set"].items() if said is not None}
        env = {name: said for name, said in {**production, **told}.items() if name not in unset}
        (end,) = _started(standing, [env], without=(unset | seeds) - {*absent})
        _judge_refused(claim, standing, case["names"], end)

    claim.expect(environments=len(cases))


def _started(
    deployment: Deployment, envs: Iterable[Mapping[str, str]], **starting: Any
) -> list[Outcome]:
    """How an API starts with each of these; those that run are ended."""

    def outcome(env: Mapping[str, str]) -> Outcome:
        found = deployment.start_api(env, **starting)
        if isinstance(found, Ready):
            found.process.kill()
        return found

    with ThreadPoolExecutor(AT_ONCE) as together:
        return list(together.map(outcome, envs))


def _judge_refused(
    claim: ClaimHandle, deployment: Deployment, variable: str, outcome: Outcome
) -> None:
    """Assert that a start ended as the claim says, and said why."""
    assert not isinstance(outcome, Ready), f"with this {variable} it starts"
    assert isinstance(outcome, Exited), (
        f"with this {variable} it neither serves nor ends: it {outcome}"
    )
    claim.expect(exit=outcome.code)
    names = {variable, deployment.system.names.env.get(variable, variable)}
    is_named = any(re.search(rf"\b{re.escape(name)}\b", outcome.output) for name in names)
    assert is_named, f"it does not name {variable}: {outcome.output[-300:]!r}"
