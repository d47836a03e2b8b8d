"""Let a release through a gate that is shut: the word of two people, and never a pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from proofbook import policy as policies
from proofbook import targets
from proofbook.acts import Override
from proofbook.cli import here
from proofbook.cli.acting import seen
from proofbook.cli.asking import moment, read_log, read_policy, releases
from proofbook.cli.hands import hand, span
from proofbook.errors import LogError, NoVerdict
from proofbook.gate import Question
from proofbook.gate.overrides import signed as signed_overrides
from proofbook.gate.telling import release_text
from proofbook.judging import archive
from proofbook.judging.releases import fits
from proofbook.policy import LONGEST_OVERRIDE, OVERRIDERS
from proofbook.report import Exit

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.cli.hands import Hand
    from proofbook.gate.overrides import Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Overriding:
    """What the command line overrides."""

    gate: str
    reason: str
    lasts: str
    second: bool
    in_force: bool
    target: str
    release: tuple[str, ...]
    key: str | None
    policy: str | None
    store: str


def override(asked: Overriding) -> int:
    """Sign an override, or say whether one counts."""
    if asked.in_force:
        return _say(asked)
    person = hand(key=asked.key, policy=asked.policy, store=asked.store)
    roles = policies.find(person.policy, asked.gate).overridden_by
    word = _theirs(asked, person.root) if asked.second else _mine(asked, person)
    head, who = person.sign(word, roles)
    counts = any(
        word == each and len(people) >= OVERRIDERS
        for each, _, people in _groups(asked, person.root)
    )
    missing = "" if counts else "; it counts when another person has signed it with --second"
    click.echo(f"{who.name} overrides {word.gate} on {word.target} until {word.until}{missing}")
    click.echo(f"  {word.reason}\nhead of the log: {head}")
    return Exit.PASS


def _mine(asked: Overriding, person: Hand) -> Override:
    """The words of the first."""
    if not asked.reason.strip():
        raise click.UsageError("an override needs a --reason.")
    ends = span(asked.lasts)
    if ends > LONGEST_OVERRIDE:
        raise click.UsageError(f"{asked.lasts} is too long; an override ends after 4 h at most.")
    where = targets.load(person.root, asked.target)
    return Override(
        gate=asked.gate,
        target=where.called,
        release=seen(person, where, releases(asked.release)),
        reason=asked.reason,
        until=(person.now + ends).isoformat(),
    )


def _theirs(asked: Overriding, root: Path) -> Override:
    """The words that somebody else has signed, and nobody a second time."""
    waiting = [word for word, _, people in _groups(asked, root) if len(people) < OVERRIDERS]
    if not waiting:
        raise LogError(
            f"no override of {asked.gate} on {asked.target} waits for a second person. Begin one."
        )
    return waiting[-1]


def _groups(asked: Overriding, root: Path) -> list[Group]:
    rules, log = read_policy(root, asked.policy), read_log(root, asked.store)
    question = Question(
        gate=policies.find(rules, asked.gate),
        policy=rules,
        promises=(),
        log=log,
        now=moment(None),
        target=targets.load(root, asked.target).called,
    )
    return list(signed_overrides(question, archive(log)))


def _say(asked: Overriding) -> int:
    """Print the override that counts now; raises `NoVerdict` where none does."""
    wanted = releases(asked.release)
    for word, _, people in _groups(asked, here.root()):
        if len(people) >= OVERRIDERS and (not wanted or fits(wanted, word.release)):
            names, parts = " and ".join(people), release_text(word.release)
            click.echo(f"{word.gate} on {word.target} is overridden until {word.until} by {names}")
            click.echo(f"  {word.reason} · release {parts or 'none stated'}")
            return Exit.PASS
    raise NoVerdict(f"no override of {asked.gate} on {asked.target} counts now.")
