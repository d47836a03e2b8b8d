"""`proofbook merge`: the shards of a run, or whole stores, become one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit

if TYPE_CHECKING:
    from proofbook.log import Testimony


@click.command(
    cls=Verb,
    examples={
        "proofbook merge shard-1 shard-2 --into reports": "what two CI jobs wrote, as one run",
        "proofbook merge ../old/reports --into reports": "another clone's log and evidence",
    },
)
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="DIR...",
    type=click.Path(path_type=Path),
)
@click.option(
    "--into",
    required=True,
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The store that all of it is put into.",
)
def merge(*, folders: tuple[Path, ...], into: Path) -> int:
    """
    Join stores, and the shards of a run, into one.

    What any DIR holds is put there, and shards of one run become a run again.
    Everything is verified first: what is damaged, or contradicts the rest, is refused (exit 8) and
    nothing is written. A shard that is missing leaves its claims without a verdict. Exits as the
    runs do that were joined of shards.
    """
    from proofbook.cli import here
    from proofbook.cli.consoles import console
    from proofbook.report import exit_code
    from proofbook.report.table import render
    from proofbook.store.merging import merge

    root = here.root()
    if missing := [str(folder) for folder in folders if not folder.is_dir()]:
        raise click.UsageError(f"no such folder: {', '.join(missing)}. Was it downloaded?")
    merged = merge(folders, into)
    sharded = {part.run.id for part in merged.log.parts if part.of > 1}
    joined = [each for each in merged.runs if each.run.id in sharded]
    for each in merged.runs:
        _derive(each, into, root, is_joined=each in joined)
    for each in joined:
        width = console(sys.stdout).width
        click.echo(render(each.run, width=width), nl=False)
        for head in sorted(each.heads):
            click.echo(f"head of the log: {head}")
    click.echo(f"{into} holds {len(merged.log.testimonies)} runs, {merged.added} files were added")
    return min((code for each in joined if (code := exit_code(each.run))), default=Exit.PASS)


def _derive(each: Testimony, into: Path, root: Path, *, is_joined: bool) -> None:
    """Write what follows from a run, where it is not there yet or a shard of it came."""
    from proofbook import runs
    from proofbook.store import run_key

    folder = into / "runs" / each.run.id
    if is_joined or not (folder / "run.json").exists():
        runs.write(each.run, folder, run_key(root).signer())
