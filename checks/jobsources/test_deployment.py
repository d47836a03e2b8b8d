"""What was promoted is looked at from outside: each part, where it is said to be, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.jobsources.promotion import ADDRESSES

if TYPE_CHECKING:
    from checks.jobsources.incident import Rehearsed
    from checks.jobsources.promotion import Verifications
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("jobsources-promoted")


@pytest.mark.claim("jobsources.verification-asks-where-told")
def test_each_part_is_asked_where_it_is(claim: ClaimHandle, verifications: Verifications) -> None:
    """And not where it was when somebody wrote the script."""
    claim.expect(parts=len(verifications.asked))
    assert not _unasked(verifications), f"it asks nothing of {_unasked(verifications)}"


@pytest.mark.claim("jobsources.verification-needs-addresses")
@pytest.mark.parametrize("name", ADDRESSES.values())
def test_each_address_must_be_told(
    claim: ClaimHandle, verifications: Verifications, name: str
) -> None:
    """No part is verified somewhere else, or not at all."""
    found = verifications.lacking[name]

    claim.require(not verifications.sound.code, "with all three it does not end well either")
    claim.expect(exit=found.code)
    assert name in found.output, f"it says {found.output[-300:]!r}"


@pytest.mark.claim("jobsources.sound-deployment-verified")
def test_a_sound_deployment_is_found_sound(
    claim: ClaimHandle, verifications: Verifications
) -> None:
    """It says so of each part, having asked each."""
    found = verifications.sound
    unwell = {part: reply for part, reply in verifications.health.items() if not reply.is_done}
    claim.require(not unwell, f"it is not well: {unwell}")
    claim.expect(exit=found.code)
    assert set(found.summary.values()) == {True}, f"its summary says {found.summary}"
    claim.expect(parts=len(found.summary))
    assert not _unasked(verifications), f"it asks nothing of {_unasked(verifications)}"


@pytest.mark.claim("jobsources.fallen-part-named")
@pytest.mark.parametrize("part", ADDRESSES)
def test_a_part_that_is_not_there_is_named(
    claim: ClaimHandle, verifications: Verifications, part: str
) -> None:
    """Whichever it is, first or last."""
    found = verifications.down[part]

    claim.require(not verifications.sound.code, "with all three it does not end well either")
    claim.expect(exit=found.code)
    assert f"{part}-health" in found.output, f"it says {found.output[-300:]!r}"
    unwell = [url for url, is_well in found.summary.items() if not is_well]
    assert unwell == [verifications.nowhere], f"its summary says {found.summary}"


@pytest.mark.claim("jobsources.web-verified-too")
def test_the_web_front_is_a_part(claim: ClaimHandle, verifications: Verifications) -> None:
    """It shows its page, and is not well."""
    claim.require(not verifications.sound.code, "with a sound one it does not end well either")
    claim.expect(exit=verifications.web_unwell.code)


@pytest.mark.claim("jobsources.slash-after-address-allowed")
def test_addresses_may_end_with_a_slash(claim: ClaimHandle, verifications: Verifications) -> None:
    """As they are copied."""
    claim.require(not verifications.sound.code, "without one it does not end well either")
    claim.expect(exit=verifications.with_slash.code)


@pytest.mark.claim("jobsources.verification-changes-nothing")
def test_looking_changes_nothing(claim: ClaimHandle, rehearsed: Rehearsed) -> None:
    """A smoke test does, so that it would be seen."""
    before, after = rehearsed.before, rehearsed.verified

    moved = rehearsed.smoked["runs"] - after["runs"]
    claim.require(moved > 0, "a run that was begun is not counted")
    for name, many in before.items():
        claim.expect(added=after[name] - many)


def _unasked(verifications: Verifications) -> str:
    """The parts that were not asked anything; "" if all were."""
    return ", ".join(sorted(set(ADDRESSES) - verifications.asked))
