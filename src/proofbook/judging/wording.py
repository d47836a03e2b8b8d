"""
Whether an old sentence and the present one are the same promise.

They are if the digest is the same, if only the id changed (`was old.id`), or if the owner of the
page signed that the words changed and the sense did not. An owner can sign that of equal values
only: other numbers are another promise.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from proofbook.acts import Rewording
from proofbook.claims import digest, read
from proofbook.errors import RunbookError

if TYPE_CHECKING:
    from proofbook.claims.model import Value
    from proofbook.evidence import Record
    from proofbook.judging.archive import Archive
    from proofbook.judging.promise import Promise
    from proofbook.judging.terms import Terms

#: How the reason of a sentence with equal values begins.
REWORDED = "reworded"
#: Pages differ in their places only; so much of them is remembered.
_REMEMBERED = 4096


def difference(promise: Promise, record: Record, archive: Archive, terms: Terms) -> str:
    """Why evidence of the recorded sentence is none of the present one; empty if it is."""
    claim = promise.claim
    if record.claim_digest in (claim.digest, _before_rename(promise)):
        return ""
    before = _values(record.sentence)
    if before is None or _meant(before) != _meant(claim.values):
        stated = ", ".join(f"`{value.text}`" for value in before or ()) or "none"
        return f"its sentence has changed, and so have its values; those that were proved: {stated}"
    if record.claim_digest in _same(promise, archive, terms):
        return ""
    owner = promise.owner or "the page's owner"
    return f"{REWORDED} with equal values; {owner} may sign that it means the same"


def _before_rename(promise: Promise) -> str:
    former = promise.claim.formerly
    return digest(former, promise.claim.sentence) if former else promise.claim.digest


def _same(promise: Promise, archive: Archive, terms: Terms) -> frozenset[str]:
    """Digests of every sentence that the owner signed to mean what the present one means."""
    if promise.owner is None:
        return frozenset()
    signed = [
        word
        for act, word in archive.spoken(Rewording)
        if word.claim in (promise.claim.id, promise.claim.formerly)
        and act.at <= terms.now
        and terms.policy.speakers(act.signers, {promise.owner}, dated=act.at, now=terms.now)
    ]
    same = {promise.claim.digest, _before_rename(promise)}
    for _ in signed:
        same |= {word.before for word in signed if word.after in same}
    return frozenset(same)


def _meant(values: tuple[Value, ...]) -> list[tuple[str, str, str]]:
    """Name, operator and literal of each, however it is spelt and wherever it stands."""
    return sorted((value.name, value.op, repr(value.literal)) for value in values)


@lru_cache(maxsize=_REMEMBERED)
def _values(sentence: str) -> tuple[Value, ...] | None:
    """The values of a recorded sentence; `None` where it is none any more."""
    try:
        page = read(f"> **old.sentence** — {sentence}\n", "old.md")
    except RunbookError:
        return None
    return page.claims[0].values if len(page.claims) == 1 else None
