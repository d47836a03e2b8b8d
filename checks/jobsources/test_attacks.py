"""Callbacks that somebody else sends, or that are strange: none is taken, and nothing breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.jobsources.siege import Siege
from proofbook import NotAsked, exercises
from proofbook.instruments.signatures import check_known_answers
from proofbook.instruments.webhooks import (
    Right,
    broke,
    not_refused,
    not_taken,
    repeated,
    told_apart,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from checks.jobsources.adapter import Api
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle
    from proofbook.instruments.webhooks import Outcome


#: Both judge one siege, at the deployment that others of this group share.
pytestmark = pytest.mark.xdist_group("jobsources-0")


@pytest.fixture(scope="module")
@exercises
def siege(shared_api: Api, siblings: Siblings) -> Iterator[Siege]:
    """Attacks on the shared deployment; what was begun for them is ended."""
    check_known_answers()
    if not shared_api.secret:
        raise NotAsked("the target's callbacks are not signed", remedy='credentials.signing = "…"')
    yield Siege(shared_api, siblings)
    shared_api.finish_all()


@pytest.mark.claim("jobsources.unsound-callbacks-refused")
def test_nothing_but_what_was_signed_is_taken(claim: ClaimHandle, siege: Siege) -> None:
    """However it was changed, spelled, dated or left out."""
    seen = siege.outcomes(int(claim["tolerance"].total_seconds()))

    wrong = [
        f"{endpoint}: {found}"
        for endpoint, o in seen.items()
        for found in (*not_refused(o), *not_taken(o), *repeated(o), *told_apart(o))
    ]

    _require_served(claim, seen)
    attacks = min(_count(Right.REFUSED, outcomes) for outcomes in seen.values())
    claim.expect(endpoints=len(seen), attacks=attacks)
    assert wrong == []


@pytest.mark.claim("jobsources.no-callback-breaks-api")
def test_nothing_breaks_whoever_is_asked(claim: ClaimHandle, siege: Siege) -> None:
    """Each request has an answer, and none of them is that something went wrong."""
    seen = siege.outcomes(int(claim["tolerance"].total_seconds()))

    broken = [f"{endpoint}: {found}" for endpoint, o in seen.items() for found in broke(o)]

    _require_served(claim, seen)
    claim.expect(endpoints=len(seen), requests=min(map(len, seen.values())))
    assert broken == []
    claim.expect(status=max(o.answer.status for outcomes in seen.values() for o in outcomes))


def _count(right: Right, outcomes: tuple[Outcome, ...]) -> int:
    return sum(each.attack.right is right for each in outcomes)


def _require_served(claim: ClaimHandle, seen: Mapping[str, tuple[Outcome, ...]]) -> None:
    """Whoever takes nothing at all has refused nothing."""
    for endpoint, outcomes in seen.items():
        refused = not_taken(outcomes)
        claim.require(
            len(refused) < _count(Right.TAKEN, outcomes), f"{endpoint} takes nothing: {refused}"
        )
