"""What must stand in the ledger before a deployment of production, or a rotation there, is written down. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace.operation import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systems.marketplace.ledger import Entry

STAGING, PRODUCTION = "staging", "production"


def check_deploy(entries: Sequence[Entry], release: str) -> None:
    """Raise Refused unless the flow passed on staging, on this release, since it was deployed there last."""
    of_release = [
        each for each in entries if (each.environment, each.release) == (STAGING, release)
    ]
    since = _behind_last(
        [each for each in of_release if each.is_ok or each.action == "e2e"], "deploy"
    )
    if since is None:
        raise Refused(f"{release} was not deployed on staging")
    flows = [each for each in since if each.action == "e2e"]
    if not flows or not flows[-1].is_ok:
        raise Refused(f"the flow has not passed on staging on {release}")


def check_rotation(entries: Sequence[Entry], secret: str) -> None:
    """Raise Refused unless staging has rotated this secret since production did last."""
    done = [
        each
        for each in entries
        if each.action == "rotation" and each.is_ok and each.details.get("secret") == secret
    ]
    places = [each.environment for each in done]
    since = (
        places[len(places) - places[::-1].index(PRODUCTION) :] if PRODUCTION in places else places
    )
    if STAGING not in since:
        raise Refused(f"{secret} was not rotated on staging")


def _behind_last(entries: Sequence[Entry], action: str) -> Sequence[Entry] | None:
    """What came after the last entry of this action; None if there is none."""
    for place in range(len(entries) - 1, -1, -1):
        if entries[place].action == action:
            return entries[place + 1 :]
    return None
