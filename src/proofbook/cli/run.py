"""`proofbook run`: walk the steps of a runbook."""

from __future__ import annotations

import click

from proofbook.cli.teaching import Verb


@click.command(
    cls=Verb,
    examples={
        "proofbook run coreos/rollback --plan": "say which steps would be run, and do nothing",
        "proofbook run coreos/monitoring": "rehearse a page on a copy that is gone afterwards",
        "proofbook run coreos/rollback --target production --set RELEASE=2f1c": "the real thing",
        "proofbook run coreos/rollback --target production --resume 20261121T123456Z-1a2b3c": (
            "go on after the last step that was done"
        ),
        "proofbook run coreos/rollback --target production --resume 20261121T123456Z-1a2b3c --rollback": (
            "undo what that run began, last first"
        ),
        "proofbook run coreos/incidents --step claimable --json": "one step; its end, for a script",
    },
)
@click.argument("runbook")
@click.option("--target", default="local", show_default=True, help="A name of targets/, or a path.")
@click.option("--step", "only", multiple=True, metavar="NAME", help="Only this step. Repeatable.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable for the steps: no secret.",
)
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be run, and run nothing.")
@click.option("--resume", metavar="RUN", help="Go on with an earlier run, by its id.")
@click.option(
    "--rollback",
    is_flag=True,
    help="Undo what was begun if a step fails; with --resume: undo it now.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was run as JSON.")
def run(**options: object) -> int:
    """
    Walk the steps of RUNBOOK: run each, check it, stop at the first that fails.

    RUNBOOK is a page: coreos/rollback. Its steps are the fenced blocks with a name, run in order in
    a real shell that is told nothing but the target's addresses and credentials. Blocks that undo a
    step are left for --rollback. At a stand-in or twin the steps are rehearsed on a private copy,
    gone afterwards; at a deployment they do what they say, as far as its target permits.

    Before and after each step a line is written to reports/runs/<id>/steps.jsonl, so that a run can
    be resumed after whatever ended it. Exits 7 if what was begun could not be undone.
    """
    from proofbook.cli.running import Running, walk

    return walk(Running(**options))  # type: ignore[arg-type] # click's types
