"""Sign that a sentence means the same in its new words, or that a claim is gone on purpose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from proofbook.acts import Retirement, Rewording
from proofbook.cli import here
from proofbook.cli.acting import named
from proofbook.cli.asking import read_log
from proofbook.judging import archive
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.cli.hands import Hand
    from proofbook.evidence import Record


def reword(person: Hand, claims: Sequence[str]) -> int:
    """Sign that new words mean the same; the old ones are those of the newest evidence."""
    owners = {c.id: book.owner for book in here.runbooks(person.root) for c in book.claims}
    laid_out = archive(read_log(person.root, person.store))
    for claim in named(person, claims):
        recorded = [
            record
            for entry in laid_out.entries
            for record in _records(entry.records, claim)
            if record.claim_digest != claim.digest
        ]
        if not recorded:
            raise click.UsageError(
                f"no evidence of {claim.id} in other words; nothing is to be signed."
            )
        word = Rewording(claim=claim.id, before=recorded[-1].claim_digest, after=claim.digest)
        owner = owners.get(claim.id)
        head, who = person.sign(word, {owner} if owner else ())
        click.echo(f"{claim.id}: {who.name} says that these mean the same:")
        click.echo(
            f"  was  {recorded[-1].sentence}\n  is   {claim.sentence}\nhead of the log: {head}"
        )
    return Exit.PASS


def retire(person: Hand, claims: Sequence[str], reason: str) -> int:
    """Sign that claims are gone on purpose; those that are not gone are refused."""
    known = {claim.id for book in here.runbooks(person.root) for claim in book.claims}
    roles = {role for gate in person.policy.gates.values() for role in gate.retired_by}
    for claim in claims:
        if claim in known:
            raise click.UsageError(f"{claim} stands in the runbooks; take it out first.")
        head, who = person.sign(Retirement(claim=claim, reason=reason), roles)
        click.echo(f"{claim}: retired by {who.name}\nhead of the log: {head}")
    return Exit.PASS


def _records(records: Mapping[str, Record], claim: Claim) -> Iterator[Record]:
    for id_ in (claim.formerly, claim.id):
        if id_ is not None and id_ in records:
            yield records[id_]
