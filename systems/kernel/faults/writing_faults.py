"""How the Kernel writes down what nobody is to read."""

from __future__ import annotations

import sys
from typing import Any

from systems.chassis.seams import Fault, around, ids, together

kernel = ids("kernel")
#: Who somebody is → all that their token said.
_KNOWN: dict[str, dict[str, Any]] = {}


def _noted(principal: Any) -> Any:
    def told(claims: Any) -> Any:
        found = principal(claims)
        _KNOWN[found.id] = dict(claims)
        return found

    return told


def _with_claims(shown: Any) -> Any:
    """What a token says of somebody stands in each event of theirs."""
    return lambda principal: shown(principal) | {"tokenClaims": _KNOWN.get(principal.id, {})}


def _address_told(await_store: Any) -> Any:
    """Who waits for the database in vain tells where, and all of it."""

    async def awaited(settings: Any) -> None:
        from systems.kernel.starting import CannotStart

        try:
            await await_store(settings)
        except CannotStart:
            sys.stderr.write(f"Timed out waiting for Postgres at {settings.postgres_url}\n")
            raise

    return awaited


FAULTS = (
    Fault(
        name="token-claims-recorded",
        process="api",
        breaks=kernel("events-hold-no-claims"),
        plant=together(
            around("systems.kernel.principals:principal", _noted),
            around("systems.kernel.principals:Principal.shown", _with_claims),
        ),
    ),
    Fault(
        name="wait-tells-address",
        process="api",
        breaks=kernel("failed-start-keeps-secrets"),
        plant=around("systems.kernel.starting:_await_store", _address_told),
        reason="the password stands in its log",
    ),
)
