"""
What people and the tool put on the log beside runs: one value for each kind of act.

The fields are the keys of an act's body, in their order. `said` reads a body strictly: what is not
exactly an act's body is none, so that nobody's guess about a damaged one opens a gate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from proofbook.drills import Drill
from proofbook.log import head
from proofbook.runs.fields import built, plain_fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proofbook.log import Act

_PLACE = re.compile(r".+:[1-9][0-9]*")

YES, NO, NOT_APPLICABLE = "yes", "no", "not applicable"
ANSWERS = (YES, NO, NOT_APPLICABLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignOff:
    """A person's answer to a claim that no machine can check."""

    claim: str
    #: Of the claim as it was read.
    digest: str
    target: str
    #: The target's kind.
    kind: str
    release: Mapping[str, str] = field(default_factory=dict)
    #: In which role the person answers.
    role: str
    answer: str
    note: str
    #: RFC 3339 with an offset, as in every act.
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Somebody answers for a claim that is not proved, until an instant."""

    claim: str
    digest: str
    target: str
    kind: str
    #: The verdict that it is laid over; over no other.
    verdict: str
    owner: str
    reason: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """People let a release through a gate that is shut; the gate stays FAILED."""

    gate: str
    target: str
    release: Mapping[str, str] = field(default_factory=dict)
    reason: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """A claim is gone on purpose."""

    claim: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewording:
    """A sentence says the same in other words: digests of the claim before and after."""

    claim: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """How a claim stood when a gate decided, and enough to ask for it when it is gone."""

    claim: str
    verdict: str
    digest: str
    sentence: str
    #: `path:line`.
    place: str
    #: The run that counted; "" where none did.
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """A gate's decision."""

    gate: str
    target: str | None
    release: Mapping[str, str] = field(default_factory=dict)
    #: Digest of the policy file.
    policy: str
    opens: bool
    exit: int
    claims: tuple[Cited, ...]
    #: Every head that the log held, as printed.
    heads: tuple[str, ...]
    #: The chains that made the decision: not to be pruned.
    cites: tuple[str, ...]


Said = SignOff | Waiver | Override | Retirement | Rewording | Ruling | Drill
#: The kind of an act → what its body is.
KINDS: Mapping[str, type[Said]] = {
    "answer": SignOff,
    "waiver": Waiver,
    "override": Override,
    "retirement": Retirement,
    "rewording": Rewording,
    "decision": Ruling,
    "drill": Drill,
}


def kind_of(value: Said) -> str:
    """The kind of act that says it."""
    return next(kind for kind, each in KINDS.items() if isinstance(value, each))


def body(value: Said) -> dict[str, object]:
    """The body of the act that says it."""
    return plain_fields(value)


def said(act: Act) -> Said | None:
    """What an act says; `None` for kinds that are not read here, `ValueError` for what is none."""
    kind = KINDS.get(act.kind)
    if kind is None:
        return None
    found = built(kind, dict(act.body), act.kind)
    if isinstance(found, SignOff) and found.answer not in ANSWERS:
        raise ValueError(f"its answer is {found.answer!r}, not {', '.join(ANSWERS)}")
    if isinstance(found, SignOff | Waiver | Override):
        instant(found.until)
    if isinstance(found, Ruling):
        _check(found)
    return found


def _check(ruling: Ruling) -> None:
    """Raise `ValueError` for what cannot be asked for again: a head, or the place of a claim."""
    for text in ruling.heads:
        head(text)
    for cited in ruling.claims:
        if not _PLACE.fullmatch(cited.place):
            raise ValueError(f"{cited.claim}: its place is {cited.place!r}, not path:line")


def instant(text: str) -> datetime:
    """An aware instant; `ValueError` for any other text."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text} is an instant without an offset")
    return found
