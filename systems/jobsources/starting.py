"""What must be there before the API listens: its store, its tables, and the users who were promised."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis import queries
from systems.chassis.outages import StoreUnavailable
from systems.chassis.store import Store
from systems.jobsources import passwords
from systems.jobsources.service import LIMIT_MS, SQL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from systems.chassis.store import Transaction
    from systems.jobsources.settings import SeedUser


class CannotStart(Exception):
    """Something that is needed is not there."""


async def see_to(dsn: str, users: Sequence[SeedUser]) -> None:
    """Make sure of the store, and of the users. Raises CannotStart."""
    store = Store(dsn, queries.load(SQL), limit_ms=LIMIT_MS)
    try:
        async with store.transaction() as tx:
            await tx.rows("load", user_id=None, fingerprint="", same_intent_seconds=0)
            for user in users:
                await _seed(tx, user)
    except StoreUnavailable as reason:
        raise CannotStart(f"the store cannot be used: {reason}; was it migrated?") from None
    finally:
        await store.close()


async def _seed(tx: Transaction, user: SeedUser) -> None:
    """A user as promised; one who is that already is left alone, so that two that start together do not wait."""
    found = await tx.row("seeded", email=user.email)
    is_right = await passwords.is_right(user.password, found.password if found else None)
    if found is None or not is_right or found.role != user.role:
        password = passwords.stored(user.password)
        found_id = (
            await tx.one("seed_user", email=user.email, password=password, role=user.role)
        ).id
    else:
        found_id = found.id
    if user.has_profile and not (found and found.has_profile):
        await tx.run("seed_profile", user_id=found_id)
