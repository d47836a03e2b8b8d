"""
Starts of the API whose end is the question: those that are to be refused, how each ended and how soon; those that are not.

    ends = refused_starts(standing, "POSTGRES_URL", [None, "", "mysql://h/d"])
    judge_refused(claim, standing, "POSTGRES_URL", ends)
    slow_start_seconds(standing, 5)                            what of a slow end is the machine's

A start that is to be refused needs neither a database nor a KMS: its variables are judged first.
"""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from proofbook.stack import Exited, Ready, started

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: What makes production of whatever the target tells its API.
PRODUCTION: Mapping[str, str] = {"NODE_ENV": "production", "REQUIRE_KMS": "true"}
#: Started beside each other: more would only take the processors from each other.
AT_ONCE = 2
#: How often a slow refusal is looked at: a machine that is busy elsewhere is slow at times, a program always.
TRIES = 3


@dataclass(frozen=True, slots=True)
class End:
    """How a start of the API ended."""

    #: What the variable was; `None`: unset.
    value: str | None
    #: The exit code; `None` if it started, or was still waiting for something.
    code: int | None
    output: str
    seconds: float


def refused_starts(
    deployment: Deployment,
    variable: str,
    values: Sequence[str | None],
    *,
    within_seconds: float,
    env: Mapping[str, str] = PRODUCTION,
) -> list[End]:
    """How production starts with each of these values of a variable; `None`: without it."""

    def end(value: str | None) -> End:
        for _ in range(TRIES):
            found = _end(deployment, variable, value, env)
            if found.code is None or found.seconds <= within_seconds:
                break
            if slow := slow_start_seconds(deployment, within_seconds):
                return replace(found, seconds=max(0.0, found.seconds - slow))
        return found

    with ThreadPoolExecutor(AT_ONCE) as together:
        return list(together.map(end, values))


def welcomed(
    deployment: Deployment, env: Mapping[str, str] | None = None, **starting: Any
) -> Kernel:
    """An API that is to start with this environment. Raises `AssertionError` if it ends instead."""
    outcome = deployment.start_kernel(env, **starting)
    shown = ", ".join(f"{name}={value}" for name, value in (env or {}).items())
    assert not isinstance(outcome, Exited), f"with {shown} it {outcome}"
    return deployment.reach(started(outcome, "the Kernel"))


def judge_refused(
    claim: ClaimHandle, deployment: Deployment, variable: str, ends: Sequence[End]
) -> None:
    """Assert that each start ended as the claim says, and that its log names the variable."""
    names = {variable, deployment.twin.system.names.env.get(variable, variable)}
    for end in ends:
        shown = "unset" if end.value is None else repr(end.value)
        assert end.code is not None, f"{variable} {shown}: it was not refused: {end.output[-400:]}"
        claim.expect(exit=end.code, within=end.seconds)
        named = any(re.search(rf"\b{re.escape(name)}\b", end.output) for name in names)
        assert named, f"{variable} {shown}: its log does not name it: {end.output[-400:]}"


def slow_start_seconds(deployment: Deployment, within_seconds: float) -> float:
    """How long even a sound start takes now, on a machine that is slow at it: more than half of a bound; else 0."""
    began = time.monotonic()
    outcome = deployment.start_kernel()
    seconds = time.monotonic() - began
    if not isinstance(outcome, Ready):
        return 0.0
    outcome.process.kill()
    return seconds if seconds > within_seconds / 2 else 0.0


def _end(deployment: Deployment, variable: str, value: str | None, env: Mapping[str, str]) -> End:
    told = {name: said for name, said in env.items() if name != variable}
    without = (variable,) if value is None else ()
    began = time.monotonic()
    outcome = deployment.start_kernel(
        told if value is None else {**told, variable: value}, without=without
    )
    seconds = time.monotonic() - began
    if isinstance(outcome, Ready):
        said = outcome.process.output()
        outcome.process.kill()
        return End(value, None, said, seconds)
    code = outcome.code if isinstance(outcome, Exited) else None
    return End(value, code, outcome.output, seconds)
