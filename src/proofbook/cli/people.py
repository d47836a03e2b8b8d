"""What people sign: answers, waivers, overrides, rewordings and retirements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from proofbook.cli.teaching import Verb

if TYPE_CHECKING:
    from collections.abc import Callable

_TARGET = click.option(
    "--target", default="local", show_default=True, help="A name of targets/, or a path."
)
_RELEASE = click.option(
    "--release",
    multiple=True,
    metavar="PART=DIGEST",
    help="What it is said of. May be repeated.  [default: what the newest run on the target saw]",
)
_SIGNED = (
    click.option(
        "--key",
        metavar="FILE",
        help="Your SSH key, private or, with an agent, public.  [default: ~/.ssh/id_ed25519]",
    ),
    click.option("--policy", metavar="FILE", help="Policy and keys.  [default: gates.toml]"),
    click.option("--store", default="reports", show_default=True, help="The folder with the log."),
)


def signed(command: Callable[..., int]) -> Callable[..., int]:
    """The options of everything that people sign."""
    wrapped: Any = command
    for option in reversed(_SIGNED):
        wrapped = option(wrapped)
    found: Callable[..., int] = wrapped
    return found


@click.command(
    name="sign-off",
    cls=Verb,
    examples={
        "proofbook sign-off coreos.hosted-rollback-known": "yes, for the release that runs",
        "proofbook sign-off ID --answer no --note 'nobody knows'": "no: the gate says fail",
        "proofbook sign-off ID --answer not-applicable --note WHY": "it does not concern this place",
        "proofbook sign-off ID --role DBA --for '7 d' --key ~/.ssh/work": "as whom, and how long",
    },
)
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@click.option(
    "--answer",
    type=click.Choice(["yes", "no", "not-applicable"]),
    default="yes",
    show_default=True,
    help="What you say.",
)
@click.option("--note", default="", help="Why; `no` and `not-applicable` need one.")
@click.option("--role", help="As whom you answer.  [default: the role that the sentence names]")
@click.option(
    "--for", "lasts", metavar="TIME", help="How long it lasts.  [default: its valid_for, or 30 d]"
)
@_TARGET
@_RELEASE
@signed
def sign_off(**options: Any) -> int:
    """
    Answer a claim that no machine can check, with the SSH key that you have.

    Your answer is of the sentence as it stands, of one target and, unless the sentence states
    valid_for, of one release; it ends. gates.toml must know your key and give you the role. Two
    roles need two people.
    """
    from proofbook.cli import acting

    return acting.sign_off(acting.SigningOff(**options))


@click.command(
    cls=Verb,
    examples={
        "proofbook waive ID --verdict fail --owner ada --reason WHY --until 2027-01-08T18:00:00Z": (
            "it goes on although it failed, until then"
        ),
    },
)
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@click.option(
    "--verdict",
    type=click.Choice(["fail", "no_verdict", "stale"]),
    required=True,
    help="What is waived; no other verdict is.",
)
@click.option("--reason", required=True, help="Why it may go on all the same.")
@click.option(
    "--until", required=True, metavar="INSTANT", help="With its offset; never open-ended."
)
@click.option("--owner", required=True, help="Who answers for it.")
@_TARGET
@signed
def waive(**options: Any) -> int:
    """
    Answer for a claim that is not proved, until an instant.

    The verdict stays what it is and is shown beneath the waiver. A gate says which claims may be
    waived, by whom and for how long; what it does not allow does nothing.
    """
    from proofbook.cli import acting

    return acting.waive(acting.Waiving(**options))


@click.command(
    cls=Verb,
    examples={
        "proofbook override promote --target prod --reason WHY --for '2 h'": "the first of two",
        "proofbook override promote --target prod --second": "the other, over the same words",
        "proofbook override promote --target prod --in-force": "exits 0 while one counts, else 5",
    },
)
@click.argument("gate")
@click.option("--reason", default="", help="Why it cannot wait.")
@click.option("--for", "lasts", default="1 h", show_default=True, help="How long; 4 h at most.")
@click.option("--second", is_flag=True, help="Sign what the first has signed.")
@click.option("--in-force", is_flag=True, help="Sign nothing; say whether an override counts now.")
@_TARGET
@_RELEASE
@signed
def override(**options: Any) -> int:
    """
    Let a release through a gate that is shut: the word of two people, for four hours at most.

    The gate reads FAILED all the same, and so does every report of it: whoever goes on on the
    strength of an override asks for it by this command.
    """
    from proofbook.cli import overriding

    return overriding.override(overriding.Overriding(**options))


@click.command(
    cls=Verb,
    examples={"proofbook reword coreos.claimed-once": "its new words mean what the old ones meant"},
)
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@signed
def reword(*, claims: tuple[str, ...], **options: Any) -> int:
    """
    Sign that a sentence means the same in its new words, so that its evidence stays.

    Only the owner of its page can, and only where every value is what it was.
    """
    from proofbook.cli import rewording
    from proofbook.cli.hands import hand

    return rewording.reword(hand(**options), claims)


@click.command(
    cls=Verb,
    examples={
        "proofbook retire coreos.old-promise --reason 'the queue is gone'": "it is no promise"
    },
)
@click.argument("claims", nargs=-1, required=True, metavar="CLAIM...")
@click.option("--reason", required=True, help="Why nobody promises it any more.")
@signed
def retire(*, claims: tuple[str, ...], reason: str, **options: Any) -> int:
    """
    Sign that a claim is gone on purpose.

    A gate that once decided on a claim asks for it until then.
    """
    from proofbook.cli import rewording
    from proofbook.cli.hands import hand

    return rewording.retire(hand(**options), claims, reason)
