"""What the API and the worker refuse to start with."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from systems.chassis.settings import Misconfigured
from systems.coreos import settings, worker_settings
from tests.systems.vectors import vectors

KEYS = vectors("keys")
RSA = Ed25519PrivateKey.generate()
PEM = RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LOCKED = RSA.private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
).decode()
TOKEN = "t" * 32
API = {
    "DATABASE_URL": "postgresql://x@127.0.0.1/y",
    "FIREBASE_PROJECT_ID": "p",
    "FIREBASE_CLIENT_EMAIL": "a@b",
    "FIREBASE_PRIVATE_KEY": PEM,
    "ATTESTATION_PRIVATE_KEY": KEYS["ATTESTATION_PRIVATE_KEY"],
    "ATTESTATION_PUBLIC_KEY": KEYS["ATTESTATION_PUBLIC_KEY"].upper(),
    "JOB_WORKER_HMAC_SECRET": "aB" * 32,
}
WORKER = {
    "COREOS_API_URL": "http://127.0.0.1:3001/",
    "JOB_WORKER_HMAC_SECRET": "ab" * 32,
    "JOB_TICKET_PUBLIC_KEY": KEYS["JOB_TICKET_PUBLIC_KEY"],
}


def refusals(**changes: str) -> tuple[str, ...]:
    """What the API says of an environment with these changes."""
    with pytest.raises(Misconfigured) as told:
        settings.read(API | changes)
    return told.value.warnings


def test_a_sound_environment_gives_the_contract_s_defaults() -> None:
    """Nothing else needs to be said."""
    read = settings.read(API)

    assert (read.lease_duration_ms, read.ticket_ttl_seconds, read.retry_max_delay_ms) == (
        30_000,
        1800,
        60_000,
    )
    assert (read.worker_auth_tolerance_seconds, read.worker_id_hold_seconds) == (300, 15)
    assert (read.heartbeat_lost_seconds, read.alert_cooldown_seconds, read.store_timeout_ms) == (
        60,
        300,
        2000,
    )
    assert (read.commit_sha, read.is_bypassed, read.is_production, dict(read.uids)) == (
        "dev",
        False,
        False,
        {},
    )


@pytest.mark.parametrize("name", API)
@pytest.mark.parametrize("value", ["", "   "])
def test_each_required_variable_is_missed(name: str, value: str) -> None:
    """Blank is absent."""
    assert refusals(**{name: value}) == (f"Missing env: {name}",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FIREBASE_CLIENT_EMAIL", "nobody"),
        ("FIREBASE_PRIVATE_KEY", "not a pem"),
        ("FIREBASE_PRIVATE_KEY", "-----BEGIN PRIVATE KEY-----"),
        ("FIREBASE_PRIVATE_KEY", LOCKED),
        ("ATTESTATION_PRIVATE_KEY", "ab" * 31),
        ("ATTESTATION_PRIVATE_KEY", "zz" * 32),
        ("ATTESTATION_PUBLIC_KEY", "ab" * 31),
        ("ATTESTATION_PUBLIC_KEY", "ab" * 32),
        ("JOB_WORKER_HMAC_SECRET", "ab" * 31),
        ("JOB_WORKER_HMAC_SECRET", "zz" * 32),
        ("DATABASE_URL", "no connection string"),
        ("NEXT_PUBLIC_AUTH_MODE", "nope"),
        ("COREOS_LOGIN_TOKENS", "uid:short"),
        ("COREOS_LOGIN_TOKENS", TOKEN),
        ("LEASE_DURATION_MS", "abc"),
        ("STORE_TIMEOUT_MS", "-1"),
    ],
)
def test_each_malformed_variable_is_named_and_not_shown(name: str, value: str) -> None:
    """By its name alone."""
    assert refusals(**{name: value}) == (f"Invalid env: {name}",)


def test_bypass_is_refused_in_production() -> None:
    """Elsewhere it is a way to work without a log-in."""
    changes = {"NEXT_PUBLIC_AUTH_MODE": "bypass"}

    assert settings.read(API | changes).is_bypassed
    assert refusals(NODE_ENV="production", **changes) == ("Invalid env: NEXT_PUBLIC_AUTH_MODE",)


def test_a_key_on_one_line_is_a_key() -> None:
    r"""`\n` stands for a line break, as deployment platforms write it."""
    read = settings.read(API | {"FIREBASE_PRIVATE_KEY": PEM.replace("\n", "\\n")})

    assert read.session_secret == PEM


def test_tokens_name_uids() -> None:
    """`uid:token,uid:token`."""
    read = settings.read(API | {"COREOS_LOGIN_TOKENS": f"a:{TOKEN}, b:{TOKEN}2"})

    assert dict(read.uids) == {TOKEN: "a", f"{TOKEN}2": "b"}


@pytest.mark.parametrize("name", WORKER)
def test_a_worker_misses_each_required_variable(name: str) -> None:
    """It has no default for them."""
    with pytest.raises(Misconfigured) as told:
        worker_settings.read(WORKER | {name: ""})
    assert told.value.warnings == (f"Missing env: {name}",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("COREOS_API_URL", "ftp://x"),
        ("COREOS_API_URL", "localhost:3001"),
        ("COREOS_API_URL", "http://x:99999"),
        ("JOB_WORKER_HMAC_SECRET", "ab" * 31),
        ("JOB_TICKET_PUBLIC_KEY", KEYS["ATTESTATION_PUBLIC_KEY"]),
        ("JOB_TICKET_PUBLIC_KEY", KEYS["JOB_TICKET_PUBLIC_KEY"][:-1]),
        ("JOB_TICKET_PUBLIC_KEY", KEYS["JOB_TICKET_PUBLIC_KEY"].replace("/", "_")),
        ("JOB_TICKET_PUBLIC_KEY", KEYS["JOB_TICKET_PUBLIC_KEY"][:-2] + "h="),
        ("JOB_TICKET_PUBLIC_KEY", "é" * 44),
        ("WORKER_ID", "w" * 129),
    ],
)
def test_a_worker_names_each_malformed_variable(name: str, value: str) -> None:
    """One spelling of a key is right, no other."""
    with pytest.raises(Misconfigured) as told:
        worker_settings.read(WORKER | {name: value})
    assert told.value.warnings == (f"Invalid env: {name}",)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0.3", 0.3), ("7", 7), ("0", 5), ("-1", 5), ("x", 5), ("nan", 5), ("inf", 5)],
)
def test_a_worker_s_pace_may_have_decimals_and_falls_back(text: str, seconds: float) -> None:
    """What is no positive number is the default."""
    assert worker_settings.read(WORKER | {"POLL_INTERVAL_SECONDS": text}).poll_seconds == seconds


def test_an_address_may_have_a_prefix_and_needs_no_port() -> None:
    """As behind a proxy."""
    address = worker_settings.address("https://host/core/")

    assert (address.is_secure, address.host, address.port, address.prefix) == (
        True,
        "host",
        443,
        "/core",
    )
