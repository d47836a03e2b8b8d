"""The first admin; on dev and staging somebody to look at, and something to apply for, too."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg.rows import namedtuple_row

from systems.chassis import queries
from systems.marketplace import lists, passwords
from systems.marketplace.callers import Callers
from systems.marketplace.events import Events
from systems.marketplace.lists import Lists
from systems.marketplace.operation import Failed
from systems.marketplace.redis_door import RedisDoor

if TYPE_CHECKING:
    from systems.marketplace.seed_settings import Seed

    Connection = psycopg.Connection[Any]
    Row = Any

SQL = Path(__file__).parent / "sql"
#: The number under which whoever seeds queues.
LOCK = 20_250_731
CLIENT, FREELANCER = "demo_client", "demo_freelancer"
SKILLS = ["python", "postgresql", "solidity"]
JOBS = (
    ("Contracts for an escrow", "Write and test three contracts.", 2500, ["solidity"]),
    ("An API for a marketplace", "Build endpoints on PostgreSQL.", 1800, ["python", "postgresql"]),
    ("Slow queries", "Find out why a list takes seconds.", 600, ["postgresql"]),
)


def run(seed: Seed) -> str:
    """Make whoever and whatever is not there yet; a token of the admin. Raises Failed."""
    hashed = asyncio.run(passwords.stored(seed.password))
    try:
        with psycopg.connect(
            seed.database.url,
            connect_timeout=-(-seed.database.limit_ms // 1000),
            row_factory=namedtuple_row,
        ) as connection:
            _queue(connection)
            admin = _admin(connection, seed, hashed)
            if seed.has_demo:
                _demo(connection)
    except psycopg.Error as error:
        raise Failed(f"nothing was seeded: {type(error).__name__}") from error
    asyncio.run(_bump(seed))
    return Callers(seed.tokens, seed.admins).token(admin)


def _queue(connection: Connection) -> None:
    """Wait until nobody else seeds."""
    connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _admin(connection: Connection, seed: Seed, hashed: str) -> Row:
    """The admin, who stays as he is if he is there. Raises Failed."""
    found = _row(connection, "user_by_wallet", wallet=seed.wallet)
    if found is None:
        told = {"username": seed.username, "email": seed.email, "wallet": seed.wallet}
        found = _add(connection, "CLIENT", password=hashed, **told)
    if found is None:
        raise Failed(
            f"{seed.username} or {seed.email} is somebody else's: nobody was made an admin"
        )
    return found


def _demo(connection: Connection) -> None:
    """A client with jobs and a freelancer; whoever is there by that name stays as he is."""
    freelancer = _add(connection, "FREELANCER", username=FREELANCER)
    if freelancer is not None:
        told = {"title": "Developer", "skills": SKILLS, "hourlyRate": 50.0}
        _row(connection, "seed_profile", id=freelancer.id, **told)
    client = _add(connection, "CLIENT", username=CLIENT)
    if client is not None:
        for title, description, budget, skills in JOBS:
            told = {"title": title, "description": description, "budget": float(budget)}
            _row(connection, "seed_job", id=str(uuid4()), client=client.id, skills=skills, **told)


def _add(connection: Connection, user_type: str, *, username: str, **more: object) -> Row | None:
    """Somebody new; None if the name, the e-mail or the wallet is taken. Without a password nobody logs in."""
    usual = {"email": f"{username}@example.com", "wallet": None, "password": None}
    told = {**usual, **more, "username": username, "user_type": user_type}
    return _row(connection, "add_user", id=str(uuid4()), profile_id=str(uuid4()), **told)


def _row(connection: Connection, query: str, **values: object) -> Row | None:
    cursor = connection.execute(queries.load(SQL)[query].encode(), values)
    return cursor.fetchone()


async def _bump(seed: Seed) -> None:
    """Let the lists that are kept be built anew."""
    redis = RedisDoor(seed.redis)
    kept = Lists(redis, Events(), seconds=0, is_kept_here=False)
    for name in (lists.JOBS, lists.FREELANCERS):
        await kept.bump(name)
    await redis.close()
