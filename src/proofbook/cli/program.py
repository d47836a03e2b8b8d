"""
The group of verbs, and how the program ends.

A verb's module is imported when it is used, so that the program answers at once. Whatever a verb
raises becomes one message and one exit code: a traceback is written to a file, never at a person.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

import click

from proofbook.cli import crash
from proofbook.cli.teaching import write_examples
from proofbook.errors import ProofbookError
from proofbook.report.exits import Exit, exit_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Verb → its module and what it does, in the words of the module's own help.
VERBS = {
    "verify": ("verify", "Hold claims against a deployment, and show what was found."),
    "lint": ("lint", "List promises without proof, and proof without promise."),
    "run": (
        "run",
        "Walk the steps of RUNBOOK: run each, check it, stop at the first that fails.",
    ),
    "drill": ("drill", "Rehearse restores, record them, and say when the next one is due."),
    "fingerprint": (
        "fingerprint",
        "Run a dump, and write the manifest of what is in it.",
    ),
    "faults": ("faults", "Break each SYSTEM in every way it knows, and see each check fail."),
    "up": ("stack", "Start the systems of a target for a person, and say where."),
    "down": ("stack", "Stop what `proofbook up` started, and remove its data."),
    "status": ("stack", "Say what `proofbook up` started, and where; exits 5 if nothing stands."),
    "gate": ("gate", "Say whether gate NAME opens, and why not."),
    "checklist": ("gate", "Print what gate NAME asks for as a list, ticked by evidence."),
    "sign-off": (
        "people",
        "Answer a claim that no machine can check, with the SSH key that you have.",
    ),
    "waive": ("people", "Answer for a claim that is not proved, until an instant."),
    "override": (
        "people",
        "Let a release through a gate that is shut: the word of two people, for four hours at most.",
    ),
    "reword": (
        "people",
        "Sign that a sentence means the same in its new words, so that its evidence stays.",
    ),
    "retire": ("people", "Sign that a claim is gone on purpose."),
    "log": ("log", "Verify, show and prune the signed log of all runs."),
    "merge": ("merge", "Join stores, and the shards of a run, into one."),
    "export": (
        "export",
        "Tell a run to other programs: JUnit, CTRF, Markdown, and a signed attestation.",
    ),
    "rules": ("rules", "Print the alert rules of SYSTEM, made of its claims."),
    "site": ("site", "Build the pages that show each claim with its verdict."),
}
EXAMPLES = {
    "proofbook lint": "what is promised and not proved",
    "proofbook verify": "prove what the local target permits",
    "proofbook verify --plan": "say what that would do, and do nothing",
    "proofbook verify --help": "more of one verb",
}
EXITS = {
    Exit.PASS: "all that was asked holds",
    Exit.FAIL: "a claim does not hold; for lint: something is listed",
    Exit.INVALID: "a runbook, target or command line is wrong, or the deployment is another one",
    Exit.NO_VERDICT: "nothing was inspected, or something that was asked gave no verdict",
    Exit.STALE: "evidence is too old",
    Exit.NOT_ROLLED_BACK: "what the steps of a runbook had begun could not be undone",
    Exit.LOG: "the log or its evidence is damaged, or a key does not fit",
    Exit.ABORTED: "interrupted",
    Exit.INTERNAL: "this program or this machine failed",
}


class Verbs(click.Group):
    """A group whose verbs are imported one by one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which a person meets them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb; `None` if there is none of that name."""
        del ctx
        if cmd_name not in VERBS:
            return None
        found = getattr(
            import_module(f"proofbook.cli.{VERBS[cmd_name][0]}"), cmd_name.replace("-", "_")
        )
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with what they do, none of them imported."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl([(verb, does) for verb, (_, does) in VERBS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, and what the exit codes mean."""
        del ctx
        write_examples(formatter, EXAMPLES)
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), does) for code, does in EXITS.items()])


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="proofbook", message="%(prog)s %(version)s")
def program() -> None:
    """
    Runbooks that prove themselves.

    Every promise of a runbook has an id, and a check that holds it against a live deployment.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; its exit code. Messages go to standard error, results to standard output."""
    try:
        ended = program.main(arguments, prog_name="proofbook", standalone_mode=False)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return Exit.INVALID
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        return Exit.ABORTED
    except ProofbookError as error:
        _say(str(error))
        return exit_of(error)
    except SystemExit:
        # Click's answer to a reader that has gone, with a code that means something else here.
        return Exit.INTERNAL
    except Exception as error:  # noqa: BLE001 - the last resort: a file for us, a sentence for people
        _say(crash.kept(error))
        return Exit.INTERNAL
    return ended if isinstance(ended, int) else Exit.PASS


def _say(message: str) -> None:
    click.echo(message, err=True)
