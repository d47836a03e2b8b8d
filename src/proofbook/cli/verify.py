"""`proofbook verify`: run checks, or say what running them would do."""

from __future__ import annotations

from typing import Any

import click

from proofbook.cli.sharding import ShardOf
from proofbook.cli.teaching import Verb
from proofbook.report.exits import Exit


class _WithPytestArguments(Verb):
    """A verb that hands everything after `--` to pytest, unread."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep what follows `--` from click, which would take it for more claims."""
        ours, divider, theirs = args, [], []
        if "--" in args:
            at = args.index("--")
            ours, divider, theirs = args[:at], args[at : at + 1], args[at + 1 :]
        ctx.obj = tuple(theirs)
        return super().parse_args(ctx, ours + divider)


@click.command(
    cls=_WithPytestArguments,
    examples={
        "proofbook verify": "all claims, on the local target",
        "proofbook verify coreos.claimed-once -x": "one claim; stop at the first case that fails",
        "proofbook verify 'coreos.*-refused' --plan": "say what would be done, and do nothing",
        "proofbook verify coreos --target staging --json": "the run, for a script",
        "proofbook verify --for promote --target twin": "what the gate lacks, and nothing else",
        "proofbook verify --shard 2/4 --run-id r7": "a quarter of the run r7, for `proofbook merge`",
        "proofbook verify coreos -k lease -- --lf": "more of pytest's own",
    },
)
@click.argument("select", nargs=-1, metavar="[SELECT]...")
@click.option("--target", default="local", show_default=True, help="A name of targets/, or a path.")
@click.option("--for", "gate", metavar="GATE", help="Just what the gate lacks and a run can bring.")
@click.option("--plan", "plan_only", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the run (or the plan) as JSON.")
@click.option(
    "-n", "workers", default="auto", metavar="N", help="So many at a time; 0: one by one."
)
@click.option("-k", "keyword", metavar="WORDS", help="Only cases whose names match (pytest's -k).")
@click.option("-x", "stop", is_flag=True, help="Stop at the first case that does not pass.")
@click.option("--fault", metavar="SYSTEM.NAME", help="Plant a fault; the run is never judged.")
@click.option("--seed", type=int, help="Repeat the random schedules of an earlier run.")
@click.option("--store", default="reports", show_default=True, help="Where all of it is written.")
@click.option("--shard", type=ShardOf(), metavar="K/N", help="Ask only shard K of N's claims.")
@click.option("--run-id", metavar="ID", help="The run's name.  [default: a new one]")
@click.pass_obj
def verify(extra: tuple[str, ...], /, *, plan_only: bool, gate: str | None, **options: Any) -> int:
    """
    Hold claims against a deployment, and show what was found.

    SELECT is a system, a claim's id or a glob; without any, every claim is meant. A claim that the
    target does not permit or provide is not asked: it stays without a verdict, and is counted on
    the last line. What follows `--` is handed to pytest.

    Everything that was found out stands in reports/runs/<id>/, and is signed in reports/log/; the
    last line is the head of that log, for `proofbook gate --head`. Shards of one run share its
    --run-id.
    """
    from proofbook.cli import planning, verifying

    if gate is not None:
        from proofbook.cli import gating

        options["select"] = gating.lacking(gate, **options)
        if not options["select"]:
            return Exit.PASS
    asked = verifying.Verification(**options, extra=extra)
    return planning.show(asked) if plan_only else verifying.run(asked)
