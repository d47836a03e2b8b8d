"""`proofbook export`: a run of the log, told to other programs once more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.evidence import Run
    from proofbook.log import Log

#: What `--format` takes → the file of the same; `ctrf-compat` is in none.
FORMATS = {
    "junit": "junit.xml",
    "ctrf": "ctrf.json",
    "ctrf-compat": "",
    "markdown": "summary.md",
    "attestation": "test-result.intoto.jsonl",
}


@click.command(
    cls=Verb,
    examples={
        "proofbook export": "the newest run, in every format, into its folder",
        "proofbook export --format markdown": "one format, for a pipe",
        "proofbook export --store merged --out artefacts": "another store's, elsewhere",
    },
)
@click.argument("run_id", required=False, metavar="[RUN]")
@click.option("--store", default="reports", show_default=True, help="The folder with the log.")
@click.option("--out", type=click.Path(path_type=Path), help="The folder.  [default: the run's]")
@click.option("--format", "name", type=click.Choice(list(FORMATS)), help="Print this one alone.")
def export(*, run_id: str | None, store: str, out: Path | None, name: str | None) -> int:
    """
    Tell a run to other programs: JUnit, CTRF, Markdown, and a signed attestation.

    RUN is a run's id; the newest without a planted fault if it is not said. All is made from the
    log, which is read and verified first: where it is damaged, nothing is told (exit 8). The
    attestation is signed with this clone's key, or with the one that PROOFBOOK_KEY refers to; it
    reads FAILED unless every claim of the runbooks was asked and holds.
    ctrf-compat leaves out what readers of an older CTRF refuse.
    """
    from proofbook.cli import here
    from proofbook.report import ctrf, exports
    from proofbook.report.sheet import of_run
    from proofbook.store import load, run_key

    root = here.root()
    folder = root / store
    run = _run(load(folder), run_id, store)
    stated = [claim for runbook in here.runbooks(root) for claim in runbook.claims]
    if name == "ctrf-compat":
        click.echo(ctrf.render(of_run(run, stated), is_recent=False), nl=False)
        return Exit.PASS
    texts = exports.of_a_run(run, run_key(root).signer(), stated=stated)
    if name:
        click.echo(texts[FORMATS[name]], nl=False)
        return Exit.PASS
    for path in _written(texts, out or folder / "runs" / run.id):
        click.echo(path)
    return Exit.PASS


def _run(log: Log, run_id: str | None, store: str) -> Run:
    """The run that is meant; `LogError` for a damaged log, `NoVerdict` where there is none."""
    from proofbook.errors import LogError, NoVerdict

    if log.damage:
        raise LogError("\n".join(map(str, log.damage)))
    runs = [each.run for each in log.testimonies]
    fit = [r for r in runs if (r.id == run_id if run_id else r.fault is None)]
    if fit:
        return fit[-1]
    if run_id:
        raise click.UsageError(f"{store}: its log holds no run {run_id}; it holds {len(runs)}.")
    raise NoVerdict(f"{store}: its log holds no run; make one with `proofbook verify`.")


def _written(texts: Mapping[str, str], folder: Path) -> list[Path]:
    """The files, once all of them are on the disk."""
    from proofbook.errors import ReportError
    from proofbook.runs.disk import put

    try:
        folder.mkdir(parents=True, exist_ok=True)
        put({folder / file: text for file, text in texts.items()})
    except OSError as error:
        raise ReportError(f"{folder}: nothing was exported: {error.strerror}.") from None
    return [folder / file for file in texts]
