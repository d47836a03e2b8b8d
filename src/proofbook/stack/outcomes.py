"""What became of something that was started: values, so that a refusal to start can be judged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.errors import NoVerdict

if TYPE_CHECKING:
    from proofbook.stack.controlled import Controlled

#: The line that tells why a program ended seldom comes last: what it leaves behind follows. The best
#: names a kind of error and then says which.
_TELLS = (
    re.compile(r"(?:error|exception|fatal|panic)\]?:", re.IGNORECASE),
    re.compile(
        r"error|fatal|refus|denied|invalid|missing|not found|in use|required", re.IGNORECASE
    ),
)
#: A stack frame, whatever its function is called.
_FRAME = re.compile(r"at |File \"|goroutine |\^")
#: When and where a log says that something happened.
_STAMP = re.compile(
    r"\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d| [A-Z]{3,4})?\]?\s*(?:\[\d+\]:?\s*)?"
)


@dataclass(frozen=True, slots=True)
class Ready:
    """It answered, wrote the line that was waited for, or ran as long as was asked."""

    process: Controlled


@dataclass(frozen=True, slots=True)
class Exited:
    """It ended before it was ready, or its setup failed. As text: `ended with code 1: its reason`."""

    #: The exit code, negative for a signal; 127 where there is no such program.
    code: int
    #: All that it wrote.
    output: str
    #: The file that holds it; empty where there is none.
    log: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"ended with code {self.code}: {telling(self.output)}"


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It was not ready, or a command had not ended, in the time it had; nothing of it still runs."""

    output: str
    #: The file that holds it; empty where there is none.
    log: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"was not ready in time: {telling(self.output)}"


@dataclass(frozen=True, slots=True)
class Finished:
    """A command ran to its end."""

    #: The exit code, negative for a signal; 127 where there is no such program.
    code: int
    #: All that it wrote.
    output: str


def started(outcome: Ready | Exited | TimedOut, what: str) -> Controlled:
    """The process if it is ready; else `NoVerdict` with what it said last, and where all of it is."""
    if isinstance(outcome, Ready):
        return outcome.process
    remedy = f"read {outcome.log}" if outcome.log else ""
    raise NoVerdict(f"{what} {outcome}", remedy=remedy)


def telling(output: str) -> str:
    """The line of a program's output that tells why it ended, without its date; else its last one."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    spoken = [line for line in lines if not _FRAME.match(line)]
    for pattern in _TELLS:
        if said := [line for line in spoken if pattern.search(line)]:
            return _STAMP.sub("", said[-1], count=1)
    return _STAMP.sub("", lines[-1], count=1) if lines else "it wrote nothing"
