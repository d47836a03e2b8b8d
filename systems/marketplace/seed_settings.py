"""Who the first admin is to be, and whether one may be made here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.marketplace import forms, passwords, settings, surroundings
from systems.marketplace.settings import RedisSettings

if TYPE_CHECKING:
    from systems.chassis.settings import Reader
    from systems.marketplace.settings import Database, Tokens
    from systems.marketplace.surroundings import Surroundings

#: What a password needs at least in production, in characters.
LEAST_PASSWORD = 12
#: A command has time: what it does not tell Redis, replicas do not see until their lists are too old.
REDIS_MS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """The admin, and where."""

    surroundings: Surroundings
    database: Database
    redis: RedisSettings
    tokens: Tokens
    admins: frozenset[str]
    username: str
    email: str
    password: str
    #: In lower case, one of `admins`.
    wallet: str

    @property
    def has_demo(self) -> bool:
        """Whether there is to be something to look at, too."""
        return not self.surroundings.is_production


def read(reader: Reader) -> Seed:
    """All of it; what does not do is noted."""
    where = surroundings.read(reader)
    seed = Seed(
        surroundings=where,
        database=settings.database(reader),
        redis=RedisSettings(url=reader.optional("REDIS_URL", forms.redis, ""), limit_ms=REDIS_MS),
        tokens=settings.tokens(reader, where),
        admins=settings.admin_wallets(reader, where),
        username=reader.optional("SEED_ADMIN_USERNAME", str, "Admin"),
        email=reader.optional("SEED_ADMIN_EMAIL", str, "admin@example.com"),
        password=reader.optional("SEED_ADMIN_PASSWORD", str, "admin"),
        wallet=reader.required("SEED_ADMIN_WALLET", forms.wallet) or "",
    )
    if not is_allowed(seed):
        reader.refuse("SEED_ADMIN_WALLET")
    if not passwords.is_storable(seed.password) or is_weak(seed):
        reader.refuse("SEED_ADMIN_PASSWORD")
    is_meant = reader.optional("SEED_ADMIN_ALLOW_PRODUCTION", forms.switch, default=False)
    if where.is_production and not is_meant:
        reader.refuse("SEED_ADMIN_ALLOW_PRODUCTION")
    return seed


def is_allowed(seed: Seed) -> bool:
    """Whether it is the wallet of an admin."""
    return seed.wallet in seed.admins


def is_weak(seed: Seed) -> bool:
    """Whether anybody could guess the password, where that matters."""
    return seed.surroundings.is_production and len(seed.password) < LEAST_PASSWORD
