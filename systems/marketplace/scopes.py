"""What a user may do: by type, and as the owner of an admin's wallet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ADMIN = "admin:all"
BASE = ("read:jobs", "read:applications", "read:profile")
#: In the order in which a token lists them.
BY_TYPE: Mapping[str, Sequence[str]] = {
    "CLIENT": ("write:jobs", "write:applications", "escrow:manage"),
    "FREELANCER": ("write:applications", "write:profile"),
    "BOTH": ("write:applications", "write:profile", "write:jobs", "escrow:manage"),
}


def scopes(user_type: str, wallet: str | None, admins: Collection[str]) -> list[str]:
    """The scopes of a user; `admins` are wallets in lower case."""
    found = [*BASE, *BY_TYPE.get(user_type, ())]
    return [*found, ADMIN] if wallet and wallet.lower() in admins else found


def held(claims: Mapping[str, object]) -> Sequence[object]:
    """The scopes that a token claims; what is no list grants nothing."""
    told = claims.get("scope")
    return told if isinstance(told, list) else ()
