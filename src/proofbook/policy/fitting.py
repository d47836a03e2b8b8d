"""What a policy names that does not exist: claims, kinds and targets, gates."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from proofbook.errors import Place, PolicyError, Problem
from proofbook.selection import nearest, select
from proofbook.targets.model import KINDS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from proofbook.policy.model import Gate, Policy, Row


def find(policy: Policy, name: str) -> Gate:
    """The gate of that name; `PolicyError` where there is none, or none at all."""
    if not policy.gates:
        raise _error(
            policy, "states no gate, so nothing can pass one; add [gates.<name>] with rows."
        )
    if name not in policy.gates:
        near = get_close_matches(name, policy.gates, 1)
        guess = f"; did you mean {near[0]}?" if near else "."
        there = ", ".join(policy.gates)
        raise _error(policy, f"states no gate {name!r}{guess} There are: {there}.")
    return policy.gates[name]


def check(policy: Policy, claims: Collection[str], targets: Collection[str]) -> None:
    """Raise `PolicyError` with every claim and place that the gates name and nobody knows."""
    problems = [
        problem for gate in policy.gates.values() for problem in _of_gate(gate, claims, targets)
    ]
    if problems:
        raise PolicyError(problems)


def _of_gate(gate: Gate, claims: Collection[str], targets: Collection[str]) -> Iterator[Problem]:
    for row in gate.rows:
        yield from _of_row(f"gates.{gate.name}", row, claims, targets)
    for key, words in (("waivers", gate.waivers), ("never_waived", gate.never_waived)):
        yield from _unknown(gate.place, f"gates.{gate.name}.{key}", words, claims)


def _of_row(
    where: str, row: Row, claims: Collection[str], targets: Collection[str]
) -> Iterator[Problem]:
    yield from _unknown(row.place, f"{where}: select", row.select, claims)
    yield from _unknown(row.place, f"{where}: without", row.without, claims)
    for word in row.on:
        if word not in KINDS and word not in targets:
            known = ", ".join((*KINDS, *targets))
            yield Problem(
                row.place,
                f'{where}: on = "{word}" is no kind of place and no target. Known are {known}.',
            )


def _unknown(
    place: Place, where: str, words: tuple[str, ...], claims: Collection[str]
) -> Iterator[Problem]:
    """Ids and systems that no runbook states; a glob may match nothing yet."""
    for word in select(words, claims).unknown if words else ():
        near = " or ".join(nearest(word, claims))
        guess = f"; did you mean {near}?" if near else "; correct it, or take it out."
        yield Problem(place, f'{where} names "{word}", which no runbook states{guess}')


def _error(policy: Policy, message: str) -> PolicyError:
    return PolicyError([Problem(Place(policy.path, 1), message)])
