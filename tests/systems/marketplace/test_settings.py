"""What the marketplace takes of its environment, and what it refuses by name."""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from coincurve import PrivateKey
from psycopg.conninfo import conninfo_to_dict

from systems.chassis.settings import Misconfigured
from systems.marketplace import forms, keccak, release, settings, wanted
from systems.marketplace.limits import Limit

if TYPE_CHECKING:
    from pathlib import Path

    from systems.marketplace.settings import Settings

DEV = {"DATABASE_URL": "postgresql://somebody@127.0.0.1:5432/market", "JWT_SECRET": "s" * 32}
PRODUCTION = DEV | {
    "NODE_ENV": "production",
    "REDIS_URL": "redis://:pw@127.0.0.1:6379/0",
    "SENTRY_DSN": "http://public@127.0.0.1:9/1",
}
STAGING = PRODUCTION | {"APP_ENV": "staging"}
WALLET = "0x" + "Ab" * 20
#: The mnemonic with which chains for tests begin, and where its accounts are derived.
MNEMONIC = "test test test test test test test test test test test junk"
HARDENED = 2**31
ACCOUNTS = (HARDENED + 44, HARDENED + 60, HARDENED, 0)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def refused(environ: dict[str, str]) -> tuple[str, ...]:
    """The variables that do not do."""
    with pytest.raises(Misconfigured) as caught:
        settings.read(environ)
    return caught.value.missing + caught.value.invalid


def read(environ: dict[str, str], **more: str) -> Settings:
    """The settings of an environment with some variables otherwise."""
    return settings.read(environ | more)


def test_dev_needs_little() -> None:
    """A database and a secret; all else has a default."""
    told = settings.read(DEV)

    assert (told.host, told.port, told.surroundings.name) == ("127.0.0.1", 3000, "dev")
    assert told.flags == {"drafts": True, "legacy_apply": True, "escrow": True}
    assert (told.release.commit, told.release.version) == ("unknown", "0.1.0")
    assert (told.tokens.access_seconds, told.operations.cache_seconds) == (900, 30)
    assert told.operations.limits["login"] == Limit(10, 300)


def test_production_is_what_it_is_under_production() -> None:
    """APP_ENV follows NODE_ENV, and flags are off."""
    told = settings.read(PRODUCTION)

    assert told.surroundings.name == "production"
    assert not any(told.flags.values())
    assert read(PRODUCTION, FEATURE_FLAGS='{"drafts": true}').flags["drafts"]


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, ("DATABASE_URL", "JWT_SECRET")),
        (DEV | {"APP_ENV": "qa"}, ("APP_ENV",)),
        (DEV | {"APP_ENV": "Dev"}, ("APP_ENV",)),
        (PRODUCTION | {"APP_ENV": "dev"}, ("APP_ENV",)),
        (DEV | {"NODE_ENV": "test"}, ("NODE_ENV",)),
        (DEV | {"DATABASE_URL": "mysql://127.0.0.1/x"}, ("DATABASE_URL",)),
        (DEV | {"DB_TIMEOUT_MS": "0"}, ("DB_TIMEOUT_MS",)),
        (PRODUCTION | {"REDIS_URL": ""}, ("REDIS_URL",)),
        (STAGING | {"SENTRY_DSN": ""}, ("SENTRY_DSN",)),
        (STAGING | {"SENTRY_TRACES_SAMPLE_RATE": "0"}, ("SENTRY_TRACES_SAMPLE_RATE",)),
        (STAGING | {"SENTRY_TRACES_SAMPLE_RATE": "0.2"}, ("SENTRY_TRACES_SAMPLE_RATE",)),
        (DEV | {"SENTRY_TRACES_SAMPLE_RATE": "1.1"}, ("SENTRY_TRACES_SAMPLE_RATE",)),
        (DEV | {"JWT_SECRET": "s" * 15}, ("JWT_SECRET",)),
        (PRODUCTION | {"JWT_SECRET": "s" * 31}, ("JWT_SECRET",)),
        (PRODUCTION | {"JWT_SECRET_OLD": "o" * 31}, ("JWT_SECRET_OLD",)),
        (DEV | {"JWT_SECRET_OLD": "s" * 32}, ("JWT_SECRET_OLD",)),
        (DEV | {"ADMIN_WALLETS": "0x12"}, ("ADMIN_WALLETS",)),
        (PRODUCTION | {"REQUIRE_CSRF": "false"}, ("REQUIRE_CSRF",)),
        (DEV | {"REQUIRE_CSRF": "no"}, ("REQUIRE_CSRF",)),
        (DEV | {"TRUSTED_PROXIES": "10.0.0.0/99"}, ("TRUSTED_PROXIES",)),
        (DEV | {"FEATURE_FLAGS": "{"}, ("FEATURE_FLAGS",)),
        (DEV | {"FEATURE_FLAGS": "[]"}, ("FEATURE_FLAGS",)),
        (DEV | {"FEATURE_FLAGS": '{"drafts": 1}'}, ("FEATURE_FLAGS",)),
        (DEV | {"FEATURE_FLAGS": '{"dragons": true}'}, ("FEATURE_FLAGS",)),
        (DEV | {"CACHE_TTL_SEC": "-1"}, ("CACHE_TTL_SEC",)),
        (DEV | {"SLO_WINDOW_SHORT_SEC": "0"}, ("SLO_WINDOW_SHORT_SEC",)),
        (DEV | {"RATE_LIMITS": '{"login": "0/300"}'}, ("RATE_LIMITS",)),
        (DEV | {"RATE_LIMITS": '{"logins": "1/300"}'}, ("RATE_LIMITS",)),
        (DEV | {"CHAIN_RPC_URL": "ws://127.0.0.1:1"}, ("CHAIN_RPC_URL",)),
        (DEV | {"ESCROW_PENDING_THRESHOLD_SEC": "soon"}, ("ESCROW_PENDING_THRESHOLD_SEC",)),
    ],
    ids=lambda told: ",".join(told) if isinstance(told, tuple) else "",
)
def test_what_does_not_do_is_named(environ: dict[str, str], names: tuple[str, ...]) -> None:
    """Each variable, and no other."""
    assert refused(environ) == names


def test_a_chain_needs_its_contracts() -> None:
    """Without their addresses nothing could be asked of it."""
    assert refused(DEV | {"CHAIN_RPC_URL": "http://127.0.0.1:8545"}) == (
        "NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS",
        "REPUTATION_CONTRACT_ADDRESS",
        "CERTIFICATE_CONTRACT_ADDRESS",
    )


def test_secrets_are_measured_in_bytes() -> None:
    """Thirty-one letters of which one takes two bytes are enough in production."""
    assert read(PRODUCTION, JWT_SECRET="é" + "s" * 30).tokens.secret


def test_the_wallets_of_manuals_are_no_admins_in_production() -> None:
    """Everybody has their keys; on dev they are handy."""
    known = min(settings.DEVELOPMENT_WALLETS)

    assert refused(PRODUCTION | {"ADMIN_WALLETS": f"{WALLET}, {known.upper().replace('X', 'x')}"})
    assert read(DEV, ADMIN_WALLETS=known).access.admin_wallets == {known}
    assert read(PRODUCTION, ADMIN_WALLETS=WALLET).access.admin_wallets == {WALLET.lower()}


def test_the_wallets_of_manuals_are_those_of_the_mnemonic() -> None:
    """Accounts 0 to 9, by BIP 39, 32 and 44."""
    seed = hashlib.pbkdf2_hmac("sha512", MNEMONIC.encode(), b"mnemonic", 2048)
    root = hmac.digest(b"Bitcoin seed", seed, "sha512")
    for step in ACCOUNTS:
        root = derived(root, step)

    found = {address(derived(root, account)) for account in range(10)}

    assert found == settings.DEVELOPMENT_WALLETS


def derived(node: bytes, step: int) -> bytes:
    """A child of a key and chain code, as BIP 32 says."""
    key, code = node[:32], node[32:]
    told = b"\0" + key if step >= HARDENED else PrivateKey(key).public_key.format()
    made = hmac.digest(code, told + step.to_bytes(4), "sha512")
    child = (int.from_bytes(made[:32]) + int.from_bytes(key)) % ORDER
    return child.to_bytes(32) + made[32:]


def address(node: bytes) -> str:
    """The wallet of a key."""
    public = PrivateKey(node[:32]).public_key.format(compressed=False)
    return "0x" + keccak.digest(public[1:])[-20:].hex()


def test_prismas_schema_is_understood() -> None:
    """It becomes the search path; libpq knows no such parameter."""
    told = conninfo_to_dict(
        forms.postgres("postgresql://u:p%40@127.0.0.1:5/db?schema=market&sslmode=disable")
    )

    assert (told["password"], told["sslmode"], told["dbname"]) == ("p@", "disable", "db")
    assert told["options"] == "-c search_path=market -c timezone=UTC"


def test_a_refusal_shows_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a variable: its name, and what is wanted."""
    with pytest.raises(SystemExit) as ended:
        wanted.refuse(Misconfigured(("DATABASE_URL",), ("JWT_SECRET",)))

    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "config: DATABASE_URL: it is required\n"
        "config: JWT_SECRET: wanted: at least 32 bytes, on dev at least 16\n"
    )


def test_an_artifact_knows_its_release(tmp_path: Path) -> None:
    """Unless the environment says another; before it is built nothing is known of it."""
    file = tmp_path / "made" / "release.env"
    release.write(file)

    told = settings.read(release.laid_under(DEV | {"RELEASE_FILE": str(file)}))
    other = settings.read(release.laid_under(DEV | {"RELEASE_FILE": str(file), "GIT_COMMIT": "c1"}))
    with pytest.raises(Misconfigured) as caught:
        release.laid_under({"RELEASE_FILE": str(tmp_path)})

    assert (told.release.commit, told.release.version) == (release.commit(), release.VERSION)
    assert (other.release.commit, other.release.version) == ("c1", release.VERSION)
    assert caught.value.invalid == ("RELEASE_FILE",)
    assert release.laid_under({"RELEASE_FILE": str(tmp_path / "none")}).keys() == {"RELEASE_FILE"}
