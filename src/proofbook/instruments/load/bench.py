"""Load on a target: runs until a question is answered, within what the target bears."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.effects import Effect
from proofbook.errors import NotAsked, NoVerdict
from proofbook.instruments.load import keeping
from proofbook.instruments.load.plan import CONNECTIONS, PATIENCE, WARM_UP, Plan
from proofbook.instruments.load.running import run
from proofbook.instruments.load.stopping import stopping
from proofbook.latency import Decision, alphas, doubts, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from proofbook.attaching import Attach
    from proofbook.latency import Finding, Recording
    from proofbook.latency.finding import Question
    from proofbook.targets import Reading, Target


#: So often a question may be asked anew, each time with twice as many requests in all.
LOOKS = 3


@dataclass(frozen=True, slots=True)
class Load:
    """The fixture `load`: load on one target; `read` reads a number from the deployment."""

    target: Target
    root: Path
    attach: Attach
    read: Callable[[Reading], str]
    seed: int = 1

    def __call__(  # noqa: PLR0913 - a run is all of this, each by its name
        self,
        profile: str,
        url: str,
        question: Question,
        *,
        rate: float,
        requests: int,
        arrivals: str = "constant",
        env: Mapping[str, str] | None = None,
    ) -> Finding:
        """
        Send `requests` at `rate` a second, and more until the question is answered.

        Raises `NotAsked` for what the target does not permit or bear, and `NoVerdict` where the
        load was stopped, was no measurement, or leaves the question open.
        """
        self._refuse(rate, requests)
        stop = stopping(self.target.stop_when, self.read)
        recording, findings = None, []
        for look, alpha in zip(range(LOOKS), alphas(), strict=False):
            plan = self._plan(rate, requests * 2 ** max(0, look - 1), arrivals, look)
            if not self._bears(recording, plan):
                break
            made = run(profile, url, plan, root=self.root, env=env, stop=stop)
            recording = recording + made if recording else made
            findings.append(judge(recording, question, alpha))
            keeping.keep(self.attach, recording, question, findings[-1])
            if why := "; ".join(doubts(recording, findings[-1])):
                raise NoVerdict(why)
            if findings[-1].decision is not Decision.MORE:
                return findings[-1]
        raise NoVerdict(f"undecided after {len(findings)} looks: {findings[-1]}")

    def _plan(self, rate: float, requests: int, arrivals: str, look: int) -> Plan:
        limit = self.target.limits.connections
        return Plan(
            rate=rate,
            seconds=requests / rate,
            arrivals=arrivals,
            warm_up=WARM_UP,
            patience=PATIENCE,
            connections=min(CONNECTIONS, limit or CONNECTIONS),
            seed=self.seed + look,
        )

    def _refuse(self, rate: float, requests: int) -> None:
        """Raise `NotAsked` for load that the target does not permit or bear."""
        target = self.target
        if target.allowed < Effect.LOADS:
            raise NotAsked(
                f"{target.path} permits {target.allowed}; this check loads",
                remedy=f'write permits = "loads" in {target.path}, if that may be done there',
            )
        limits = target.limits
        if limits.rate is not None and rate > limits.rate:
            raise NotAsked(
                f"{target.path} bears {limits.rate:g} req/s; this check sends {rate:g}",
                remedy=f"write [scale] rate = {math.floor(limits.rate)} in {target.path}",
            )
        seconds = WARM_UP + requests / rate
        if limits.seconds is not None and seconds > limits.seconds:
            raise NotAsked(
                f"{target.path} bears load for {limits.seconds:g} s; this check takes {seconds:g}",
                remedy=f"raise seconds in [limits] of {target.path}, if it bears that",
            )

    def _bears(self, before: Recording | None, plan: Plan) -> bool:
        """Whether the target bears one more run after those before."""
        most = self.target.limits.seconds
        if before is None or most is None:
            return True  # the first has been looked at already
        return before.seconds + before.warm_up + plan.whole <= most
