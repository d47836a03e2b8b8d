"""What an API says when it is started with something wrong in its environment."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.stack import Exited, started

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from checks.coreos.adapter import Reply
    from checks.coreos.adapter_deployment import Deployment

#: As many characters of a private value are a leak.
LEAK = 12
#: What a sound hexadecimal value is damaged to.
HEX_DAMAGES = ("absent", "short", "not hexadecimal")


@dataclass(frozen=True, slots=True)
class Answer:
    """Health and enqueue of an API that was started, or the end of one that was not."""

    health: Reply | None
    enqueue: Reply | None
    exited: Exited | None
    #: All that its process wrote.
    output: str

    def names(self, *variable: str) -> bool:
        """Whether it says that it is not well, and because of which variable."""
        if self.exited is not None:
            return self.exited.code != 0 and _holds(self.exited.output, variable)
        assert self.health is not None
        warnings = self.health.body.get("warnings")
        said = " ".join(map(str, warnings)) if isinstance(warnings, list) else ""
        return self.health.body.get("status") != "ok" and _holds(said, variable)

    @property
    def status(self) -> str:
        """What health calls it, or `ended`."""
        return "ended" if self.health is None else str(self.health.body.get("status"))

    @property
    def takes_jobs(self) -> bool:
        """Whether a well-formed job was taken."""
        return self.enqueue is not None and self.enqueue.status == 201

    def shows(self, value: str) -> bool:
        """Whether a reply or the log holds a private value's beginning."""
        replies = [reply.text for reply in (self.health, self.enqueue) if reply is not None]
        return any(value[:LEAK] in text for text in (*replies, self.output)) if value else False


def answer_of(
    deployment: Deployment, env: Mapping[str, str] | None = None, without: Collection[str] = ()
) -> Answer:
    """Start an API with a changed environment and ask it for its health and for a job."""
    outcome = deployment.start_api(env, without=without)
    if isinstance(outcome, Exited):
        return Answer(None, None, outcome, outcome.output)
    process = started(outcome, "the API")
    api = deployment.reach(process)
    health, enqueue = api.health(), api.enqueue()
    output = process.output()
    process.kill()
    return Answer(health, enqueue, None, output)


def called(deployment: Deployment, variable: str) -> tuple[str, str]:
    """A variable's names: the contract's and the implementation's."""
    return variable, deployment.system.names.env.get(variable, variable)


def bad_hex(damage: str, digits: int) -> str | None:
    """A value that is not `digits` hexadecimal digits; `None` for none at all."""
    return {
        "absent": None,
        "short": secrets.token_hex(digits // 2 - 1),
        "not hexadecimal": "g" + secrets.token_hex(digits // 2)[1:],
    }[damage]


def changed(variable: str, value: str | None) -> tuple[dict[str, str], tuple[str, ...]]:
    """The change of environment that gives a variable a value, or takes it away."""
    return ({}, (variable,)) if value is None else ({variable: value}, ())


def _holds(text: str, names: Collection[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", text) for name in names)
