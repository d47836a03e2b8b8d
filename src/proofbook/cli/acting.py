"""Sign answers and waivers, and put them on the log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from proofbook import targets
from proofbook.acts import NO, NOT_APPLICABLE, YES, SignOff, Waiver
from proofbook.cli import here
from proofbook.cli.asking import moment, read_log, releases
from proofbook.cli.hands import hand, span
from proofbook.errors import Place, PolicyError, Problem
from proofbook.judging import archive
from proofbook.judging.releases import fits
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.cli.hands import Hand
    from proofbook.targets import Target

_ANSWERS = {"yes": YES, "no": NO, "not-applicable": NOT_APPLICABLE}
#: How long an answer lasts, where neither its sentence nor whoever answers says.
_LASTS = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOff:
    """What the command line answers."""

    claims: tuple[str, ...]
    answer: str
    note: str
    role: str | None
    lasts: str | None
    target: str
    release: tuple[str, ...]
    key: str | None
    policy: str | None
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiving:
    """What the command line waives."""

    claims: tuple[str, ...]
    verdict: str
    reason: str
    until: str
    owner: str
    target: str
    key: str | None
    policy: str | None
    store: str


def sign_off(asked: SigningOff) -> int:
    """Answer claims; each answer is an act of its own."""
    if asked.answer != "yes" and not asked.note.strip():
        raise click.UsageError(f"--answer {asked.answer} needs a --note that says why.")
    person = hand(key=asked.key, policy=asked.policy, store=asked.store)
    where = targets.load(person.root, asked.target)
    release = seen(person, where, releases(asked.release))
    for claim in named(person, asked.claims):
        said = _role(claim, asked.role)
        ends = span(asked.lasts) if asked.lasts else claim.valid_for or _LASTS
        word = SignOff(
            claim=claim.id,
            digest=claim.digest,
            target=where.called,
            kind=where.kind,
            release=release,
            role=said,
            answer=_ANSWERS[asked.answer],
            note=asked.note,
            until=(person.now + ends).isoformat(),
        )
        head, who = person.sign(word, {said})
        click.echo(f"{claim.id}: {who.name} ({said}) says {word.answer} until {word.until}")
        click.echo(f"  {claim.sentence}")
        click.echo(f"head of the log: {head}")
    return Exit.PASS


def waive(asked: Waiving) -> int:
    """Waive claims; each waiver is an act of its own."""
    person = hand(key=asked.key, policy=asked.policy, store=asked.store)
    where = targets.load(person.root, asked.target)
    ends = moment(asked.until)
    if ends <= person.now:
        raise click.UsageError(f"{asked.until} is over; a waiver ends later than it begins.")
    for claim in named(person, asked.claims):
        roles = _waivers(person, claim, ends - person.now)
        word = Waiver(
            claim=claim.id,
            digest=claim.digest,
            target=where.called,
            kind=where.kind,
            verdict=asked.verdict,
            owner=asked.owner,
            reason=asked.reason,
            until=ends.isoformat(),
        )
        head, who = person.sign(word, roles)
        click.echo(
            f"{claim.id}: {who.name} waives {asked.verdict} on {where.called} until {word.until}"
        )
        click.echo(f"head of the log: {head}")
    return Exit.PASS


def seen(person: Hand, where: Target, wanted: Mapping[str, str]) -> Mapping[str, str]:
    """
    The whole release that is meant: what the newest run on a target saw that fits what was named.

    What was named, where no run fits; a usage error where nothing was named either.
    """
    laid_out = archive(read_log(person.root, person.store))
    for entry in reversed(laid_out.entries):
        if entry.run.target == where.called and (not wanted or fits(wanted, entry.run.release)):
            return dict(entry.run.release)
    if wanted:
        return wanted
    raise click.UsageError(
        f"no run on {where.called} says which release it is; name it: --release PART=DIGEST."
    )


def named(person: Hand, words: Sequence[str]) -> Iterator[Claim]:
    """The claims that are meant, each by its whole id: nobody signs a glob."""
    known = {claim.id: claim for book in here.runbooks(person.root) for claim in book.claims}
    here.chosen(words, known)
    for word in words:
        if word not in known:
            raise click.UsageError(f"{word!r} is no claim's id; what is signed is named whole.")
        yield known[word]


def _role(claim: Claim, said: str | None) -> str:
    if not claim.by:
        raise click.UsageError(f"{claim.id} has a check; no person answers it.")
    if said is None and len(claim.by) == 1:
        return claim.by[0]
    if said not in claim.by:
        roles = " or ".join(claim.by)
        raise click.UsageError(f"{claim.id} is answered by {roles}; say as whom: --role.")
    return said


def _waivers(person: Hand, claim: Claim, lasts: timedelta) -> frozenset[str]:
    """The roles that may waive it for so long at some gate; `PolicyError` where none may."""
    gates = [gate for gate in person.policy.gates.values() if gate.may_waive(claim.id)]
    fit = [gate for gate in gates if lasts <= gate.longest_waiver]
    if fit:
        return frozenset().union(*(gate.waived_by for gate in fit))
    longest = ", ".join(f"{gate.name} for {gate.longest_waiver.days} d" for gate in gates)
    why = f"gates let it be waived at most: {longest}" if gates else "no gate lets it be waived"
    where = Place(person.policy.path, 1)
    raise PolicyError([Problem(where, f"{claim.id}: {why}. Nothing was put on the log.")])
