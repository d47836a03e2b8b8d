"""
Who asks, and what they may.

Roles come from a verified token and from nowhere else. Pure: claims go in, principals come out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SUPER_ADMIN = "SuperAdmin"
DIVISION_LEAD = "DivisionLead"
OPERATOR = "Operator"
AUDITOR = "Auditor"
SERVICE = "Service"
ROLES = (SUPER_ADMIN, DIVISION_LEAD, OPERATOR, AUDITOR, SERVICE)

#: Who may what; an empty list: everybody who is somebody.
DIVISION_WRITERS = (DIVISION_LEAD, SUPER_ADMIN)
SIGNERS = (SUPER_ADMIN, SERVICE)
AUDIT_READERS = (AUDITOR, SUPER_ADMIN)
ALLOCATORS = (OPERATOR, DIVISION_LEAD, SUPER_ADMIN)
OPERATORS = (OPERATOR, SUPER_ADMIN)
KEEPERS_OF_KEYS = (SUPER_ADMIN,)
ANYBODY = ()

_SEPARATORS = re.compile(r"[,\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who asks."""

    id: str
    type: str
    roles: tuple[str, ...]

    def shown(self) -> dict[str, object]:
        """As it stands in events and goes to a policy server: never a token's other claims."""
        return {"id": self.id, "type": self.type, "roles": list(self.roles)}


ANONYMOUS = Principal(id="anonymous", type="anonymous", roles=())


def principal(claims: Mapping[str, Any]) -> Principal:
    """Who a verified token speaks for."""
    names = (claims.get(name) for name in ("sub", "sid", "preferred_username"))
    told = {role.strip().lower() for role in _told(claims)}
    roles = tuple(role for role in ROLES if role.lower() in told)
    return Principal(
        id=next((str(name) for name in names if name), ""),
        type="service" if SERVICE in roles else "human",
        roles=roles,
    )


def _told(claims: Mapping[str, Any]) -> Iterator[str]:
    """Every role that a token names, wherever issuers put them."""
    yield from _words(claims.get("roles"))
    yield from _words(claims.get("scope"))
    yield from _words(_inner(claims.get("realm_access"), "roles"))
    resources = claims.get("resource_access")
    for resource in resources.values() if isinstance(resources, dict) else ():
        yield from _words(_inner(resource, "roles"))


def _inner(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _words(value: object) -> Iterable[str]:
    if isinstance(value, str):
        return _SEPARATORS.split(value)
    return (word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
