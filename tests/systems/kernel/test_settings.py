"""What the Kernel refuses to start with, and what it starts with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from proofbook.stack import Exited
from systems.chassis.settings import Misconfigured
from systems.kernel import backup_settings, kms, settings

if TYPE_CHECKING:
    from pathlib import Path

    from proofbook.stack import Twin

LOCAL = {"POSTGRES_URL": "postgresql://u:pass-word@127.0.0.1/illuvrse"}
PRODUCTION = LOCAL | {
    "NODE_ENV": "production",
    "KMS_ENDPOINT": "https://kms.internal/sign",
    "SIGNER_ID": "kernel-signer-1",
    "REQUIRE_KMS": "1",
    "PORT": "3000",
    "LOG_LEVEL": "info",
}
FOREIGN = "postgresql://u:p@db.invalid/illuvrse"


def refused(base: dict[str, str], **changes: str) -> tuple[str, ...]:
    """The variables that are named when an environment with these changes is refused."""
    with pytest.raises(Misconfigured) as told:
        settings.read(base | changes)
    return told.value.missing + told.value.invalid


def test_the_database_alone_suffices_in_development() -> None:
    """Everything else has the contract's default."""
    read = settings.read(LOCAL)

    assert (read.port, read.signer_id) == (3000, "kernel-signer-local")
    assert (read.kms.base, read.kms.is_required, read.sentinel_url) == ("", False, "")
    assert (read.db_wait_ms, read.db_probe_ms, read.shutdown_ms) == (30_000, 1000, 10_000)
    assert (read.kms.timeout_ms, read.kms.probe_timeout_ms) == (5000, 3000)
    assert (read.kms.probe_interval_ms, read.kms.key_cache_seconds) == (5000, 60)
    assert (read.body_limit, read.app_version, read.issuer) == (1_048_576, "dev", None)
    assert (read.idempotency_ttl_seconds, read.sentinel_timeout_ms) == (86_400, 2000)


@pytest.mark.parametrize("name", PRODUCTION)
def test_production_has_no_defaults(name: str) -> None:
    """Each of what it needs is named when it is not there, or empty; development is no way out."""
    if name == "NODE_ENV":
        assert refused(PRODUCTION, NODE_ENV="prod") == ("NODE_ENV",)
        return
    assert refused(PRODUCTION, **{name: ""}) == (name,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_URL", "mysql://u@h/d"),
        ("POSTGRES_URL", FOREIGN),
        ("POSTGRES_URL", FOREIGN + "?sslmode=prefer"),
        ("KMS_ENDPOINT", "http://kms.example"),
        ("KMS_ENDPOINT", "kms.internal"),
        ("REQUIRE_KMS", "false"),
        ("REQUIRE_KMS", "maybe"),
        ("PORT", "0"),
        ("LOG_LEVEL", "loud"),
        ("SENTINEL_URL", "ftp://x"),
        ("KMS_TIMEOUT_MS", "-1"),
        ("KMS_TIMEOUT_MS", "1.5"),
        ("REQUEST_BODY_LIMIT", "much"),
        ("UPGRADE_APPROVER_KEYS", '{"a": "nonsense"}'),
        ("UPGRADE_APPROVER_KEYS", "[]"),
        ("KERNEL_OIDC_CONFIG_JSON", "{}"),
        ("KERNEL_OIDC_CONFIG_JSON", "["),
        ("KERNEL_OIDC_CONFIG_PATH", "/nowhere"),
    ],
)
def test_what_does_not_do_is_named(name: str, value: str) -> None:
    """In production; the value is not."""
    assert refused(PRODUCTION, **{name: value}) == (name,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("POSTGRES_URL", FOREIGN + "?sslmode=verify-full"),
        ("KMS_ENDPOINT", "http://localhost:1/sign"),
        ("REQUIRE_KMS", "Yes"),
        ("REQUEST_BODY_LIMIT", "2kb"),
        ("SENTRY_DSN", "https://key@nobody.invalid/1"),
    ],
)
def test_what_does(name: str, value: str) -> None:
    """In production."""
    assert settings.read(PRODUCTION | {name: value}).is_production


def test_an_issuer_in_a_file(tmp_path: Path) -> None:
    """Its keys may stand in another one."""
    keys, config = tmp_path / "keys.json", tmp_path / "oidc.json"
    keys.write_text('{"keys": [{"kty": "OKP"}]}')
    config.write_text(json.dumps({"iss": "i", "client_id": "c", "jwks_path": str(keys)}))

    issuer = settings.read(LOCAL | {"KERNEL_OIDC_CONFIG_PATH": str(config)}).issuer

    assert issuer is not None
    assert (issuer.name, issuer.audience, issuer.keys) == ("i", "c", [{"kty": "OKP"}])


def test_the_other_programs() -> None:
    """The KMS needs a place for its keys; a backup is kept as long as the runbook says."""
    with pytest.raises(Misconfigured) as told:
        kms.read({"PORT": "x"})
    assert (told.value.missing, told.value.invalid) == (("KMS_DATA_DIR",), ("PORT",))
    for days in ("29", "91"):
        with pytest.raises(Misconfigured) as told:
            backup_settings.read(LOCAL | {"BACKUP_DIR": "/b", "BACKUP_RETENTION_DAYS": days})
        assert told.value.invalid == ("BACKUP_RETENTION_DAYS",)


def test_a_refused_start_is_one_line_without_the_value(kernel_twin: Twin) -> None:
    """On standard error, as JSON; nothing listens."""
    outcome = kernel_twin.start("api", env={"POSTGRES_URL": "mysql://u:hidden-word@h/d"})

    assert isinstance(outcome, Exited)
    assert outcome.code == 1
    (line,) = [json.loads(each) for each in outcome.output.splitlines() if each.startswith("{")]
    assert (line["level"], line["message"], line["variable"]) == (
        "error",
        "config.invalid",
        "POSTGRES_URL",
    )
    assert "hidden-word" not in outcome.output
