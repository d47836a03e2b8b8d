"""`proofbook lint`: what is promised and not proved, and what is proved and not promised."""

from __future__ import annotations

import click

from proofbook.cli.teaching import Verb


@click.command(
    cls=Verb,
    examples={
        "proofbook lint": "a row for each problem, as path:line: message",
        "proofbook lint --json": "the same for a script, exemptions included",
    },
)
@click.option("--target", default="local", show_default=True, help="A name of targets/, or a path.")
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def lint(*, target: str, as_json: bool) -> int:
    """
    List promises without proof, and proof without promise.

    Claims without a check, checks without a claim, ids that do not exist or stand twice, and
    promises in bare prose. Checks are collected and none is run. Exits 1 if anything is listed.
    """
    from proofbook.cli.linting import show

    return show(target, as_json=as_json)
