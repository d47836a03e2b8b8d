"""What the checks take for a committed secret, and what they do not; and that they find it in history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from checks.kernel.files_holding import holds
from checks.kernel.repository import Repository, scratch
from checks.kernel.secret_patterns import is_placeholder, kinds, planted
from proofbook import NotAsked

if TYPE_CHECKING:
    from pathlib import Path

#: In two parts, so that no reader of this file takes it for what it looks like.
HEADER = "-----BEGIN " + "RSA PRIVATE KEY-----"
AWS = "AKI" + "A0123456789ABCDEF"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{HEADER}\nMIIEpAIBAAKCAQEA7y", {"key"}),
        (f'"{HEADER}\\nMIIEpAIBAAKCAQEA7y"', {"key"}),
        (f"{HEADER}\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\nMIIEpAIBAAKCAQEA7y", {"key"}),
        (f'if text.startswith("{HEADER}"):', set()),
        (f"id = {AWS}", {"aws"}),
        ("id = AKIA" + "IOSFODNN7EXAMPLE", set()),
        ("postgres://u:" + "Zk3-f9@db.internal:5432/x", {"address"}),
        ("postgres://u:" + "Zk3-f9@127.0.0.1:5432/x", set()),
        ("postgres://u:" + "Zk3-f9@[::1]:5432/x", set()),
        ("postgresql://user:" + "password@db.prod.example:5432/x", set()),
        ("postgresql://kernel:" + "${DB_PASSWORD}@db.internal/x", set()),
        ("KMS_TOKEN=" + "4fJ0q8Zr1Lw9xYb2", {"variable"}),
        ("KMS_TOKEN=" + "4fJ0q8Zr1Lw9xYb", set()),
        ("KMS_TOKEN=" + "<the-token-of-the-kms>", set()),
        ("API_KEY=" + "your-api-key-goes-here", set()),
        ("KMS_TOKEN=" + "process.env.KMS_BEARER_TOKEN", set()),
    ],
)
def test_a_secret_is_told_from_the_mention_of_one(text: str, found: set[str]) -> None:
    """A key has a body, a password a host elsewhere, a value no brackets."""
    assert kinds(text.encode(), characters=16) == found


@pytest.mark.parametrize("value", ["", "<x>", "${X}", "$X", "changeme", "...", "env:X", "password"])
def test_a_placeholder_is_no_secret(value: str) -> None:
    """Whatever asks to be replaced."""
    assert is_placeholder(value)


def test_what_was_removed_is_still_found() -> None:
    """A later commit takes nothing out of history."""
    files = planted(16)

    with scratch(files) as copy:
        held = {path: kinds(content, 16) for path, content in copy.blobs()}

    assert held == {kind: {kind} for kind in files}


def test_where_there_is_no_history_nothing_is_asked(tmp_path: Path) -> None:
    """A folder that was handed over without its repository."""
    with pytest.raises(NotAsked, match="is in no repository that git reads"):
        Repository(tmp_path)


def test_a_mark_is_found_where_pieces_meet(tmp_path: Path) -> None:
    """A large file is read piece by piece, and nothing falls between two."""
    file = tmp_path / "large"
    file.write_bytes(b"." * ((1 << 20) - 3) + b"marked" + b"." * 10)

    assert holds(file, [b"marked"])
    assert not holds(file, [b"unmarked"])
