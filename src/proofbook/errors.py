"""
Everything that Proofbook raises, in one tree.

    ProofbookError
    ├── InvalidInput            a file of the user's is wrong: all its problems at once (exit 3)
    │   ├── RunbookError        a runbook, or a check that does not fit one
    │   ├── TargetError         a target file
    │   └── PolicyError         a policy file: gates.toml, or the one that --policy names
    ├── ClaimError              a check asks its claim for what the sentence does not state (exit 5)
    ├── WrongPlace              the deployment is not the one that the target means (exit 3)
    ├── ReportError             a run's folder cannot be written, or what it holds is damaged (exit 20)
    ├── LogError                the log or its evidence is damaged, or a key is none (exit 8)
    ├── SiteError               the site cannot be built, or shows what the evidence does not say (exit 20)
    ├── StackError              what this machine was asked to start does not start (exit 20)
    └── NoVerdict               a check could not find out: asked, and no verdict (exit 5)
        └── NotAsked            the target does not permit or provide what the check needs

A claim that does not hold is an `AssertionError`, as everywhere in pytest; it is no error of ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ProofbookError(Exception):
    """The root: catch this to catch whatever Proofbook says on purpose."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file, written as terminals make links of it."""

    #: As the user would type it: relative to the project's root, with `/`.
    path: str
    #: Counted from 1.
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong with a file, and what to do about it."""

    place: Place
    #: What is wrong, what stood there instead, and what to do: one sentence or two.
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class InvalidInput(ProofbookError):
    """A file is wrong; `problems` holds everything that is wrong with it, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RunbookError(InvalidInput):
    """A runbook breaks the grammar, or a check does not fit its claim."""


class TargetError(InvalidInput):
    """A target file is not one."""


class PolicyError(InvalidInput):
    """A policy file is not one, or names what does not exist."""


class ClaimError(ProofbookError, LookupError):
    """A check asks its claim for a value that it does not state, or gives it another kind of one."""


class WrongPlace(ProofbookError):
    """The deployment that answered is not the one that the target names; nothing was written."""


class ReportError(ProofbookError):
    """A run's folder cannot be written, or does not hold what a run writes."""


class LogError(ProofbookError):
    """The log or the evidence that it names is not what was written, or cannot be signed for."""


class SiteError(ProofbookError):
    """The site cannot be built, or a page of it says something else than the evidence."""


class StackError(ProofbookError):
    """
    A service or program of the stack does not start; the message ends with its log's place.

    `brief` is the same in one line that is alike wherever it happens; `remedy` names the log.
    """

    def __init__(self, message: str, *, brief: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.brief = brief or message
        self.remedy = remedy


class NoVerdict(ProofbookError):
    """
    The check could not find out whether its claim holds.

    `remedy` says what would change that, if anything is known to: a log to read, a worker to end.
    """

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy


class NotAsked(NoVerdict):
    """
    The target does not permit, or does not provide, what the check needs.

    Its `remedy` is the line to add: `permits = "disrupts"`.
    """
