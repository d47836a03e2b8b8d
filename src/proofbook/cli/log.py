"""`proofbook log`: what the log says, and whether it is as it was written."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from proofbook.cli.teaching import Verb, write_examples
from proofbook.report.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from proofbook.log import Act, Damage, Head, Log, Part

_STORE = click.option(
    "--store", default="reports", show_default=True, help="The folder with log and evidence."
)
EXAMPLES = {
    "proofbook log verify": "read all of it, to the last byte",
    "proofbook log verify --head RUN:3:9f86d0…": "and hold it against a head from elsewhere",
    "proofbook log show": "one line for each run and each act",
}


class _Log(click.Group):
    """A group that ends with its examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        del ctx
        write_examples(formatter, EXAMPLES)


@click.group(cls=_Log)
def log() -> None:
    """Verify, show and prune the signed log of all runs."""


@log.command(
    cls=Verb,
    examples={
        "proofbook log verify": "read all of it, to the last byte",
        "proofbook log verify --store merged --json": "another store, for a script",
    },
)
@_STORE
@click.option("--head", "heads", multiple=True, metavar="HEAD", help="It must go on from this one.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def verify(*, store: str, heads: tuple[str, ...], as_json: bool) -> int:
    """
    Read the log and its evidence to the last byte, and name the first damaged entry of each chain.

    What was cut off the end of a log, or a whole chain that is missing, shows only against a HEAD
    from elsewhere: each run prints one. Exits 8 for damage, 5 where there is no log.
    """
    from proofbook.cli import here
    from proofbook.errors import LogError, NoVerdict
    from proofbook.store import load

    pinned = [_head(text) for text in heads]
    found = load(here.root() / store)
    damage = (*found.damage, *found.ahead(datetime.now(UTC)), *_lacking(found, pinned))
    if as_json:
        click.echo(json.dumps(_told(found, damage), indent=2))
    if damage:
        raise LogError("\n".join(f"{store}/{each}" for each in damage))
    if not found.heads:
        raise NoVerdict(
            f"nothing was verified: there is no log in {store}/log. Make one with "
            "`proofbook verify`, or name its store with --store."
        )
    if not as_json:
        for line in _summary(found):
            click.echo(line)
    return Exit.PASS


@log.command(
    cls=Verb,
    examples={
        "proofbook log show": "one line for each run and each act",
        "proofbook log show --release coreos.api=1a2b3c": "what was found out about a release",
    },
)
@_STORE
@click.option("--release", metavar="COMPONENT=DIGEST", help="Only runs on that release.")
@click.option("--target", metavar="NAME", help="Only runs on that target.")
def show(*, store: str, release: str | None, target: str | None) -> int:
    """List the runs and the acts of the log, with who signed them and their heads."""
    from proofbook.cli import here
    from proofbook.errors import LogError
    from proofbook.store import load

    found = load(here.root() / store)
    component, _, digest = (release or "").partition("=")
    lines = [
        _part(part)
        for part in found.parts
        if target in (None, part.run.target)
        if release is None or part.run.release.get(component) == digest
    ]
    lines += map(_act, found.acts if release is None and target is None else ())
    for _, line in sorted(lines):
        click.echo(line)
    if found.damage:
        raise LogError("\n".join(f"{store}/{each}" for each in found.damage))
    return Exit.PASS


@log.command(
    cls=Verb,
    examples={
        "proofbook log prune --older-than 400": "what opened more than 400 days ago",
    },
)
@_STORE
@click.option(
    "--older-than", "days", type=click.IntRange(1), required=True, metavar="DAYS", help="How old."
)
def prune(*, store: str, days: int) -> int:
    """
    Take away the evidence of old runs, and log what went, signed.

    Chains stay. Spared is what a decision or a drill cites, what has not expired, and the newest
    run of each claim on a target and release.
    """
    from proofbook.cli import here
    from proofbook.pytest_plugin.sources import suite_commit
    from proofbook.store import run_key
    from proofbook.store.pruning import prune

    root, now = here.root(), datetime.now(UTC)
    before = now - timedelta(days=days)
    went = prune(root / store, before, now, run_key(root), suite_commit(root))
    if went.head is None:
        click.echo("nothing to prune")
    else:
        click.echo(f"pruned {len(went.evidence)} files of {len(went.chains)} runs")
        click.echo(f"head of the log: {went.head}")
    return Exit.PASS


def _head(text: str) -> Head:
    from proofbook.log import head

    try:
        return head(text)
    except ValueError as error:
        raise click.UsageError(f"--head: {error}") from None


def _lacking(found: Log, pinned: Sequence[Head]) -> Iterator[Damage]:
    from proofbook.log import Damage

    known = {trail.chain: trail for trail in found.trails}
    for head in found.lacks(pinned):
        trail = known.get(head.chain)
        if trail is None:
            what = f"it is not there, and the head {head} was seen"
        elif trail.head.count < head.count:
            what = f"it ends with entry {trail.head.count}, and the head {head} was seen"
        else:
            what = f"its entry {head.count} is another than that of the head {head}"
        remedy = "The log was cut or exchanged: bring it back from a copy of the store."
        yield Damage(f"log/{head.chain}.jsonl", what, remedy)


def _unended(found: Log) -> list[str]:
    return [part.trail.chain for part in found.parts if part.run.finished is None]


def _told(found: Log, damage: Sequence[Damage]) -> dict[str, object]:
    return {
        "holds": not damage and bool(found.heads),
        "runs": len(found.testimonies),
        "records": sum(len(part.evidence) for part in found.parts),
        "acts": len(found.acts),
        "unended": _unended(found),
        "heads": [str(head) for head in sorted(found.heads)],
        "damage": [
            {"place": each.place, "what": each.what, "remedy": each.remedy} for each in damage
        ],
    }


def _summary(found: Log) -> Iterator[str]:
    pieces = sum(len(part.evidence) for part in found.parts)
    yield f"{len(found.testimonies)} runs, {pieces} pieces of evidence, {len(found.acts)} acts hold"
    for chain in _unended(found):
        yield f"{chain} never ended: nothing in it is a pass"


def _part(part: Part) -> tuple[str, str]:
    run = part.run
    shard = f" {part.shard}/{part.of}" if part.of > 1 else ""
    state = "never ended" if run.finished is None else run.aborted or "ended"
    fault = f", fault {run.fault}" if run.fault else ""
    asked = sum(record.wanted for record in run.records)
    on = ", ".join(f"{name}={digest}" for name, digest in sorted(run.release.items()))
    where = f"{run.target} ({on})" if on else run.target
    what = f"run{shard} on {where}, {asked} claims, {state}{fault}"
    return run.started, f"{run.started}  {what}  {part.signer}  {part.trail.head}"


def _act(act: Act) -> tuple[str, str]:
    at = act.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return at, f"{at}  {act.kind}  {', '.join(act.signers)}  {act.head}"
