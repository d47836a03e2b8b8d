"""Private keys: what OpenSSH writes is read, and what is written OpenSSH reads."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from proofbook.signing import line_of, public_of
from proofbook.signing.private import SigningKey, private_text, signing_key

if TYPE_CHECKING:
    from pathlib import Path

KEY = SigningKey(bytes(range(32)))
DAMAGED = "it is a damaged OpenSSH private key; make another"


def made(folder: Path, *words: str) -> Path:
    """A key that ssh-keygen made."""
    file = folder / "id"
    subprocess.run(["ssh-keygen", "-q", "-C", "me", "-f", file, *words], check=True)
    return file


def test_what_is_written_comes_back() -> None:
    """And shows nothing of itself."""
    assert signing_key(private_text(KEY)) == KEY
    assert repr(KEY) == "SigningKey()"


def test_openssh_reads_what_is_written(tmp_path: Path) -> None:
    """The same public key, by the same fingerprint."""
    file = tmp_path / "id"
    file.write_text(private_text(KEY))
    file.chmod(0o600)
    said = [
        subprocess.run(
            ["ssh-keygen", *words, "-f", file], capture_output=True, text=True, check=True
        )
        for words in (["-y"], ["-l"])
    ]
    assert said[0].stdout.strip() == line_of(KEY.public, "proofbook")
    assert said[1].stdout.split()[1] == KEY.fingerprint


def test_what_openssh_writes_is_read(tmp_path: Path) -> None:
    """`ssh-keygen -t ed25519 -N ''`, and nothing else is needed."""
    file = made(tmp_path, "-t", "ed25519", "-N", "")
    assert signing_key(file.read_text()).public == public_of(file.with_suffix(".pub").read_text())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("-t", "ed25519", "-N", "secret"),
            "a passphrase locks it, and a run has nobody to ask; use one without",
        ),
        (
            ("-t", "ecdsa", "-N", ""),
            "it is a key of the kind ecdsa-sha2-nistp256, and runs are signed with ssh-ed25519",
        ),
    ],
)
def test_other_keys_of_openssh_s_are_refused_by_name(
    tmp_path: Path, words: tuple[str, ...], message: str
) -> None:
    """So that whoever brought it knows what to bring."""
    text = made(tmp_path, *words).read_text()
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        signing_key(text)


@pytest.mark.parametrize(
    "text", ["", "x", "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----"]
)
def test_other_text_is_no_key(text: str) -> None:
    """The message says how to make one, and shows nothing."""
    with pytest.raises(ValueError, match="it is no OpenSSH private key") as caught:
        signing_key(text)
    assert str(caught.value) == (
        "it is no OpenSSH private key; make one with `ssh-keygen -t ed25519 -N ''`"
    )


def test_a_damaged_key_is_none_wherever_it_is_damaged() -> None:
    """Any line missing, or another in its place: no other key comes of it."""
    opens, *lines, ends = private_text(KEY).splitlines()
    for at in range(len(lines)):
        for odd in ([*lines[:at], *lines[at + 1 :]], [*lines[:at], "A" * 70, *lines[at + 1 :]]):
            with pytest.raises(
                ValueError, match=r"^it is a (damaged|key of the kind)|^a passphrase locks it"
            ):
                signing_key("\n".join([opens, *odd, ends]))


def test_what_is_not_base64_is_damaged() -> None:
    """Between the two marks."""
    opens, *_, ends = private_text(KEY).splitlines()
    with pytest.raises(ValueError, match=f"^{DAMAGED}$"):
        signing_key(f"{opens}\n*\n{ends}")
