"""
What `web` is told by its environment, judged before it does anything.

Each group has a reader of its own, so that a command asks for what it needs and for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from systems.chassis.settings import Reader, integer
from systems.marketplace import chain_settings, forms, operations_settings, surroundings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from systems.marketplace.chain_settings import Chain
    from systems.marketplace.forms import Network
    from systems.marketplace.operations_settings import Operations
    from systems.marketplace.surroundings import Surroundings

MIGRATIONS = Path(__file__).parent / "migrations"
#: Accounts 0 to 9 of the mnemonic that every chain for tests starts with: whoever reads its manual has their keys.
DEVELOPMENT_WALLETS = frozenset(
    {
        "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
        "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
        "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
        "0x15d34aaf54267db7d7c367839aaf71a00a2c6a65",
        "0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc",
        "0x976ea74026e726554db657fa54763abd0c3a0aa9",
        "0x14dc79964da2c08b23698b3d3cc7ca32193d9955",
        "0x23618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f",
        "0xa0ee7a142d267c1f36714e4a8f75612f20a79720",
    }
)
FLAGS = ("drafts", "legacy_apply", "escrow")
#: Bytes of a secret that signs tokens.
SECRET_BYTES, SECRET_BYTES_ON_DEV = 32, 16
MOST_TRACES_ON_STAGING = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where PostgreSQL is, and how long it may take to connect or to answer."""

    url: str
    limit_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisSettings:
    """Where Redis is, and how long it may take; no address: there is none."""

    url: str
    limit_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What tokens are signed and hashed with, and how long they live."""

    secret: str
    #: Empty outside a rotation.
    old_secret: str
    access_seconds: int
    refresh_seconds: int
    #: Empty where there is none.
    pepper: str
    nonce_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may call from where, and who is an admin."""

    #: In lower case.
    admin_wallets: frozenset[str]
    allowed_origins: Sequence[str]
    #: Empty where it is not told.
    app_origin: str
    needs_csrf: bool
    trusted_proxies: Sequence[Network]
    maintenance_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentry:
    """Where errors are reported; no address: nowhere."""

    dsn: str
    traces_rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Which release this is."""

    commit: str
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that `web` is told."""

    host: str
    port: int
    surroundings: Surroundings
    database: Database
    redis: RedisSettings
    tokens: Tokens
    access: Access
    flags: Mapping[str, bool]
    sentry: Sentry
    operations: Operations
    chain: Chain
    release: Release
    migrations: Path
    ledger: Path


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises Misconfigured with every variable that does not do."""
    reader = Reader(environ)
    where = surroundings.read(reader)
    settings = Settings(
        host=reader.optional("HOST", str, "127.0.0.1"),
        port=reader.optional("PORT", integer(1, 65535), 3000),
        surroundings=where,
        database=database(reader),
        redis=_redis(reader, where),
        tokens=tokens(reader, where),
        access=_access(reader, where),
        flags=_flags(reader, where),
        sentry=_sentry(reader, where),
        operations=operations_settings.read(reader),
        chain=chain_settings.read(reader),
        release=release(reader),
        migrations=reader.optional("MIGRATIONS_DIR", Path, MIGRATIONS),
        ledger=ledger(reader),
    )
    reader.check()
    return settings


def database(reader: Reader) -> Database:
    """DATABASE_URL and DB_TIMEOUT_MS."""
    url = reader.required("DATABASE_URL", forms.postgres) or ""
    limit_ms = reader.optional("DB_TIMEOUT_MS", integer(1, 10**9), 5000)
    return Database(url=url, limit_ms=limit_ms)


def tokens(reader: Reader, where: Surroundings) -> Tokens:
    """The secrets, long enough and not one and the same, and the lives."""
    least = SECRET_BYTES_ON_DEV if where.is_dev else SECRET_BYTES
    secret = reader.required("JWT_SECRET", _secret(least)) or ""
    old = reader.optional("JWT_SECRET_OLD", _secret(least), "")
    if old and old == secret:
        reader.refuse("JWT_SECRET_OLD")
    return Tokens(
        secret=secret,
        old_secret=old,
        access_seconds=reader.optional("ACCESS_TOKEN_TTL", forms.duration, 900),
        refresh_seconds=reader.optional("REFRESH_TOKEN_TTL_SEC", integer(1, 10**9), 2_592_000),
        pepper=reader.optional("REFRESH_TOKEN_PEPPER", str, ""),
        nonce_seconds=reader.optional("SIWE_NONCE_TTL_SEC", integer(1, 10**9), 300),
    )


def admin_wallets(reader: Reader, where: Surroundings) -> frozenset[str]:
    """ADMIN_WALLETS; in production nobody's whose key stands in a manual."""
    found = reader.optional("ADMIN_WALLETS", forms.wallets, frozenset[str]())
    if where.is_production and found & DEVELOPMENT_WALLETS:
        reader.refuse("ADMIN_WALLETS")
    return found


def ledger(reader: Reader) -> Path:
    """The file that deployments, dry runs, backups and rotations are written down in."""
    return reader.optional("OPS_LEDGER", Path, Path("ops/ledger.jsonl"))


def release(reader: Reader) -> Release:
    """The commit and the version, as whoever deployed this said."""
    commit = reader.optional("GIT_COMMIT", str, "unknown")
    return Release(
        commit=reader.optional("VERCEL_GIT_COMMIT_SHA", str, commit),
        version=reader.optional("APP_VERSION", str, "0.1.0"),
    )


def _redis(reader: Reader, where: Surroundings) -> RedisSettings:
    if where.is_dev:
        url = reader.optional("REDIS_URL", forms.redis, "")
    else:
        url = reader.required("REDIS_URL", forms.redis) or ""
    limit = reader.optional("REDIS_TIMEOUT_MS", integer(1, 10**9), 500)
    return RedisSettings(url=url, limit_ms=limit)


def _access(reader: Reader, where: Surroundings) -> Access:
    needs_csrf = reader.optional("REQUIRE_CSRF", forms.switch, default=True)
    if not needs_csrf and not where.is_dev:
        reader.refuse("REQUIRE_CSRF")
    return Access(
        admin_wallets=admin_wallets(reader, where),
        allowed_origins=reader.optional("ALLOWED_ORIGINS", forms.words, ()),
        app_origin=reader.optional("NEXT_PUBLIC_APP_ORIGIN", str, ""),
        needs_csrf=needs_csrf,
        trusted_proxies=reader.optional("TRUSTED_PROXIES", forms.networks, ()),
        maintenance_file=reader.optional("MAINTENANCE_FILE", Path, Path("maintenance")),
    )


def _flags(reader: Reader, where: Surroundings) -> Mapping[str, bool]:
    nothing: Mapping[str, object] = {}
    told = reader.optional("FEATURE_FLAGS", forms.json_object, nothing)
    if any(name not in FLAGS or not isinstance(is_on, bool) for name, is_on in told.items()):
        reader.refuse("FEATURE_FLAGS")
    return {name: bool(told.get(name, where.is_dev)) for name in FLAGS}


def _sentry(reader: Reader, where: Surroundings) -> Sentry:
    if where.is_dev:
        dsn = reader.optional("SENTRY_DSN", forms.address, "")
    else:
        dsn = reader.required("SENTRY_DSN", forms.address) or ""
    rate = reader.optional("SENTRY_TRACES_SAMPLE_RATE", forms.share, MOST_TRACES_ON_STAGING)
    if where.name == "staging" and not 0 < rate <= MOST_TRACES_ON_STAGING:
        reader.refuse("SENTRY_TRACES_SAMPLE_RATE")
    return Sentry(dsn=dsn, traces_rate=rate)


def _secret(least: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text.encode()) < least:
            raise ValueError("a longer secret is wanted")
        return text

    return parse
