"""
A role of PostgreSQL that has no privilege of its own, made for a check.

    with plain_role(url) as role:
        role.url      the same database as that role
"""

from __future__ import annotations

import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proofbook import NotAsked, NoVerdict
from proofbook.instruments.postgres import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

#: What whoever drops a role takes from it before, each as far as they may.
_TAKE = (
    "drop owned by {}",
    "revoke all on all tables in schema public from {}",
    "revoke all on all sequences in schema public from {}",
    "revoke all on schema public from {}",
    "drop role {}",
)


@dataclass(frozen=True, slots=True)
class Role:
    """One that may log in, and nothing more until somebody grants it."""

    name: str
    url: str


@contextmanager
def plain_role(url: str) -> Iterator[Role]:
    """
    A role for the database at `url`, made as whom that names; dropped afterwards.

    Raises `NotAsked` where that one may make none.
    """
    owner = Client(url)
    name, password = f"proofbook_{secrets.token_hex(6)}", secrets.token_hex(16)
    try:
        owner.rows(f"create role {name} login password '{password}'")
    except NoVerdict as why:
        raise NotAsked(
            f"no role can be made in the target's database: {why}",
            remedy="let the store's address be one that may create roles",
        ) from None
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    try:
        yield Role(name, parts._replace(netloc=f"{name}:{password}@{place}").geturl())
    finally:
        for statement in _TAKE:
            with suppress(NoVerdict):
                owner.rows(statement.format(name))
