"""The health page as a stranger sees it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from checks.kernel.replies import UNANSWERED
from proofbook import NotAsked, NoVerdict
from proofbook.instruments.waiting import until

if TYPE_CHECKING:
    from checks.kernel.adapter import Kernel
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

#: By then the coarsest clock that an instant may be written by has gone on, on a busy machine too.
SOON_SECONDS = 10
LOOPBACK = ("localhost", "127.0.0.1", "::1")
#: What the refusal of a certificate is called, by whoever refuses it.
REFUSED = "CERTIFICATE_VERIFY_FAILED"


@pytest.mark.claim("kernel.health-states-now")
def test_health_states_the_present(claim: ClaimHandle, watched: Kernel) -> None:
    """What was well an hour ago is told by nobody."""
    first = watched.health()
    age = abs((datetime.now(UTC) - _instant(first)).total_seconds())
    second = until(watched.health, lambda later: _instant(later) > _instant(first), SOON_SECONDS)

    claim.expect(code=first.status, status=first.body.get("status"), age=age)
    assert _instant(second) > _instant(first)


@pytest.mark.claim("kernel.health-over-public-tls")
def test_health_is_public_over_tls(claim: ClaimHandle, watched: Kernel) -> None:
    """A stranger with nothing but this machine's trust store gets the page."""
    parts = urlsplit(watched.url)
    if parts.scheme != "https" and parts.hostname in LOOPBACK:
        raise NotAsked(
            "the target's Kernel speaks plain HTTP on this machine: TLS is its host's",
            remedy='url = "https://…" in systems.kernel.api',
        )
    assert parts.scheme == "https", f"{watched.url} speaks no TLS"

    health = watched.health(unanswered=True)

    assert REFUSED not in health.text, health.text
    if health.status == UNANSWERED:
        raise NoVerdict(health.text)
    claim.expect(code=health.status)


def _instant(health: Reply) -> datetime:
    """The instant of a health page, in UTC."""
    stamp = health.body.get("ts")
    assert isinstance(stamp, str), f"no ts: {health!r}"
    found = datetime.fromisoformat(stamp)
    offset = found.utcoffset()
    assert offset is not None, f"an instant of nowhere: {stamp}"
    assert not offset, f"not in UTC: {stamp}"
    return found
