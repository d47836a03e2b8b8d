"""What became of something that was started: values, so that a refusal to start can be judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofbook.stack.controlled import Controlled


@dataclass(frozen=True, slots=True)
class Ready:
    """It answered, wrote the line that was waited for, or ran as long as was asked."""

    process: Controlled


@dataclass(frozen=True, slots=True)
class Exited:
    """It ended before it was ready, or its setup failed."""

    #: The exit code, negative for a signal; 127 where there is no such program.
    code: int
    #: All that it wrote.
    output: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """It was not ready, or a command had not ended, in the time it had; nothing of it still runs."""

    output: str


@dataclass(frozen=True, slots=True)
class Finished:
    """A command ran to its end."""

    #: The exit code, negative for a signal; 127 where there is no such program.
    code: int
    #: All that it wrote.
    output: str
