"""What the worker is told by its environment."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from systems.chassis.settings import Reader, integer, one_of
from systems.chassis.store import connection_string
from systems.jobsources import oidc
from systems.jobsources.backoff import Backoff
from systems.jobsources.forms import address, email

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOCAL, CLOUD_TASKS = "local", "cloud-tasks"
SECRETS = (
    "TASKS_AUTH_TOKEN",
    "WORKER_CALLBACK_TOKEN",
    "WORKER_CALLBACK_SIGNING_SECRET",
    "DATABASE_URL",
)
NEEDED_BY_CLOUD_TASKS = ("TASKS_PROJECT_ID", "TASKS_LOCATION", "TASKS_QUEUE", "TASKS_URL")
#: What a refusal says of a variable that is there and wrong.
WANTED = {
    "PORT": "1 to 65535",
    "WORKER_PORT": "1 to 65535",
    "WORKER_MAX_CONCURRENT_TASKS": "1 to 5",
    "WORKER_MAX_QUEUE_SIZE": "1 to 1000",
    "WORKER_TASK_TIMEOUT_MS": "1000 to 600000",
    "WORKER_HEARTBEAT_INTERVAL_MS": "1000 to 120000",
    "WORKER_CALLBACK_RETRY_ATTEMPTS": "1 to 10",
    "WORKER_CALLBACK_RETRY_BACKOFF_MS": "100 to 10000",
    "WORKER_CALLBACK_RETRY_MAX_DELAY_MS": "100 to 60000",
    "WORKER_CALLBACK_RETRY_JITTER_PCT": "a decimal from 0 to 1",
    "QUEUE_PROVIDER": f"{LOCAL} or {CLOUD_TASKS}",
    "TASKS_AUTH_TOKEN": f"with {CLOUD_TASKS}, it or TASKS_SERVICE_ACCOUNT_EMAIL is required",
    "PRACUJ_SOURCE_ORIGIN": "scheme, host and port, nothing more",
    "OIDC_JWKS_URL": "an https address; http outside production",
    "DATABASE_URL": "a PostgreSQL that answers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """How much may be under way at once, how much may wait, how long one task may take."""

    concurrent: int
    size: int
    timeout_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskAccess:
    """Who may hand this worker tasks; `id_tokens` is None where no ID token counts."""

    token: str = field(repr=False)
    id_tokens: oidc.Wanted | None
    keys_url: str
    keys_cache_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackSettings:
    """How callbacks are signed, sent, tried again, kept."""

    secret: str = field(repr=False)
    token: str = field(repr=False)
    audience: str
    metadata_host: str
    attempts: int
    backoff: Backoff
    timeout_ms: int
    letters: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteSettings:
    """Where the source site is (empty: where its URLs say), and how gently it is asked."""

    origin: str
    listing_delay_ms: int
    detail_delay_ms: int
    detail_concurrency: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """A worker's settings; no `database_url`: nothing is leased."""

    host: str
    port: int
    provider: str
    queue: QueueLimits
    access: TaskAccess
    callbacks: CallbackSettings
    site: SiteSettings
    heartbeat_ms: int
    body_limit: int
    origins: frozenset[str]
    database_url: str = field(repr=False)
    health_ms: int


def read(environ: Mapping[str, str]) -> WorkerSettings:
    """The settings of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    port = reader.optional("WORKER_PORT", integer(1, 65535), 4001)
    provider = reader.optional("QUEUE_PROVIDER", one_of(LOCAL, CLOUD_TASKS), LOCAL)
    settings = WorkerSettings(
        host=reader.optional("HOST", str, "127.0.0.1"),
        port=reader.optional("PORT", integer(1, 65535), port),
        provider=provider,
        queue=QueueLimits(
            concurrent=reader.optional("WORKER_MAX_CONCURRENT_TASKS", integer(1, 5), 1),
            size=reader.optional("WORKER_MAX_QUEUE_SIZE", integer(1, 1000), 100),
            timeout_ms=reader.optional("WORKER_TASK_TIMEOUT_MS", integer(1000, 600_000), 180_000),
        ),
        access=_access(reader, environ, provider),
        callbacks=callbacks(reader),
        site=_site(reader),
        heartbeat_ms=reader.optional(
            "WORKER_HEARTBEAT_INTERVAL_MS", integer(1000, 120_000), 10_000
        ),
        body_limit=reader.optional("WORKER_MAX_BODY_BYTES", integer(1, 2**30), 262_144),
        origins=reader.optional("WORKER_ALLOWED_ORIGINS", words, frozenset()),
        database_url=reader.optional("DATABASE_URL", connection_string, ""),
        health_ms=reader.optional("HEALTH_CHECK_TIMEOUT_MS", integer(100, 60_000), 2000),
    )
    reader.check()
    return settings


def read_callbacks(environ: Mapping[str, str]) -> CallbackSettings:
    """What a replay needs of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    settings = callbacks(reader)
    reader.check()
    return settings


def callbacks(reader: Reader) -> CallbackSettings:
    """How callbacks go out."""
    folder = Path.cwd() / "data" / "dead-letter"
    return CallbackSettings(
        secret=reader.optional("WORKER_CALLBACK_SIGNING_SECRET", str, ""),
        token=reader.optional("WORKER_CALLBACK_TOKEN", str, ""),
        audience=reader.optional("WORKER_CALLBACK_OIDC_AUDIENCE", address, ""),
        metadata_host=reader.optional("GCE_METADATA_HOST", str, "metadata.google.internal"),
        attempts=reader.optional("WORKER_CALLBACK_RETRY_ATTEMPTS", integer(1, 10), 3),
        backoff=Backoff(
            base_ms=reader.optional("WORKER_CALLBACK_RETRY_BACKOFF_MS", integer(100, 10_000), 1000),
            most_ms=reader.optional(
                "WORKER_CALLBACK_RETRY_MAX_DELAY_MS", integer(100, 60_000), 10_000
            ),
            jitter=reader.optional("WORKER_CALLBACK_RETRY_JITTER_PCT", _share, 0.2),
        ),
        timeout_ms=reader.optional("WORKER_CALLBACK_TIMEOUT_MS", integer(100, 600_000), 10_000),
        letters=reader.optional("WORKER_DEAD_LETTER_DIR", Path, folder),
    )


def secrets(environ: Mapping[str, str]) -> Iterator[str]:
    """What no log may hold; of the database's address its password, too."""
    for name in SECRETS:
        yield environ.get(name, "")
    password = urlsplit(environ.get("DATABASE_URL", "")).password or ""
    yield from (password, unquote(password))


def words(text: str) -> frozenset[str]:
    """The words of a list with commas."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def _access(reader: Reader, environ: Mapping[str, str], provider: str) -> TaskAccess:
    is_production = environ.get("NODE_ENV", "").strip() == "production"
    token = reader.optional("TASKS_AUTH_TOKEN", str, "")
    caller = reader.optional("TASKS_SERVICE_ACCOUNT_EMAIL", email, "")
    audience = reader.optional("TASKS_OIDC_AUDIENCE", str, environ.get("TASKS_URL", "").strip())
    if provider == CLOUD_TASKS:
        for name in NEEDED_BY_CLOUD_TASKS:
            reader.required(name, str)
        if not token and not caller:
            reader.refuse("TASKS_AUTH_TOKEN")
    issuers = reader.optional("OIDC_ISSUERS", words, frozenset(oidc.GOOGLE_ISSUERS))
    wanted = oidc.Wanted(audience=audience, issuers=sorted(issuers), email=caller)
    keys_url = reader.optional("OIDC_JWKS_URL", address, oidc.GOOGLE_KEYS)
    if is_production and keys_url.startswith("http:"):
        reader.refuse("OIDC_JWKS_URL")
    return TaskAccess(
        token=token,
        id_tokens=wanted if provider == CLOUD_TASKS else None,
        keys_url=keys_url,
        keys_cache_seconds=reader.optional("OIDC_JWKS_CACHE_SEC", integer(0, 86_400), 300),
    )


def _site(reader: Reader) -> SiteSettings:
    delay = integer(0, 600_000)
    return SiteSettings(
        origin=reader.optional("PRACUJ_SOURCE_ORIGIN", _origin, ""),
        listing_delay_ms=reader.optional("PRACUJ_LISTING_DELAY_MS", delay, 1500),
        detail_delay_ms=reader.optional("PRACUJ_DETAIL_DELAY_MS", delay, 2000),
        detail_concurrency=reader.optional("PRACUJ_DETAIL_CONCURRENCY", integer(1, 100), 2),
    )


def _share(text: str) -> float:
    share = float(text)
    if not 0 <= share <= 1:
        raise ValueError("a share of one is wanted")
    return share


def _origin(text: str) -> str:
    parts = urlsplit(address(text))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("an origin is wanted")
    return f"{parts.scheme}://{parts.netloc}"
