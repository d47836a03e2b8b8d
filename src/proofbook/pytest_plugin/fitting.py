"""Whether checks and claims fit each other; every problem says where, what, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import Place, Problem
from proofbook.pytest_plugin import closure
from proofbook.selection import nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from proofbook.claims import Claim

_EXAMPLE = '@pytest.mark.claim("system.what-holds")'


#: The `claim` marks of a test, the nearest first.
Marks = Sequence[pytest.Mark]


def claim_id(marks: Marks) -> str:
    """The id in the nearest mark; "" without a mark, or if it holds none."""
    if not marks:
        return ""
    mark = marks[0]
    fits = len(mark.args) == 1 and isinstance(mark.args[0], str) and not mark.kwargs
    return mark.args[0] if fits else ""


def problems(
    found: Mapping[pytest.Item, Marks], claims: Mapping[str, Claim] | None, root: Path
) -> Iterator[Problem]:
    """
    What is wrong with the checks `found`, each with its marks.

    `claims` is `None` where the runbooks cannot be read: then ids are not looked up.
    """
    first: dict[str, pytest.Item] = {}
    looked: dict[object, Marks] = {}
    for item, marks in found.items():
        function = closure.shared(item)
        if looked.get(function) == marks:
            continue  # another case of it
        looked[function] = marks
        id_ = claim_id(marks)
        if not id_:
            yield Problem(place(item, root), _unmarked(marks))
            continue
        yield from _of_mark(item, marks, claims, root)
        before = first.setdefault(id_, item)
        if before is not item and _function(before) is not _function(item):
            yield Problem(
                place(item, root),
                f"{id_} has another check at {place(before, root)}; parametrise one of them, "
                "or state a claim for each",
            )


def place(item: pytest.Item, root: Path) -> Place:
    """Where a test stands."""
    path = item.path
    shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
    return Place(shown, (item.location[1] or 0) + 1)


def _of_mark(
    item: pytest.Item, marks: Marks, claims: Mapping[str, Claim] | None, root: Path
) -> Iterator[Problem]:
    id_ = claim_id(marks)
    if others := {mark.args[:1] for mark in marks[1:]} - {(id_,)}:
        ids = ", ".join(sorted(str(other[0]) if other else "nothing" for other in others))
        yield Problem(
            place(item, root),
            f"this test is marked with {id_} and with {ids}; a check has one claim: keep one mark",
        )
    if claims is not None and id_ not in claims:
        yield Problem(place(item, root), _unknown(id_, claims))
    elif claims is not None and claims[id_].by:
        yield Problem(
            place(item, root),
            f"{id_} is answered by people ({', '.join(claims[id_].by)}, {claims[id_].place}); "
            "take the check away, or `by` out of the sentence",
        )
    if closure.asks_directly(item, "stack"):
        yield Problem(
            place(item, root),
            "this check asks for `stack` itself, and nothing says what it does with it; "
            "ask for a fixture that wraps it and declares an effect",
        )


def _unmarked(marks: Marks) -> str:
    if not marks:
        return (
            "this test stands below checks/ and is the check of no claim; "
            f"mark it {_EXAMPLE}, or move it to tests/"
        )
    return f"the mark `claim` takes one id and nothing else; write {_EXAMPLE}"


def _unknown(id_: str, claims: Collection[str]) -> str:
    near = nearest(id_, claims)
    guess = f"the nearest are {', '.join(near)}" if near else "none is like it"
    return f"no runbook states {id_} ({guess}); correct the id, or write the sentence"


def _function(item: pytest.Item) -> object:
    """What several cases of one check share."""
    return getattr(getattr(item, "function", None), "__code__", item)
