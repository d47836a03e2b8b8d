"""What every verb asks first: which project this is, what it claims, and which claims are meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import project
from proofbook.claims import read_all
from proofbook.errors import NoVerdict
from proofbook.selection import nearest, select

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from proofbook.claims import Runbook
    from proofbook.selection import Selection


def root() -> Path:
    """The project's root; a usage error outside any project."""
    found = project.root(Path.cwd())
    if found is None:
        raise click.UsageError(
            f"no {project.MARK} in {Path.cwd()} or above it: this is no Proofbook project. "
            f"Go to yours, or make one here with `touch {project.MARK}`."
        )
    return found


def runbooks(root: Path) -> tuple[Runbook, ...]:
    """Every runbook; raises `RunbookError` with all that is wrong with any."""
    return read_all(project.pages(root))


def chosen(words: Sequence[str], claims: Collection[str]) -> Selection:
    """
    What the words of the command line choose.

    A name that does not exist is a usage error; a glob that matches nothing, or a project that
    claims nothing, raises `NoVerdict`.
    """
    selection = select(words, claims)
    if selection.unknown:
        raise click.UsageError("\n".join(_unknown(word, claims) for word in selection.unknown))
    if selection.empty:
        raise NoVerdict(
            f"nothing was inspected: no claim matches {' or '.join(selection.empty)}. "
            "`proofbook verify --plan` lists them all."
        )
    if not selection.claims:
        raise NoVerdict("nothing was inspected: the runbooks state no claim. Write one first.")
    return selection


def _unknown(word: str, claims: Collection[str]) -> str:
    kind = "claim" if "." in word else "system"
    near = " or ".join(nearest(word, claims))
    systems = ", ".join(sorted({claim.partition(".")[0] for claim in claims})) or "none"
    return f"there is no {kind} {word!r}. " + (
        f"Did you mean {near}?" if near else f"The runbooks know these systems: {systems}."
    )
