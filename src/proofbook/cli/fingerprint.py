"""`proofbook fingerprint`: a backup job's dump, and the manifest that a drill holds it to."""

from __future__ import annotations

import os
from pathlib import Path

import click

from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit


@click.command(
    cls=Verb,
    examples={
        "proofbook fingerprint --dsn env:DATABASE_URL --file app.dump -- "
        "pg_dump -Fc --snapshot={snapshot} -f app.dump app": "in place of pg_dump in a backup job",
        "proofbook fingerprint --dsn env:DATABASE_URL --file app.dump --seal env:BACKUP_KEY -- …": (
            "and encrypt the dump"
        ),
    },
    context_settings={"ignore_unknown_options": True},
)
@click.option("--dsn", required=True, metavar="REF", help="Of the database: env:NAME or file:PATH.")
@click.option("--file", required=True, metavar="FILE", help="What the command writes.")
@click.option("--manifest", metavar="FILE", help="[default: FILE's stem and .manifest.json]")
@click.option("--seal", metavar="REF", help="The key to encrypt with: env:NAME or file:PATH.")
@click.option("--system", default="", help="The system's name, for the manifest.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def fingerprint(  # noqa: PLR0913 - its options
    *,
    dsn: str,
    file: str,
    manifest: str | None,
    seal: str | None,
    system: str,
    command: tuple[str, ...],
) -> int:
    """
    Run a dump, and write the manifest of what is in it.

    COMMAND is told the snapshot to dump by {snapshot}, and every table is counted and fingerprinted in
    that same snapshot. The manifest is written last, and only if all went well: a dump without one is
    no backup. Exits 1 if the command fails.
    """
    from proofbook.cli.asking import moment
    from proofbook.instruments.restore import dumps, manifests, sealing

    dump = Path(file)
    beside = (
        Path(manifest)
        if manifest
        else dump.with_name(f"{dump.name.partition('.')[0]}.manifest.json")
    )
    key = sealing.key_of(_followed(seal)) if seal else None
    try:
        made = dumps.dumped(_followed(dsn), command, dump)
    except AssertionError as error:
        click.echo(str(error), err=True)
        return Exit.FAIL
    more = {"system": system, "file": dump.name, "finishedAt": moment(None).isoformat()}
    if key is not None:
        sealed = dump.with_name(f".{dump.name}.sealing")
        sealing.seal(dump, sealed, key)
        sealed.replace(dump)
        more["keyId"] = sealing.key_id(key)
    fresh = beside.with_name(f".{beside.name}.new")
    fresh.write_text(manifests.text(made, **more), encoding="utf-8")
    fresh.replace(beside)
    click.echo(str(beside))
    return Exit.PASS


def _followed(text: str) -> str:
    """What a reference leads to; a usage error for anything else: a secret on a command line is none."""
    scheme, _, name = text.partition(":")
    if scheme == "env" and os.environ.get(name):
        return os.environ[name]
    if scheme == "file" and Path(name).is_file():
        return Path(name).read_text(encoding="utf-8").strip()
    raise click.UsageError(f"{text} leads nowhere; write env:NAME or file:PATH")
