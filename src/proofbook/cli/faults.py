"""`proofbook faults`: see each check fail once."""

from __future__ import annotations

import click

from proofbook.cli.teaching import Verb


@click.command(
    cls=Verb,
    examples={
        "proofbook faults": "plant every fault of every system, one run each",
        "proofbook faults coreos": "plant those of one system",
        "proofbook faults coreos --plan": "list them, and what each must break; do nothing",
        "proofbook faults coreos --only no-fencing": "plant one of them",
        "proofbook faults --cover": "plant few, as CI does: each claim is seen to fail once",
        "proofbook faults coreos --json -j 8": "the counts, for a script; eight at a time",
    },
)
@click.argument("systems", nargs=-1, metavar="[SYSTEM]...")
@click.option("--target", default="local", show_default=True, help="A name of targets/, or a path.")
@click.option("--only", multiple=True, metavar="NAME", help="Plant this fault. May be repeated.")
@click.option("--cover", is_flag=True, help="Plant only as many as it takes to break each claim.")
@click.option("--plan", is_flag=True, help="List what would be planted, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result (or the list) as JSON.")
@click.option(
    "-j", "jobs", type=click.IntRange(1), default=8, show_default=True, help="So many at a time."
)
def faults(**options: object) -> int:
    """
    Break each SYSTEM in every way it knows, and see each check fail.

    Without any, all systems of the target that a runbook states claims of are meant.

    For each fault a twin is started with it for each claim that it must break: the claim must fail,
    for the fault's own reason; those that it must leave alone must hold. A fault that does not take
    hold, nor when it is tried once more alone, is a failure here, and so is a claim that the target
    lets be asked and no fault breaks.
    Runs with a fault are never judged.
    """
    from proofbook.cli.faulting import Faulting, plant_all

    return plant_all(Faulting(**options))  # type: ignore[arg-type] # click's types
