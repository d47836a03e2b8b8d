"""
The runbook's own steps, run as they stand on its pages.

    pages.run("monitoring", "timeseries", COREOS_API_URL=api.url)      its end, and what it printed
    host.walk("rollback", "tag-previous", "drain-workers")             one after the other, each well

`Pages` runs them at a twin; `Host` is one whose operator brought it up by the target's own command.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from checks.coreos.composed import reached
from proofbook import NotAsked, NoVerdict
from proofbook.instruments.procedures import Procedure, now
from proofbook.stack import Finished
from proofbook.steps import Began, back, line, read
from proofbook.steps.walk import Standing

if TYPE_CHECKING:
    from checks.coreos.adapter import Api
    from checks.coreos.adapter_deployment import Deployment
    from proofbook.attaching import Attach
    from proofbook.instruments.procedures import Ran
    from proofbook.stack import Stack, Twin

ROOT = Path(__file__).parents[2]
#: Images are built, a store is laid out, and a health check comes round once.
UP = timedelta(minutes=5)
#: How an operator starts what the steps stop: on a plain host, or in containers.
OPERATORS = ("host", "compose")


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of the runbook, as somebody at the twin has them."""

    twin: Twin
    stack: Stack
    attach: Attach
    #: The pages that the check says it runs steps of: they are part of what it is.
    named: tuple[str, ...]
    #: What was run so far, as a journal has it.
    journal: list[str] = field(default_factory=list)

    def page(self, name: str) -> Procedure:
        """A page's steps. Raises `NotAsked` where they could not be typed as they stand."""
        self.twin.scripts.see_runnable("bash", "curl")
        path = f"runbooks/coreos/{name}.md"
        if path not in self.named:
            raise LookupError(f"the check runs steps of {path}; name it in its STEPS")
        steps = read((ROOT / path).read_text(encoding="utf-8"), path)
        return Procedure.of(
            steps, self.twin.scripts, target=self.stack.target, secrets=self.stack.secrets
        )

    def run(self, page: str, step: str, **given: str) -> Ran:
        """Run one step; what became of it is kept as evidence, secrets taken out."""
        ran = self.page(page).run(step, **given)
        began = Began(step=ran.step.name, digest=ran.step.digest, at=now())
        self.journal.extend([line(began), line(ran.noted(self.stack.secrets()))])
        self.attach("steps.jsonl", "".join(self.journal))
        return ran

    def walk(self, page: str, *steps: str, **given: str) -> None:
        """Run steps, each of which ends well: an AssertionError names the first that does not."""
        for step in steps:
            ran = self.run(page, step, **given)
            assert ran.problem == "", f"the step {step} ({ran.step.place}): {_told(ran)}"

    def way_back(self, page: str) -> tuple[str, ...]:
        """The names of the blocks that undo a page's steps, in the order in which they do."""
        steps = self.page(page).steps
        forward = tuple(step.name for step in steps if step.rollback is None)
        return tuple(step.name for step in back(steps, Standing(forward)))


@dataclass(frozen=True, slots=True)
class Host:
    """A deployment that its operator brought up, and a second release laid down beside the first."""

    deployment: Deployment
    pages: Pages

    @classmethod
    def up(cls, deployment: Deployment, pages: Pages) -> Host:
        """Bring it up. Raises `NotAsked` where the target does not say how, `NoVerdict` if it fails."""
        system = deployment.twin.system
        if not any(name in system.commands for name in OPERATORS):
            raise NotAsked(
                f"the target has none of the commands {' and '.join(OPERATORS)}, "
                "by which the steps of the runbook stop and start things",
                remedy='commands.host = ["…"]',
            )
        _done(deployment, "up")
        return cls(deployment, pages)

    def api(self) -> Api:
        """The API that runs now, as those reach it who know its address."""
        return reached(self.deployment)

    def has(self, release: str) -> bool:
        """Whether the target says itself what a release is."""
        command = self.deployment.system.commands.get("host")
        return command is not None and release in command.releases

    def lay_down(self, release: str) -> None:
        """Lay another release down: the target's own of that name, or the page's step for it."""
        if self.has(release):
            _done(self.deployment, "host", "install", release, release=release)
        else:
            self.pages.walk("rollback", "lay-down-release", RELEASE=release)

    def releases(self) -> dict[str, str]:
        """What `prev` leads to and what runs, as the page's step for it prints them."""
        ran = self.pages.run("rollback", "show-releases")
        if ran.problem:
            raise NoVerdict(f"the step show-releases: {_told(ran)}")
        lines = (each.partition(": ") for each in ran.output.splitlines())
        return {name: said for name, _, said in lines}


def body(ran: Ran) -> dict[str, object]:
    """The JSON object that a step printed; empty where it printed none."""
    try:
        held = json.loads(ran.output)
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}


def _told(ran: Ran) -> str:
    return f"{ran.problem}: {'a secret' if ran.step.is_secret else ran.output[-300:]!r}"


def _done(deployment: Deployment, command: str, *words: str, release: str | None = None) -> None:
    """Run a command of the target to its good end. Raises `NoVerdict`."""
    end = deployment.twin.command(command, *words, release=release, within=UP)
    if not (isinstance(end, Finished) and end.code == 0):
        raise NoVerdict(f"commands.{command} did not end well: {end.output[-400:]}")
