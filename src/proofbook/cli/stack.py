"""`proofbook up`, `down` and `status`: systems that stand until a person ends them."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING

import click

from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit

if TYPE_CHECKING:
    from proofbook.stack.standing import Standing

_JSON = click.option("--json", "as_json", is_flag=True, help="Print what stands as JSON.")


@click.command(
    cls=Verb,
    examples={
        "proofbook up": "the systems of targets/local.toml",
        "proofbook up --target docker": "those of another target",
        "proofbook up --json": "addresses and processes, for a script",
    },
)
@click.option("--target", default="local", show_default=True, help="A name of targets/, or a path.")
@_JSON
def up(*, target: str, as_json: bool) -> int:
    """Start the systems of a target for a person, and say where."""
    from proofbook import targets
    from proofbook.cli import here
    from proofbook.stack import standing

    root = here.root()
    _show(standing.up(targets.load(root, target), root), as_json=as_json)
    return Exit.PASS


@click.command(cls=Verb, examples={"proofbook down": "end everything, and its data with it"})
def down() -> int:
    """Stop what `proofbook up` started, and remove its data."""
    from proofbook.cli import here
    from proofbook.stack import standing

    click.echo("it is down" if standing.down(here.root()) else "nothing stood")
    return Exit.PASS


@click.command(
    cls=Verb,
    examples={
        "proofbook status": "names, addresses, processes, logs",
        "proofbook status --json": "the same for a script",
    },
)
@_JSON
def status(*, as_json: bool) -> int:
    """Say what `proofbook up` started, and where; exits 5 if nothing stands."""
    from proofbook.cli import here
    from proofbook.stack import standing

    found = standing.status(here.root())
    if found is None:
        click.echo("null" if as_json else "nothing stands; `proofbook up` starts the local target")
        return Exit.NO_VERDICT
    _show(found, as_json=as_json)
    return Exit.PASS


def _show(found: Standing, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(found), indent=1, ensure_ascii=False))
        return
    click.echo(f"{found.target} stands since {found.since}; `proofbook down` ends it")
    names = [*found.urls, *(name for name in found.pids if name not in found.urls)]
    width = max(map(len, names), default=0)
    for name in names:
        facts = [
            found.urls.get(name),
            f"process {found.pids[name]}" if name in found.pids else None,
            "ended since" if name in found.ended else None,
        ]
        click.echo(f"  {name:{width}}  {'  '.join(filter(None, facts))}")
    click.echo(f"  logs: {found.logs}")
