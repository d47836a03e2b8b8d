"""What stands in files that a deployment starts from: migrations, and the sample of its environment."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from checks.kernel.secret_patterns import is_placeholder
from proofbook import NoVerdict

if TYPE_CHECKING:
    from pathlib import Path

    from checks.kernel.adapter_deployment import Deployment
    from proofbook import ClaimHandle

#: What production requires.
REQUIRED = (
    "POSTGRES_URL",
    "KMS_ENDPOINT",
    "SIGNER_ID",
    "REQUIRE_KMS",
    "NODE_ENV",
    "PORT",
    "LOG_LEVEL",
)
SECRETS = ("POSTGRES_URL", "KMS_BEARER_TOKEN", "SENTRY_DSN")
_LINE = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=(.*)$", re.MULTILINE)
_PASSWORD = re.compile(r"^\w+://[^/@]*:([^/@]*)@")


@pytest.mark.claim("kernel.migrations-ordered")
def test_migrations_are_applied_in_one_order(claim: ClaimHandle, described: Deployment) -> None:
    """Whoever goes by name and whoever goes by number applies the same files in the same order."""
    folder = described.twin.file("migrations")
    files = sorted(path.name for path in folder.glob("*")) if folder.is_dir() else []

    claim.require(files, f"{folder.name} holds no file")
    migrations = [name for name in files if name.endswith(".sql")]
    assert migrations, f"no SQL file among {files}"
    numbers = [_number(name) for name in migrations]
    assert [name for name, number in zip(migrations, numbers, strict=True) if number < 0] == []
    assert numbers == sorted(set(numbers)), f"numbers {numbers} of {migrations}"


@pytest.mark.claim("kernel.sample-environment-complete")
def test_the_sample_names_what_is_required(claim: ClaimHandle, described: Deployment) -> None:
    """Whoever fills in each line has told the Kernel all that it needs, and found no secret there."""
    sample = described.twin.file("env_sample")
    own = described.twin.system.names.env
    wanted = [name for name in REQUIRED if name not in described.twin.system.absent]

    listed = {name: value.strip() for name, value in _LINE.findall(_text(sample))}

    claim.require(listed, f"{sample.name} names no variable")
    claim.require(len(REQUIRED) == claim["variables"], "the claim speaks of other variables")
    assert [name for name in wanted if own.get(name, name) not in listed] == []
    told = {name: listed.get(own.get(name, name), "") for name in SECRETS}
    assert [name for name, value in told.items() if not _is_blank(value)] == []


def _number(name: str) -> int:
    """The number that a file's name opens with; -1: none."""
    found = re.match(r"\d+", name)
    return int(found[0]) if found else -1


def _is_blank(value: str) -> bool:
    """Whether nothing is told, or what only stands where a secret is to be put."""
    bare = value.strip("\"'")
    password = _PASSWORD.match(bare)
    return is_placeholder(password[1] if password else bare)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NoVerdict(f"{path.name} cannot be read: {error}") from None
