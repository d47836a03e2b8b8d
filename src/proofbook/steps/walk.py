"""
Which step comes next: a pure function of the page's steps and of what was written down.

Going forward, steps are run in the order of the page, without those in `Standing.done`. Going back,
 what was begun is undone in the opposite order by the blocks that undo it; that holds for a
step that failed or was cut off, too, since half of it may have happened. What undoing a step also
takes away is all that came after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.errors import Problem, RunbookError
from proofbook.steps.journal import Began, Ended

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from proofbook.steps.journal import Entry
    from proofbook.steps.model import Step


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of the forward steps."""

    #: Names of those that were begun and not undone, in the order in which they were.
    begun: tuple[str, ...] = ()
    #: Those of them that ended well.
    done: frozenset[str] = frozenset()
    #: The step that was begun last and has not ended.
    open: str | None = None

    @classmethod
    def of(cls, steps: Iterable[Step], entries: Iterable[Entry]) -> Standing:
        """Read it from a journal's entries."""
        undoes = {step.name: step.rollback for step in steps}
        standing = cls()
        for entry in entries:
            if isinstance(entry, Began):
                standing = standing.after_begin(entry.step, undoes.get(entry.step))
            elif isinstance(entry, Ended):
                standing = standing.after_end(entry, undoes.get(entry.step))
        return standing

    def after_begin(self, name: str, undone: str | None) -> Standing:
        """How it stands once `name` is begun, which undoes `undone` or goes forward."""
        if undone is not None:
            return Standing(self.begun, self.done, name)
        begun = (*(each for each in self.begun if each != name), name)
        return Standing(begun, self.done - {name}, name)

    def after_end(self, entry: Ended, undone: str | None) -> Standing:
        """How it stands once a step has ended, which undid `undone` or went forward."""
        is_ok = entry.outcome == "ok"
        if undone is None:
            done = self.done | {entry.step} if is_ok else self.done
            return Standing(self.begun, done)
        if not is_ok or undone not in self.begun:
            return Standing(self.begun, self.done)
        kept = self.begun[: self.begun.index(undone)]
        return Standing(kept, self.done & set(kept))


def chosen(steps: Sequence[Step], provided: Collection[str]) -> tuple[Step, ...]:
    """
    The steps that are for a target that provides these commands, one of each name.

    Of alternatives that fit, the first is taken.
    """
    found: dict[str, Step] = {}
    for step in steps:
        if set(step.needs) <= set(provided):
            found.setdefault(step.name, step)
    return tuple(found.values())


def back(steps: Sequence[Step], standing: Standing) -> tuple[Step, ...]:
    """The blocks that undo what was begun, in the order in which they are to be run."""
    undoing = {step.rollback: step for step in steps if step.rollback is not None}
    return tuple(undoing[name] for name in reversed(standing.begun) if name in undoing)


def check_unchanged(steps: Iterable[Step], standing: Standing, entries: Iterable[Entry]) -> None:
    """Raise `RunbookError` naming each done step that its page has changed, or lost, since."""
    now = {step.name: step for step in steps}
    ran = {entry.step: entry.digest for entry in entries if isinstance(entry, Began)}
    problems = [
        Problem(
            now[name].place,
            f"{name} was done as it stood then, and reads otherwise now; start anew, without --resume",
        )
        for name in standing.done
        if name in now and now[name].digest != ran[name]
    ]
    if problems:
        raise RunbookError(problems)
