"""What the API is told by its environment, judged before it does anything."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from systems.chassis.settings import Reader, integer, one_of
from systems.chassis.store import connection_string
from systems.jobsources import limits
from systems.jobsources.forms import (
    address,
    duration,
    email,
    share,
    size,
)
from systems.jobsources.limits import MINUTE_MS, MOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from systems.jobsources.limits import Limits, Throttle

ROLES = ("user", "admin")
PASSWORD_LENGTHS = range(8, 129)
COMPLETE = "/api/job-sources/complete"
GOOGLE_ISSUERS = "https://accounts.google.com,accounts.google.com"
GOOGLE_KEYS = "https://www.googleapis.com/oauth2/v3/certs"
#: Never in a log, whatever logs it.
SECRETS = (
    "DATABASE_URL",
    "ACCESS_TOKEN_SECRET",
    "REFRESH_TOKEN_SECRET",
    "WORKER_AUTH_TOKEN",
    "WORKER_CALLBACK_TOKEN",
    "WORKER_CALLBACK_SIGNING_SECRET",
    "OPS_INTERNAL_TOKEN",
)
#: What is wanted of a variable, for those of whom it is not plain.
WANTED = {
    "DATABASE_URL": "postgresql://…",
    "NODE_ENV": "development, test or production",
    "WORKER_CALLBACK_URL": f"an address that ends with {COMPLETE}; https in production",
    "WORKER_CALLBACK_OIDC_AUDIENCE": "an address; https in production",
    "WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL": "an e-mail address",
    "WORKER_CALLBACK_SIGNING_SECRET": "in production this, WORKER_CALLBACK_TOKEN or WORKER_CALLBACK_OIDC_AUDIENCE",
    "WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC": "an integer from 30 to 3600",
    "WORKER_TASK_DISPATCH_DEADLINE_MS": "an integer above WORKER_TASK_TIMEOUT_MS",
    "SCRAPE_STALE_RUNNING_MINUTES": "an integer from 1 to 1440; longer than WORKER_TASK_DISPATCH_DEADLINE_MS",
    "SEED_USERS": "outside production: a JSON list of email, password (8 to 128), role (user or admin), profile",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedUser:
    """Somebody who is to be there once the API runs."""

    email: str
    password: str
    role: str
    has_profile: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """Whose ID tokens callbacks must carry."""

    audience: str
    email: str
    issuers: Sequence[str]
    keys_url: str
    keys_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """How tasks reach the worker, and where it answers."""

    provider: str
    task_url: str
    auth_token: str
    callback_url: str
    callback_token: str
    request_timeout_ms: int
    task_timeout_ms: int
    deadline_ms: int
    retry_interval_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The API's settings; times in the unit of their names."""

    host: str
    port: int
    database_url: str
    access_secret: str
    access_seconds: int
    refresh_secret: str
    worker: WorkerSettings
    signing_secret: str
    tolerance_seconds: int
    oidc: OidcSettings | None
    ops_token: str
    limits: Limits
    throttles: Mapping[str, Throttle]
    seed_users: Sequence[SeedUser]
    body_limit: int
    disk_threshold: float
    health_ms: int


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises Misconfigured with every variable that does not do."""
    reader = Reader(environ)
    is_production = (
        reader.optional("NODE_ENV", one_of("development", "test", "production"), "development")
        == "production"
    )
    port = reader.optional("PORT", integer(1, 65535), 3000)
    worker = _worker(reader, port, is_production=is_production)
    settings = Settings(
        host=reader.optional("HOST", str, "127.0.0.1"),
        port=port,
        database_url=reader.required("DATABASE_URL", connection_string) or "",
        access_secret=reader.required("ACCESS_TOKEN_SECRET", str) or "",
        access_seconds=reader.optional("ACCESS_TOKEN_EXPIRATION", duration, 900),
        refresh_secret=reader.required("REFRESH_TOKEN_SECRET", str) or "",
        worker=worker,
        signing_secret=reader.optional("WORKER_CALLBACK_SIGNING_SECRET", str, ""),
        tolerance_seconds=reader.optional(
            "WORKER_CALLBACK_SIGNATURE_TOLERANCE_SEC", integer(30, 3600), 300
        ),
        oidc=_oidc(reader, is_production=is_production),
        ops_token=reader.optional("OPS_INTERNAL_TOKEN", str, ""),
        limits=limits.limits(reader, worker.deadline_ms),
        throttles=limits.throttles(reader),
        seed_users=reader.optional("SEED_USERS", seed_users, ()),
        body_limit=reader.optional("API_BODY_LIMIT", size, 1024**2),
        disk_threshold=reader.optional("DISK_HEALTH_THRESHOLD", share, 0.98),
        health_ms=reader.optional("HEALTH_CHECK_TIMEOUT_MS", integer(1, MINUTE_MS), 2000),
    )
    if is_production:
        _refuse_in_production(reader, settings)
    reader.check()
    return settings


def seed_users(text: str) -> Sequence[SeedUser]:
    """The users of a JSON list."""
    told = json.loads(text)
    if not isinstance(told, list):
        raise ValueError("a list is wanted")  # noqa: TRY004 - a bad value is what it is
    return tuple(map(_seed_user, told))


def _seed_user(told: object) -> SeedUser:
    match told:
        case {"email": str(email), "password": str(password), "role": str(role), **more}:
            has_profile = more.get("profile", True)
            is_well = "@" in email and len(password) in PASSWORD_LENGTHS and role in ROLES
            if is_well and isinstance(has_profile, bool):
                return SeedUser(
                    email=email.lower(), password=password, role=role, has_profile=has_profile
                )
    raise ValueError("email, password, role and profile are wanted")


def _worker(reader: Reader, port: int, *, is_production: bool) -> WorkerSettings:
    provider = reader.optional("WORKER_TASK_PROVIDER", one_of("http", "cloud-tasks"), "http")
    if provider == "cloud-tasks":
        for name in ("PROJECT_ID", "LOCATION", "QUEUE"):
            reader.required(f"WORKER_TASKS_{name}", str)
    callback_url = reader.optional("WORKER_CALLBACK_URL", _callback_url, "")
    if not callback_url and is_production:
        reader.required("WORKER_CALLBACK_URL", str)
    task_timeout_ms = reader.optional("WORKER_TASK_TIMEOUT_MS", integer(10_000, MOST), 180_000)
    deadline_ms = reader.optional("WORKER_TASK_DISPATCH_DEADLINE_MS", integer(1, MOST), 240_000)
    if deadline_ms <= task_timeout_ms:
        reader.refuse("WORKER_TASK_DISPATCH_DEADLINE_MS")
    return WorkerSettings(
        provider=provider,
        task_url=reader.required("WORKER_TASK_URL", address) or "",
        auth_token=reader.optional("WORKER_AUTH_TOKEN", str, ""),
        callback_url=callback_url or f"http://127.0.0.1:{port}{COMPLETE}",
        callback_token=reader.optional("WORKER_CALLBACK_TOKEN", str, ""),
        request_timeout_ms=reader.optional(
            "WORKER_REQUEST_TIMEOUT_MS", integer(1000, 600_000), 5000
        ),
        task_timeout_ms=task_timeout_ms,
        deadline_ms=deadline_ms,
        retry_interval_ms=reader.optional(
            "WORKER_DISPATCH_RETRY_INTERVAL_MS", integer(100, 60_000), 5000
        ),
    )


def _oidc(reader: Reader, *, is_production: bool) -> OidcSettings | None:
    audience = reader.optional("WORKER_CALLBACK_OIDC_AUDIENCE", address, "")
    issuers = reader.optional("OIDC_ISSUERS", str, GOOGLE_ISSUERS)
    settings = OidcSettings(
        audience=audience,
        email=reader.optional("WORKER_CALLBACK_OIDC_SERVICE_ACCOUNT_EMAIL", email, ""),
        issuers=tuple(issuer.strip() for issuer in issuers.split(",")),
        keys_url=reader.optional("OIDC_JWKS_URL", address, GOOGLE_KEYS),
        keys_seconds=reader.optional("OIDC_JWKS_CACHE_SEC", integer(0, MOST), 300),
    )
    if is_production and settings.keys_url.startswith("http:"):
        reader.refuse("OIDC_JWKS_URL")
    return settings if audience else None


def _refuse_in_production(reader: Reader, settings: Settings) -> None:
    """What is good enough for a test only."""
    worker, oidc = settings.worker, settings.oidc
    if worker.callback_url.startswith("http:"):
        reader.refuse("WORKER_CALLBACK_URL")
    if oidc and oidc.audience.startswith("http:"):
        reader.refuse("WORKER_CALLBACK_OIDC_AUDIENCE")
    if not (settings.signing_secret or worker.callback_token or oidc):
        reader.refuse("WORKER_CALLBACK_SIGNING_SECRET")
    if settings.seed_users:
        reader.refuse("SEED_USERS")


def _callback_url(text: str) -> str:
    if not urlsplit(address(text)).path.endswith(COMPLETE):
        raise ValueError(f"an address that ends with {COMPLETE} is wanted")
    return text
