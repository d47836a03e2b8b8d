"""What the Kernel is told by its environment, judged before it does anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from systems.chassis.settings import Reader, integer, words
from systems.kernel import multisig, tokens
from systems.kernel.signatures import public_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nacl.signing import VerifyKey

    from systems.kernel.multisig import Multisig
    from systems.kernel.tokens import Issuer

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent / "migrations"
MOST = 10**12
TRUE = ("true", "1", "yes", "on")
FALSE = ("false", "0", "no", "off", "")
LOG_LEVELS = ("debug", "info", "warn", "error")
ENCRYPTED = ("require", "verify-ca", "verify-full")
SIZE = re.compile(r"([0-9]{1,9})(b|kb|mb)")
BYTES = {"b": 1, "kb": 1024, "mb": 1024**2}
#: What is wanted of a variable, for those of whom it is not plain.
WANTED = {
    "POSTGRES_URL": "postgresql://…; in production, to another host, with sslmode=require or stronger",
    "KMS_ENDPOINT": "an https address, or http to this host; outside production any http address",
    "REQUIRE_KMS": "true or false; true in production",
    "NODE_ENV": "production or development",
    "LOG_LEVEL": "debug, info, warn or error",
    "UPGRADE_APPROVER_KEYS": "JSON: approver → Ed25519 public key in base64",
    "KERNEL_OIDC_CONFIG_JSON": "JSON with an issuer",
    "KERNEL_OIDC_CONFIG_PATH": "a file that holds JSON with an issuer",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class KmsSettings:
    """How the Kernel speaks to the KMS; no base: there is none."""

    base: str
    token: str
    is_required: bool
    timeout_ms: int
    probe_timeout_ms: int
    probe_interval_ms: int
    key_cache_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The Kernel's settings; times in the unit of their names."""

    postgres_url: str
    signer_id: str
    kms: KmsSettings
    is_production: bool
    host: str
    port: int
    log_level: str
    db_wait_ms: int
    db_probe_ms: int
    sentinel_url: str
    sentinel_timeout_ms: int
    shutdown_ms: int
    body_limit: int
    app_version: str
    slo: Mapping[str, object]
    idempotency_ttl_seconds: int
    idempotency_body_limit: int
    multisig: Multisig
    approver_keys: Mapping[str, VerifyKey]
    issuer: Issuer | None
    migrations: Path
    migrate_flags: frozenset[str]


def read(environ: Mapping[str, str]) -> Settings:
    """The settings of an environment. Raises Misconfigured with every variable that does not do."""
    reader = Reader(environ)
    is_production = reader.optional("NODE_ENV", _node_env, "development") == "production"
    ms = integer(0, MOST)
    settings = Settings(
        postgres_url=postgres_url(reader, is_production=is_production),
        signer_id=_told(
            reader, "SIGNER_ID", str, "kernel-signer-local", is_production=is_production
        ),
        kms=_kms(reader, is_production=is_production),
        is_production=is_production,
        host=reader.optional("HOST", str, "0.0.0.0"),  # noqa: S104 - the contract's default
        port=_told(reader, "PORT", integer(1, 65535), 3000, is_production=is_production),
        log_level=_told(reader, "LOG_LEVEL", _log_level, "info", is_production=is_production),
        db_wait_ms=reader.optional("DB_WAIT_TIMEOUT_MS", ms, 30_000),
        db_probe_ms=reader.optional("DB_PROBE_TIMEOUT_MS", ms, 1000),
        sentinel_url=reader.optional("SENTINEL_URL", _http, "").rstrip("/"),
        sentinel_timeout_ms=reader.optional("SENTINEL_TIMEOUT_MS", ms, 2000),
        shutdown_ms=reader.optional("SHUTDOWN_TIMEOUT_MS", ms, 10_000),
        body_limit=reader.optional("REQUEST_BODY_LIMIT", _size, BYTES["mb"]),
        app_version=reader.optional("APP_VERSION", str, "dev"),
        slo=_slo(reader),
        idempotency_ttl_seconds=reader.optional("IDEMPOTENCY_TTL_SECONDS", ms, 86_400),
        idempotency_body_limit=reader.optional("IDEMPOTENCY_RESPONSE_BODY_LIMIT", ms, 1_048_576),
        multisig=multisig.read(
            environ.get("UPGRADE_APPROVER_IDS", ""), environ.get("UPGRADE_REQUIRED_APPROVALS", "")
        ),
        approver_keys=reader.optional("UPGRADE_APPROVER_KEYS", _keys, {}),
        issuer=_issuer(reader),
        migrations=reader.optional("MIGRATIONS_DIR", Path, MIGRATIONS),
        migrate_flags=flags(reader),
    )
    reader.check()
    return settings


def postgres_url(reader: Reader, *, is_production: bool) -> str:
    """The database's address: no default in any mode, and in production no secret in the open."""
    url = reader.required("POSTGRES_URL", _postgres) or ""
    if url and is_production and not _is_encrypted(url):
        reader.refuse("POSTGRES_URL")
    return url


def kms_base(endpoint: str) -> str:
    """The KMS's address, whether or not it was given with the path of its first call."""
    return endpoint.rstrip("/").removesuffix("/sign").rstrip("/")


def switch(text: str) -> bool:
    """A truth in one of the words for it."""
    if text.lower() in TRUE + FALSE:
        return text.lower() in TRUE
    raise ValueError("true or false is wanted")


def flags(reader: Reader) -> frozenset[str]:
    """The migrations that cannot be undone and are to be run all the same."""
    return reader.optional("MIGRATE_FLAGS", words, words(""))


def _told(
    reader: Reader, name: str, parse: Callable[[str], T], default: T, *, is_production: bool
) -> T:
    """A variable that has a default, though none in production."""
    if not is_production:
        return reader.optional(name, parse, default)
    found = reader.required(name, parse)
    return default if found is None else found


def _kms(reader: Reader, *, is_production: bool) -> KmsSettings:
    ms = integer(0, MOST)
    endpoint = _told(reader, "KMS_ENDPOINT", _http, "", is_production=is_production)
    if is_production and endpoint.startswith("http:") and not _is_loopback(_host(endpoint)):
        reader.refuse("KMS_ENDPOINT")
    is_required = reader.optional("REQUIRE_KMS", switch, default=False)
    if is_production and not is_required:
        reader.refuse("REQUIRE_KMS")
    if is_required and not endpoint:
        reader.refuse("KMS_ENDPOINT")
    return KmsSettings(
        base=kms_base(endpoint),
        token=reader.optional("KMS_BEARER_TOKEN", str, ""),
        is_required=is_required,
        timeout_ms=reader.optional("KMS_TIMEOUT_MS", ms, 5000),
        probe_timeout_ms=reader.optional("KMS_PROBE_TIMEOUT_MS", ms, 3000),
        probe_interval_ms=reader.optional("KMS_PROBE_INTERVAL_MS", ms, 5000),
        key_cache_seconds=reader.optional("KMS_PUBLIC_KEY_CACHE_SECONDS", ms, 60),
    )


def _slo(reader: Reader) -> Mapping[str, object]:
    ms = integer(0, MOST)
    return {
        "availability_target": reader.optional("SLO_AVAILABILITY_TARGET", str, "99.9%"),
        "latency_p99_ms": reader.optional("SLO_LATENCY_P99_MS", ms, 500),
        "rto_seconds": reader.optional("SLO_RTO_SECONDS", ms, 60),
    }


def _issuer(reader: Reader) -> Issuer | None:
    inline = reader.optional("KERNEL_OIDC_CONFIG_JSON", tokens.issuer, None)
    if inline is not None:
        return inline
    return reader.optional("KERNEL_OIDC_CONFIG_PATH", _issuer_of_file, None)


def _issuer_of_file(path: str) -> Issuer:
    try:
        return tokens.issuer(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError("it cannot be read") from error


def _keys(text: str) -> Mapping[str, VerifyKey]:
    told = json.loads(text)
    if not isinstance(told, dict):
        raise ValueError("approver → key is wanted")  # noqa: TRY004 - a bad value is what it is
    return {approver: public_key(key) for approver, key in told.items()}


def _node_env(text: str) -> str:
    if text not in ("production", "development"):
        raise ValueError("production or development is wanted")
    return text


def _log_level(text: str) -> str:
    if text not in LOG_LEVELS:
        raise ValueError("a level is wanted")
    return text


def _size(text: str) -> int:
    found = SIZE.fullmatch(text.lower())
    if not found:
        raise ValueError("a size such as 1mb is wanted")
    return int(found[1]) * BYTES[found[2]]


def _http(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https") or not _host(text):
        raise ValueError("an http address is wanted")
    return text


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _postgres(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("postgresql://… is wanted")
    try:
        conninfo_to_dict(text)
    except ProgrammingError as error:
        raise ValueError("no connection string") from error
    return text


def _is_encrypted(url: str) -> bool:
    told = conninfo_to_dict(url)
    hosts = str(told.get("host") or "").split(",")
    return told.get("sslmode") in ENCRYPTED or all(map(_is_loopback, hosts))


def _is_loopback(host: str) -> bool:
    return host in ("", "localhost", "::1") or host.startswith(("127.", "/"))
