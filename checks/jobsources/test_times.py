"""A callback counts for a while: signed not long ago, and not in a future that is far."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from checks.jobsources.adapter_callbacks import KINDS, SIGNATURE, beat, completed
from checks.jobsources.refusals import ENDPOINTS, Attempt, misjudged, taken
from proofbook.instruments.waiting import pause_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from checks.jobsources.adapter import Api
    from checks.jobsources.siblings import Siblings
    from proofbook import ClaimHandle

#: Whoever keeps times keeps them at least this finely.
ONE_TICK_SECONDS = 1.1
#: A request that is taken may have been signed so long ago, where less is to be waited for.
CAPTURED_SECONDS = 15


@pytest.mark.claim("jobsources.tolerance-from-environment")
def test_the_tolerance_is_a_setting(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """The same age is too much for one and not for the other."""
    narrow = siblings.tolerant(int(claim["narrow"].total_seconds()))
    wide = siblings.tolerant(int(claim["wide"].total_seconds()))
    run, ago = api.begin(), claim["ago"].total_seconds()

    refused = narrow.deliver(completed(run), at=time.time() - ago)
    fresh = narrow.deliver(beat(api.begin()))
    accepted = wide.deliver(completed(run), at=time.time() - ago)

    claim.require(fresh.is_applied, f"nor is a fresh one taken: {fresh!r}")
    claim.expect(refused=refused.status, taken=accepted.status)
    assert accepted.is_applied, f"it has no effect: {accepted!r}"


@pytest.mark.claim("jobsources.tolerance-both-ways")
@pytest.mark.parametrize("sign", [-1, 1], ids=["past", "future"])
def test_the_tolerance_reaches_both_ways(
    claim: ClaimHandle, api: Api, siblings: Siblings, sign: int
) -> None:
    """What lies outside is refused, what lies inside is not, before and after now."""
    tolerance = claim["tolerance"].total_seconds()
    beyond, inside = (
        tolerance + claim["beyond"].total_seconds(),
        tolerance - claim["within"].total_seconds(),
    )
    receiver, run = siblings.tolerant(int(tolerance)), api.begin()
    far = int(time.time() + sign * beyond)
    outside = Attempt(f"{sign * beyond:+g} s", completed(run), {"at": far})

    wrong = misjudged(receiver, run, [outside], claim["refused"], seen_by=api)
    far_off = abs(time.time() - far)
    near = int(time.time() + sign * inside)
    accepted = receiver.deliver(completed(run), at=near)
    near_off = abs(time.time() - near)

    # What is answered too late may have been judged on the other side of the line.
    claim.require(not wrong or far_off > tolerance, f"{far_off:.1f} s off when it was answered")
    is_taken = accepted.status == claim["taken"]
    claim.require(is_taken or near_off <= tolerance, f"{near_off:.1f} s off when it was answered")
    claim.expect(taken=accepted.status)
    assert wrong == []
    assert api.status(run) == "COMPLETED"


@pytest.mark.claim("jobsources.timestamp-in-seconds")
def test_the_unit_is_the_second(claim: ClaimHandle, api: Api) -> None:
    """Milliseconds are no instant of this age."""
    run = api.begin()
    attempts = [
        Attempt(endpoint, KINDS[endpoint](run), {"at": str(int(time.time() * 1000))})
        for endpoint in ENDPOINTS
    ]

    wrong = misjudged(api, run, attempts, claim["refused"])
    refused = taken(api, api.begin())

    claim.require(not refused, f"nor are seconds taken: {refused}")
    assert wrong == []


@pytest.mark.claim("jobsources.timestamp-plain-digits")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_timestamp_is_plain_digits(claim: ClaimHandle, api: Api, endpoint: str) -> None:
    """Whatever else a reader of numbers would take is no timestamp."""
    run = api.begin()
    now = int(time.time())

    wrong = misjudged(api, run, _spelled(endpoint, run, now, api.secret), claim["refused"])
    refused = taken(api, api.begin())

    claim.require(not refused, f"nor are plain digits taken: {refused}")
    assert len(ENDPOINTS) == claim["endpoints"]
    assert wrong == []


@pytest.mark.claim("jobsources.old-capture-refused")
def test_a_captured_request_grows_old(claim: ClaimHandle, api: Api, siblings: Siblings) -> None:
    """What was taken once is refused once it is too old."""
    tolerance = claim["tolerance"].total_seconds()
    receiver = siblings.tolerant(int(tolerance))
    run, other = api.begin(), api.begin()
    signed, began = int(time.time()) - CAPTURED_SECONDS, time.monotonic() - CAPTURED_SECONDS

    fresh = [receiver.deliver(callback, at=signed) for callback in (beat(run), completed(other))]
    old = time.time() - signed
    pause_until(began + claim["age"].total_seconds())
    again = receiver.deliver(beat(run), at=signed)
    ended = receiver.deliver(completed(other), at=signed)
    present = receiver.deliver(beat(run))

    claim.require(present.is_applied, f"nor is a new one taken: {present!r}")
    are_taken = all(reply.status == claim["taken"] for reply in fresh)
    claim.require(are_taken or old <= tolerance, f"{old:.1f} s old when they were answered first")
    for before, after in zip(fresh, (again, ended), strict=True):
        claim.expect(taken=before.status, refused=after.status)


@pytest.mark.claim("jobsources.copied-heartbeat-moves-nothing")
def test_a_copied_heartbeat_moves_nothing(claim: ClaimHandle, api: Api) -> None:
    """Only what is newer than everything before it says that the run lives."""
    run, now = api.begin(), int(time.time())
    first, second, third = now - 2, now - 1, now
    one, two = beat(run, pagesVisited=1), beat(run, pagesVisited=2)

    began = [api.deliver(one, at=first), api.deliver(two, at=second)]
    before = api.run(run)
    pause_until(time.monotonic() + ONE_TICK_SECONDS)
    copies = [api.deliver(one, at=first), api.deliver(two, at=second)]
    after = api.run(run)
    newer = api.deliver(beat(run, pagesVisited=3), at=third)
    moved = api.run(run)

    claim.require(all(reply.is_done for reply in (*began, newer)), f"{began} {newer!r}")
    claim.require(before["lastHeartbeatAt"], "the run shows no heartbeat")
    for copy in copies:
        claim.expect(taken=copy.status)
    assert after == before
    claim.require(
        moved["lastHeartbeatAt"] != before["lastHeartbeatAt"],
        "a newer heartbeat moves nothing either",
    )


def _spelled(endpoint: str, run: str, now: int, secret: str) -> Iterator[Attempt]:
    """Spellings of now and of no time at all, each signed as it stands and as what it means."""
    spellings = {
        "a word": "abc",
        "no number": "NaN",
        "infinite": "Infinity",
        "empty": "",
        "hexadecimal": hex(now),
        "an exponent": f"{now / 1e9!r}e9",
        "a fraction": f"{now}.0",
        "a sign": f"+{now}",
        "a zero before": f"0{now}",
    }
    sound = KINDS[endpoint](run)
    for name, text in spellings.items():
        for what, signed in (("as it stands", text), ("as it means", str(now))):
            headers = {SIGNATURE: sound.signature(secret, signed)}
            yield Attempt(
                f"{endpoint}: {name}, signed {what}", sound, {"at": text, "headers": headers}
            )
