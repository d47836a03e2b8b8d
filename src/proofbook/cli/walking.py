"""One walk over a page's steps: forward without what is done, back over what was begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from proofbook import steps
from proofbook.instruments.procedures import walk as walk_steps
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.cli.telling import Teller
    from proofbook.instruments.procedures import Journal, Procedure
    from proofbook.steps import Step
    from proofbook.steps.journal import Entry


@dataclass(frozen=True, slots=True)
class Walking:
    """One walk over a page's steps, as it goes on."""

    procedure: Procedure
    journal: Journal
    given: Mapping[str, str]
    teller: Teller

    def forward(self, before: tuple[Entry, ...], wanted: tuple[Step, ...], *, again: bool) -> bool:
        """
        Run the wanted steps that were not done before, or all of them `again`; whether all went well.

        Raises `RunbookError` if the page has changed what was done.
        """
        standing = steps.Standing.of(self.procedure.steps, before)
        steps.check_unchanged(self.procedure.steps, standing, before)
        ahead = (
            wanted if again else tuple(step for step in wanted if step.name not in standing.done)
        )
        self.teller.leave_out([step for step in wanted if step not in ahead])
        failed = walk_steps(self.procedure, ahead, self.journal, self.given, self.teller.step)
        if failed is None:
            self.teller.done()
        else:
            self.teller.stopped(failed)
        return failed is None

    def back(self, undone: Exit) -> tuple[Exit, str]:
        """Undo what was begun; `undone`, or that it could not be."""
        standing = steps.Standing.of(self.procedure.steps, self.journal.read())
        undoing = steps.back(self.procedure.steps, standing)
        failed = walk_steps(self.procedure, undoing, self.journal, self.given, self.teller.step)
        if failed is not None:
            self.teller.not_undone(failed)
            return Exit.NOT_ROLLED_BACK, "not_undone"
        self.teller.undone(undoing)
        return undone, "undone"


def told_before(before: tuple[Entry, ...]) -> dict[str, str]:
    """What a run that is resumed was told when it was last opened."""
    told = steps.opening(before).given if before else ()
    return {name: value for name, _, value in (word.partition("=") for word in told)}


def check_same(before: tuple[Entry, ...], opened: steps.Opened, run_id: str) -> None:
    """Raise a usage error if the run that is resumed walked another page, or elsewhere."""
    was = steps.opening(before) if before else opened
    if (was.page, was.target) != (opened.page, opened.target):
        raise click.UsageError(
            f"the run {run_id} walked {was.page} at {was.target}, not {opened.page} at "
            f"{opened.target}; name what it walked"
        )
