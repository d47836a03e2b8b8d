"""What one sees of gates that stand open, of rotations that nobody tells, and of admins that anybody makes."""

from __future__ import annotations

import contextlib
import io
import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import psycopg

from systems.chassis.settings import Misconfigured, Reader
from systems.marketplace import forms, ledger, passwords, record, seed_settings, seeding
from systems.marketplace.operation import Failed, Refused
from tests.systems.marketplace.looks import opened

if TYPE_CHECKING:
    from tests.systems.marketplace.forks import Told

WALLET = "0x" + "ab" * 20
PRODUCTION = {"NODE_ENV": "production", "APP_ENV": "production"}


def write(told: Told, where: str, action: str, **env: str) -> tuple[bool, str]:
    """Whether something was written down, and what was printed."""
    said = io.StringIO()
    node_env = "production" if where != "dev" else "development"
    reader = Reader(
        {"OPERATOR": "ada", "OPS_LEDGER": str(told.folder / "ledger.jsonl")}
        | {"APP_ENV": where, "NODE_ENV": node_env, "OPS_ACTION": action, **env}
    )
    try:
        with contextlib.redirect_stdout(said):
            record.run(reader)
    except (Refused, Misconfigured):
        return False, ""
    return True, said.getvalue()


def deployed(told: Told) -> str:
    """Production is deployed without the flow, or with another release's."""
    first = write(told, "production", "deploy", OPS_RELEASE="r2")[0]
    for action in ("deploy", "e2e"):
        write(told, "staging", action, OPS_RELEASE="r1")
    second = write(told, "production", "deploy", OPS_RELEASE="r2")[0]
    return "" if (first, second) == (False, False) else f"{first} {second}"


def rotated(told: Told) -> str:
    """Production rotates before staging."""
    secret = {"OPS_SECRET": "JWT_SECRET", "OPS_REASON": "scheduled"}
    return "it did" if write(told, "production", "rotation", **secret)[0] else ""


def signed(told: Told) -> str:
    """What nobody did is written down."""
    secret = {"OPS_SECRET": "JWT_SECRET", "OPS_REASON": "scheduled"}
    env = {"OPERATOR": os.environ.get("OPERATOR", "")}
    is_written, _ = write(told, "staging", "rotation", **secret, **env)
    return f"{ledger.read(told.folder / 'ledger.jsonl')}" if is_written else ""


def audited(told: Told) -> str:
    """An emergency is told quietly, or not at all."""
    secret = {"OPS_SECRET": "JWT_SECRET", "OPS_REASON": "emergency"}
    _, said = write(told, "production", "rotation", **secret)
    event = json.loads(said or "{}")
    is_told = (event.get("name"), event.get("level")) == ("secret.rotation", "warn")
    return "" if is_told else f"{event}"


def seed(told: Told, **env: str) -> str:
    """The token that seeding makes, or how it ended."""
    passwords.COST = 4
    known = {"ADMIN_WALLETS": WALLET, "SEED_ADMIN_WALLET": WALLET}
    reader = Reader({**told.environ, **_ours(), **known, **env})
    try:
        read = seed_settings.read(reader)
        reader.check()
        return seeding.run(read)
    except (Failed, Misconfigured) as problem:
        return type(problem).__name__


def _ours() -> dict[str, str]:
    """What a fault laid over the environment."""
    name = "SEED_ADMIN_ALLOW_PRODUCTION"
    return {name: os.environ[name]} if name in os.environ else {}


def rows(told: Told, query: str = "SELECT username FROM users") -> list[Any]:
    """What is stored."""
    with psycopg.connect(forms.postgres(told.environ["DATABASE_URL"])) as connection:
        return connection.execute(query.encode()).fetchall()


def emptied(told: Told) -> None:
    """Nobody is there."""
    with psycopg.connect(forms.postgres(told.environ["DATABASE_URL"])) as connection:
        connection.execute("TRUNCATE users CASCADE")


def opens(told: Told) -> str:
    """The token opens nothing."""
    emptied(told)
    with opened(told) as market:
        headers = {"Authorization": f"Bearer {seed(told)}"}
        status = market.get("/api/admin/ping", headers=headers).status_code
    return "" if status == 200 else f"{status}"


def demo(told: Told) -> str:
    """There is nothing to look at, or somebody to look at in production."""
    emptied(told)
    seed(told)
    on_dev = len(rows(told))
    emptied(told)
    strong = {"SEED_ADMIN_PASSWORD": "p" * 12, "SEED_ADMIN_ALLOW_PRODUCTION": "true"}
    seed(told, **PRODUCTION, **strong)
    live = len(rows(told))
    return "" if (on_dev, live) == (3, 1) else f"{on_dev} {live}"


def unmeant(told: Told) -> str:
    """An admin is made in production, though nobody allowed it; or with a password that anybody guesses."""
    emptied(told)
    first = seed(told, **PRODUCTION)
    second = seed(told, **PRODUCTION, SEED_ADMIN_ALLOW_PRODUCTION="true")
    found = (first, second, len(rows(told)))
    return "" if found == ("Misconfigured", "Misconfigured", 0) else f"{found}"


def again(told: Told) -> str:
    """Another run changes something, or ends badly."""
    for _ in range(5):  # a race may be missed
        emptied(told)
        with ThreadPoolExecutor(3) as pool:
            ended = list(pool.map(lambda _: seed(told), range(3)))
        if "Failed" in ended:
            return f"{ended}"
    kept = "SELECT password FROM users WHERE username = 'Admin'"
    before = rows(told, kept)
    seed(told, SEED_ADMIN_PASSWORD="another")
    after = rows(told, kept)
    is_sound = len(before) == 1 and before == after
    return "" if is_sound else f"{len(before)} {before == after}"


def strangers(told: Told) -> str:
    """Whoever has no wallet on the list is made an admin, or whoever has the name."""
    emptied(told)
    other = seed(told, SEED_ADMIN_WALLET="0x" + "cd" * 20)
    emptied(told)
    with opened(told) as market:
        market.user(username="Admin", isVerified=False)
    named = seed(told)
    (verified,) = rows(told, "SELECT \"isVerified\" FROM users WHERE username = 'Admin'")[0]
    found = (other, named, verified)
    return "" if found == ("Misconfigured", "Failed", False) else f"{found}"
