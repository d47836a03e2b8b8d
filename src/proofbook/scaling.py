"""
Smaller values for a small environment.

A target's `[scale]` may lower what a sentence sets (`workers = 40`), never a bound, and never raises
anything; the evidence says so: `scaled 4/40`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from proofbook.errors import Place, Problem
from proofbook.measurements import amount, is_amount, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proofbook.claims.model import Claim, Value
    from proofbook.targets.model import Target

#: What a target gives in place of a number (in the sentence's unit) or of a duration.
Scale = float | timedelta
#: The scale of every claim.
EVERY = "*"


class Scaled(NamedTuple):
    """The values that a check gets, and what was lowered: `scaled 4/40`, or ""."""

    values: tuple[Value, ...]
    note: str


def scale_of(claim: Claim, scale: Mapping[str, Mapping[str, Scale]]) -> Mapping[str, Scale]:
    """What a target's whole scale says of one claim; its own values win over everybody's."""
    return {**scale.get(EVERY, {}), **scale.get(claim.id, {})} if scale else {}


def scaled(claim: Claim, scale: Mapping[str, Scale]) -> Scaled:
    """The values of a claim, those lowered that `scale` lowers."""
    if not scale:
        return Scaled(claim.values, "")
    values = tuple(_lowered(value, scale.get(value.name)) for value in claim.values)
    pairs = [(new, old) for new, old in zip(values, claim.values, strict=True) if new is not old]
    if not pairs:
        return Scaled(claim.values, "")
    shares = [f"{_short(new)}/{_short(old)}" for new, old in pairs]
    if len(pairs) > 1:
        shares = [f"{new.name} {share}" for (new, _), share in zip(pairs, shares, strict=True)]
    return Scaled(values, f"scaled {', '.join(shares)}")


def _lowered(value: Value, smaller: Scale | None) -> Value:
    """The value with the smaller literal; itself where it is a bound, text, or smaller already."""
    literal = value.literal
    if smaller is None or value.op != "=" or not is_amount(literal):
        return value
    number = plain(smaller, value.unit) if isinstance(smaller, timedelta) else smaller
    if number >= plain(literal, value.unit):
        return value
    return replace(value, literal=amount(number, literal, value.unit))


def _short(value: Value) -> str:
    return f"{plain(value.literal, value.unit):g}" if is_amount(value.literal) else value.text


def misfits(claims: Mapping[str, Claim], target: Target) -> Iterator[Problem]:
    """What a target's scale names that no sentence sets: an unknown claim or value, or a bound."""
    for id_, names in target.scale.items():
        place = Place(target.path, 1)
        if id_ == EVERY:
            continue
        if id_ not in claims:
            yield Problem(place, f"[scale] names {id_}, which no runbook states; correct the id")
            continue
        stated = {value.name: value for value in claims[id_].values}
        for name in names:
            if name not in stated:
                there = ", ".join(stated) or "nothing"
                yield Problem(place, f"[scale] names '{name}' of {id_}, which states {there}")
            elif stated[name].op != "=":
                yield Problem(
                    place,
                    f"[scale] lowers `{stated[name].text}` of {id_}, which is a bound; "
                    "only what is set with = can be lowered",
                )
