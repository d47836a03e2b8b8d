"""What is wanted of each variable, and how a program says that it was told something else."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from systems.chassis.settings import Misconfigured

#: Never in a log, whatever logs it.
SECRETS = (
    "DATABASE_URL",
    "REDIS_URL",
    "JWT_SECRET",
    "JWT_SECRET_OLD",
    "REFRESH_TOKEN_PEPPER",
    "ENCRYPTION_KEYS",
    "SEED_ADMIN_PASSWORD",
    "SENTRY_DSN",
)
ADDRESS = "0x and 40 hexadecimal digits"
COUNT = "a whole number, 0 or more"
WANTED = {
    "PORT": "an integer from 1 to 65535",
    "NODE_ENV": "development or production",
    "APP_ENV": "dev under NODE_ENV=development, staging or production under NODE_ENV=production",
    "DATABASE_URL": "postgresql://…",
    "REDIS_URL": "redis://…; required when NODE_ENV=production",
    "JWT_SECRET": "at least 32 bytes, on dev at least 16",
    "JWT_SECRET_OLD": "as long as JWT_SECRET must be, and another one",
    "ACCESS_TOKEN_TTL": "a duration such as 15m",
    "ADMIN_WALLETS": "0x and 40 hexadecimal digits each; in production none of the well-known test wallets",
    "REQUIRE_CSRF": "true, or false on dev",
    "TRUSTED_PROXIES": "IP addresses and networks",
    "FEATURE_FLAGS": "a JSON object, known flag → true or false",
    "SENTRY_DSN": "http(s)://KEY@HOST/PROJECT; required when NODE_ENV=production",
    "SENTRY_TRACES_SAMPLE_RATE": "0 to 1; on staging above 0 and at most 0.1",
    "CACHE_TTL_SEC": "a number, 0 or more",
    "RATE_LIMITS": 'a JSON object, known limit → "limit/seconds"',
    "ESCROW_PENDING_THRESHOLD_SEC": "a number, 0 or more",
    "RELEASE_FILE": "a file that `build` wrote",
    "CHAIN_RPC_URL": "an http address",
    "NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS": ADDRESS,
    "REPUTATION_CONTRACT_ADDRESS": ADDRESS,
    "CERTIFICATE_CONTRACT_ADDRESS": ADDRESS,
    "BACKUP_RETENTION_DAYS": COUNT,
    "BACKUP_KEEP_DAILY": COUNT,
    "BACKUP_KEEP_WEEKLY": COUNT,
    "BACKUP_KEEP_MONTHLY": COUNT,
    "ENCRYPTION_KEYS": "name:key, name:key, …, each key the base64 of 32 bytes",
    "ENCRYPTION_KEY_ACTIVE": "the name of one of ENCRYPTION_KEYS",
    "SEED_ADMIN_WALLET": "one of ADMIN_WALLETS",
    "SEED_ADMIN_PASSWORD": "at least 12 characters in production, 5 elsewhere, and at most 72 bytes",
    "SEED_ADMIN_ALLOW_PRODUCTION": "true, where an admin is to be made in production",
    "OPS_ACTION": "deploy, e2e, rollback or rotation",
    "OPS_OUTCOME": "ok or failed",
    "OPS_SECRET": "the name of a variable",
    "OPS_REASON": "scheduled or emergency",
}
USUAL = "a number above 0"


def refuse(problem: Misconfigured) -> NoReturn:
    """One line a variable on standard error, without its value; then this process ends with 1."""
    told = dict.fromkeys(problem.missing, "it is required")
    told |= {name: f"wanted: {WANTED.get(name, USUAL)}" for name in problem.invalid}
    for name, reason in told.items():
        sys.stderr.write(f"config: {name}: {reason}\n")
    sys.exit(1)
