"""
Overrides: in an emergency people let a release through a gate that is shut.

An override is the word of two people, each signing the same for the same release, and ends four
hours after the first of them signed at the latest. The gate reads FAILED all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.acts import Override, instant
from proofbook.judging.releases import fits
from proofbook.policy import LONGEST_OVERRIDE, OVERRIDERS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proofbook.gate.question import Question
    from proofbook.judging import Archive
    from proofbook.log import Act

Group = tuple[Override, tuple["Act", ...], tuple[str, ...]]


def in_force(question: Question, laid_out: Archive, release: Mapping[str, str]) -> tuple[Act, ...]:
    """The signed acts of the overrides of this gate, target and release that count now."""
    groups = signed(question, laid_out)
    return tuple(
        act
        for word, acts, people in groups
        if len(people) >= OVERRIDERS and fits(word.release, release)
        for act in acts
    )


def signed(question: Question, laid_out: Archive) -> Iterator[Group]:
    """Each override of this gate and target that has not ended: its words, acts, and who signed."""
    groups: dict[str, list[tuple[Act, Override]]] = {}
    for act, word in laid_out.spoken(Override):
        if word.gate == question.gate.name and question.target in (None, word.target):
            groups.setdefault(repr(word), []).append((act, word))
    for group in groups.values():
        word, first = group[0][1], min(act.at for act, _ in group)
        until = instant(word.until)
        if not first <= question.now < until or until - first > LONGEST_OVERRIDE:
            continue
        acts = tuple(act for act, _ in group if act.at <= question.now)
        yield (
            word,
            acts,
            tuple(dict.fromkeys(name for act in acts for name in _people(question, act))),
        )


def _people(question: Question, act: Act) -> tuple[str, ...]:
    roles = question.gate.overridden_by
    found = question.policy.speakers(act.signers, roles, dated=act.at, now=question.now)
    return tuple(each.name for each in found)
