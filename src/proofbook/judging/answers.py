"""
What people answered to a claim that no machine can check.

Each role that the sentence names must be answered by somebody who has it, and two roles by two
people. A `no` stands until whoever said it says otherwise; a `yes` ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proofbook.acts import NO, NOT_APPLICABLE, SignOff, instant
from proofbook.judging.releases import differences
from proofbook.judging.standing import Standing
from proofbook.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from proofbook.judging.archive import Archive
    from proofbook.judging.promise import Promise
    from proofbook.judging.terms import Terms
    from proofbook.log import Act


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """One person's answer in one role."""

    act: Act
    sign_off: SignOff
    who: str
    until: datetime


def answered(promise: Promise, archive: Archive, terms: Terms) -> Standing:
    """How a claim with `by` stands."""
    claim = promise.claim
    words = tuple(_latest(promise, archive, terms))
    mine = [word for word in words if not _stale(word, promise, terms)]
    for word in mine:
        if word.sign_off.answer == NO:
            return Standing(
                claim=claim,
                judged=Verdict.FAIL,
                reason=f"{word.who} ({word.sign_off.role}) says no: {word.sign_off.note}",
                answers=(word.act,),
            )
    valid = [word for word in mine if word.until > terms.now]
    chosen = _distinct(claim.by, valid, {})
    if chosen is None:
        return _awaiting(promise, words, valid, terms)
    notes = [
        f"not applicable: {w.sign_off.note}" for w in chosen if w.sign_off.answer == NOT_APPLICABLE
    ]
    return Standing(
        claim=claim,
        judged=Verdict.PASS,
        reason="; ".join(notes),
        answers=tuple(word.act for word in chosen),
        valid_until=min(word.until for word in chosen),
    )


def _latest(promise: Promise, archive: Archive, terms: Terms) -> Iterator[_Word]:
    """Each person's last answer in each role."""
    found: dict[tuple[str, str], _Word] = {}
    for act, word in archive.spoken(SignOff):
        if word.claim != promise.claim.id or word.role not in promise.claim.by:
            continue
        if act.at > terms.now or not terms.fits(word.target, word.kind):
            continue
        for person in _people(act, word, terms):
            found[person, word.role] = _Word(
                act=act, sign_off=word, who=person, until=_until(act, word, terms)
            )
    yield from found.values()


def _people(act: Act, word: SignOff, terms: Terms) -> Iterator[str]:
    """Who of the signers may say so; a `no` counts also with a key whose time is over."""
    for key in act.signers:
        who = terms.policy.principal(key)
        if (
            who
            and word.role in who.roles
            and (word.answer == NO or who.may_speak(act.at, terms.now))
        ):
            yield who.name


def _until(act: Act, word: SignOff, terms: Terms) -> datetime:
    until = instant(word.until)
    return min(until, act.at + terms.row.max_age) if terms.row.max_age else until


def _stale(word: _Word, promise: Promise, terms: Terms) -> str:
    """Why an answer is to another question; empty if it is not."""
    claim = promise.claim
    if word.sign_off.digest != claim.digest:
        return "the sentence has changed since"
    if claim.valid_for:
        return ""
    changed = differences(claim.system, terms.release, word.sign_off.release)
    return f"another release by now: {changed}" if changed else ""


def _distinct(
    roles: Sequence[str], words: Sequence[_Word], taken: Mapping[str, _Word]
) -> list[_Word] | None:
    """One answer for each role, each of another person, those that last longest first; or none."""
    if not roles:
        return list(taken.values())
    fit = [word for word in words if word.sign_off.role == roles[0] and word.who not in taken]
    for word in sorted(fit, key=lambda word: word.until, reverse=True):
        found = _distinct(roles[1:], words, {**taken, word.who: word})
        if found is not None:
            return found
    return None


def _awaiting(
    promise: Promise, words: Sequence[_Word], valid: Sequence[_Word], terms: Terms
) -> Standing:
    """Whose answer is missing, or has run out."""
    claim = promise.claim
    there = {word.sign_off.role for word in valid}
    missing = [role for role in claim.by if role not in there]
    if not missing:
        reason = f"{' and '.join(claim.by)} are {len(claim.by)} people, and one answered for both"
        return Standing(claim=claim, judged=Verdict.NO_VERDICT, reason=reason)
    old = [word for word in words if word.sign_off.role in missing and word.sign_off.answer != NO]
    if len({word.sign_off.role for word in old}) == len(missing):
        word = old[0]
        why = _stale(word, promise, terms) or f"it ran out on {word.until.isoformat()}"
        reason = f"{word.who} ({word.sign_off.role}) answered, but {why}"
        return Standing(claim=claim, judged=Verdict.STALE, reason=reason, answers=(word.act,))
    people = (each.name for role in missing for each in terms.policy.holders(role))
    names = ", ".join(dict.fromkeys(people))
    reason = f"awaits {' and '.join(missing)} ({names or 'nobody has that role'})"
    return Standing(claim=claim, judged=Verdict.NO_VERDICT, reason=reason)
