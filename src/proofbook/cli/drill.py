"""`proofbook drill`: rehearse a restore, say what is due, and write it down for an auditor."""

from __future__ import annotations

from typing import Any

import click

from proofbook.cli.teaching import Verb, write_examples

_TARGET = click.option(
    "--target", default="local", show_default=True, help="A name of targets/, or a path."
)
_STORE = click.option(
    "--store", default="reports", show_default=True, help="The folder with the log."
)


class Drills(click.Group):
    """A group whose help ends with examples."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The examples."""
        del ctx
        write_examples(
            formatter,
            {
                "proofbook drill restore --system kernel": "rehearse every backup of a system",
                "proofbook drill --due": "what is due when; exits 6 if something is late",
                "proofbook drill export --into audit.tar.gz": "for somebody who trusts nobody",
            },
        )


@click.group(cls=Drills, invoke_without_command=True)
@click.option("--due", is_flag=True, help="List when each backup is to be drilled again.")
@_TARGET
@_STORE
@click.option("--json", "as_json", is_flag=True, help="Print what is due as JSON.")
@click.pass_context
def drill(ctx: click.Context, *, due: bool, target: str, store: str, as_json: bool) -> int:
    """Rehearse restores, record them, and say when the next one is due."""
    if ctx.invoked_subcommand is not None:
        return 0
    if not due:
        raise click.UsageError("say what to do: drill restore, drill export, or drill --due")
    from proofbook.cli import due as listing

    return listing.due(target=target, store=store, as_json=as_json)


@drill.command(
    cls=Verb,
    examples={
        "proofbook drill restore --system kernel": "every backup of [systems.kernel.backups]",
        "proofbook drill restore --system kernel --backup daily": "one of them",
        "proofbook drill restore --system kernel --target prod --resume 20261121T123456Z-1a2b3c": (
            "go on after the last phase that was done"
        ),
    },
)
@click.option("--system", required=True, help="Whose backups.")
@click.option("--backup", "names", multiple=True, metavar="NAME", help="Only this one. Repeatable.")
@_TARGET
@click.option("--resume", metavar="RUN", help="Go on with an earlier drill, by its id.")
@_STORE
@click.option("--json", "as_json", is_flag=True, help="Print the records as JSON.")
def restore(**options: Any) -> int:
    """
    Restore the newest backup into a cluster of this run's own, and hold it to what it says.

    At a stand-in or twin the system is started, filled and backed up first. At a deployment its backups
    are listed and fetched by the target's own commands; nothing is written to it. What is damaged on
    purpose must be noticed, every time. What was restored is destroyed at the end.

    Exits 1 if something does not hold, 5 if something could not be found out.
    """
    from proofbook.cli import drilling

    return drilling.restore(drilling.Asked(**options))


@drill.command(
    cls=Verb,
    examples={"proofbook drill export --into audit.tar.gz": "the newest drill of each backup"},
)
@click.option("--into", required=True, metavar="FILE", help="The archive, a .tar.gz.")
@click.option(
    "--run", "run_id", metavar="RUN", help="Only this run.  [default: the newest of each]"
)
@_STORE
def export(*, into: str, run_id: str | None, store: str) -> int:
    """
    Write an archive for an auditor: each drill as it was signed, and a verifier that needs nothing of ours.

    The verifier is one Python file that uses Python's own library and the program `openssl`.
    """
    from proofbook.cli import auditing

    return auditing.export(into=into, run_id=run_id, store=store)
