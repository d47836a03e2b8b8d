"""What answers to attacks say; pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from proofbook.instruments.signatures.bench import SERVER_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proofbook.instruments.webhooks.signing import Request

#: Kinds that judges know: signatures by other keys, and the request that all attacks were made of.
KEYS = "other key"
ITSELF = "the request itself"
REFUSALS = range(400, SERVER_ERROR)
DONE = range(200, 300)
#: So much of an answer is shown.
SHOWN = 120


class Right(Enum):
    """What is the right answer to a request."""

    #: 2xx, and it takes effect.
    TAKEN = "taken"
    #: 4xx, and no effect.
    REFUSED = "refused"
    #: Whatever is answered, it does not take effect a second time.
    WITHOUT_EFFECT = "without effect"
    #: Whatever the receiver makes of it, it does not break.
    UNBROKEN = "unbroken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One request, and what is right."""

    #: What kind of attack it is, and which of that kind.
    kind: str
    name: str
    request: Request
    right: Right = Right.REFUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of it."""

    #: 0 where no answer came.
    status: int
    #: Without what differs in each answer, such as an id: answers that tell nobody apart are compared.
    said: str = ""
    #: How often it took effect; `None` where nobody can tell.
    effects: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """An attack with its answer."""

    attack: Attack
    answer: Answer

    def __str__(self) -> str:
        said = " ".join(self.answer.said.split())[:SHOWN]
        status = self.answer.status or "no answer"
        return f"{self.attack.kind}: {self.attack.name}: {status}" + (f" {said}" if said else "")


def broke(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Requests at which the receiver broke: a 5xx, or no answer at all."""
    return tuple(str(each) for each in outcomes if _is_broken(each))


def not_refused(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Requests that are not what was signed, and were answered otherwise than with 4xx, or took effect."""
    return tuple(
        str(each)
        for each in outcomes
        if each.attack.right is Right.REFUSED and not _is_broken(each) and not _is_refused(each)
    )


def not_taken(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Requests that were signed as they should be, and were not taken once."""
    return tuple(
        str(each)
        for each in outcomes
        if each.attack.right is Right.TAKEN and not _is_broken(each) and not _is_taken(each)
    )


def repeated(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Requests that took effect again."""
    return tuple(
        str(each)
        for each in outcomes
        if each.attack.right is Right.WITHOUT_EFFECT and each.answer.effects
    )


def told_apart(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Answers to signatures by keys that do not count: more than one kind of them tells which keys exist."""
    answers = {
        (each.answer.status, each.answer.said): str(each)
        for each in outcomes
        if each.attack.kind == KEYS and each.attack.right is Right.REFUSED
    }
    return tuple(answers.values()) if len(answers) > 1 else ()


def mistakes(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """All of these, each with its word before it."""
    seen = tuple(outcomes)
    found = {
        "broke": broke(seen),
        "not refused": not_refused(seen),
        "not taken": not_taken(seen),
        "took effect again": repeated(seen),
        "tells keys apart": told_apart(seen),
    }
    return tuple(f"{what}: {each}" for what, all_of_it in found.items() for each in all_of_it)


def unasked(outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """Why the answers prove nothing: who takes nothing refuses all attacks; who is asked nothing, too."""
    seen = tuple(outcomes)
    found = []
    if not any(each.attack.right is Right.REFUSED for each in seen):
        found.append("nothing was to be refused")
    sound = [each for each in seen if each.attack.kind == ITSELF]
    if not sound:
        found.append("the request that the attacks were made of was not sent")
    found += [f"not taken: {each}" for each in sound if not _is_taken(each)]
    return tuple(found)


def _is_broken(outcome: Outcome) -> bool:
    return not outcome.answer.status or outcome.answer.status >= SERVER_ERROR


def _is_refused(outcome: Outcome) -> bool:
    return outcome.answer.status in REFUSALS and not outcome.answer.effects


def _is_taken(outcome: Outcome) -> bool:
    return outcome.answer.status in DONE and outcome.answer.effects in (None, 1)
