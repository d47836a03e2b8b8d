"""`proofbook gate` and `proofbook checklist`: may this release go on, and what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from proofbook.cli.teaching import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

_OPTIONS = (
    click.argument("name", metavar="NAME"),
    click.option("--target", help="The deployment that is meant: a name of targets/, or a path."),
    click.option(
        "--release",
        multiple=True,
        metavar="PART=DIGEST",
        help="What is to be released. May be repeated.  [default: what the newest trusted run saw]",
    ),
    click.option("--at", metavar="INSTANT", help="Decide as of then, and record nothing."),
    click.option(
        "--head",
        "heads",
        multiple=True,
        metavar="HEAD",
        help="The log must go on from this head, as a run or a decision printed it.",
    ),
    click.option("--policy", metavar="FILE", help="Policy and keys.  [default: gates.toml]"),
    click.option("--store", default="reports", show_default=True, help="The folder with the log."),
    click.option("--json", "as_json", is_flag=True, help="Print the whole of it as JSON."),
)


def asked(command: Callable[..., int]) -> Callable[..., int]:
    """The options that every question about a gate has."""
    wrapped: Any = command
    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    found: Callable[..., int] = wrapped
    return found


@click.command(
    cls=Verb,
    examples={
        "proofbook gate local": "whether the stand-ins prove what they can",
        "proofbook gate promote --target staging --release api=sha256:…": "one release, one place",
        "proofbook gate promote --explain": "the least that is missing, and the cheapest way to green",
        "proofbook gate promote --at 2027-01-04T06:00:00Z": "whether it would open then",
        "proofbook gate promote --policy main.toml --head …": "another branch's rules, a pinned log",
    },
)
@asked
@click.option("--explain", is_flag=True, help="Say what is missing, and the cheapest way to it.")
@click.option(
    "--out", metavar="DIR", help="Also write JUnit, CTRF, Markdown and a signed VSA there."
)
def gate(*, as_json: bool, explain: bool, out: str | None, **options: Any) -> int:
    """
    Say whether gate NAME opens, and why not.

    The answer follows from the policy, the runbooks, the checks as they are, the log and the time,
    and from nothing else. It is put on the log with every head that it saw, and its own head is
    printed: give that to the next one with --head, and whatever is taken from the log between them
    is missed. Exits 0 if the gate opens; 1, 5 or 6 by the worst that does not hold; 8 where the log,
    a signature or trust is what is wrong.
    """
    from proofbook.cli.asking import Asking
    from proofbook.cli.gating import show

    return show(Asking(**options), as_json=as_json, explain=explain, out=out)


@click.command(
    cls=Verb,
    examples={
        "proofbook checklist predeploy": "the list as Markdown, ticked by evidence",
        "proofbook checklist predeploy --json": "the same for a script",
    },
)
@asked
def checklist(*, as_json: bool, **options: Any) -> int:
    """
    Print what gate NAME asks for as a list, ticked by evidence.

    What is not ticked says what is missing and who can answer it. Nothing is put on the log. Exits
    as `proofbook gate` would.
    """
    from proofbook.cli.asking import Asking
    from proofbook.cli.gating import show_list

    return show_list(Asking(**options), as_json=as_json)
