"""People sign with the SSH key that they have, and nobody needs OpenSSH to see that they did."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from proofbook.signing import (
    BadKey,
    BadSignature,
    fingerprint,
    is_fingerprint,
    line_of,
    public_of,
    sign,
    signer,
)

if TYPE_CHECKING:
    from pathlib import Path

SEED = bytes(range(32))
PUBLIC = bytes(SigningKey(SEED).verify_key)

needs_openssh = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="there is no ssh-keygen here"
)


def keygen(*words: str, message: bytes = b"") -> str:
    """What `ssh-keygen` prints."""
    ran = subprocess.run(["ssh-keygen", *words], input=message, capture_output=True, check=True)
    return ran.stdout.decode()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key as a person has one."""
    keygen("-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", str(tmp_path / "id"))
    return tmp_path / "id"


@needs_openssh
def test_what_openssh_signs_names_its_key(key: Path) -> None:
    """The signer is read from the signature, and is the key whose line OpenSSH wrote."""
    signed = keygen("-q", "-Y", "sign", "-f", str(key), "-n", "proofbook", message=b"yes\n")
    public = public_of(key.with_suffix(".pub").read_text())
    assert signer(signed, b"yes\n") == public
    assert fingerprint(public) == keygen("-lf", str(key)).split()[1]


@needs_openssh
def test_openssh_verifies_what_is_signed_here(tmp_path: Path) -> None:
    """The form is OpenSSH's own in both directions."""
    (tmp_path / "allowed").write_text(f"ada {line_of(PUBLIC)}\n")
    (tmp_path / "signed").write_text(sign(b"yes\n", SEED))
    words = ["-Y", "verify", "-f", str(tmp_path / "allowed"), "-I", "ada", "-n", "proofbook"]
    told = keygen(*words, "-s", str(tmp_path / "signed"), message=b"yes\n")
    assert told.startswith('Good "proofbook" signature for ada')


@given(st.binary(max_size=200))
def test_a_signature_is_read_back(message: bytes) -> None:
    """Whatever the message, its signer is found."""
    assert signer(sign(message, SEED), message) == PUBLIC


@given(st.data())
def test_a_flipped_bit_is_no_signature(data: st.DataObject) -> None:
    """One changed character of the body, or another message, and nobody has signed."""
    signed = sign(b"yes", SEED)
    lines = signed.splitlines()
    row = data.draw(st.integers(1, len(lines) - 2))
    column = data.draw(st.integers(0, len(lines[row]) - 3))
    letter = "A" if lines[row][column] != "A" else "B"
    lines[row] = lines[row][:column] + letter + lines[row][column + 1 :]
    with pytest.raises(BadSignature):
        signer("\n".join(lines), b"yes")
    with pytest.raises(BadSignature, match="does not fit"):
        signer(signed, b"no")


def test_a_signature_for_something_else_does_not_count() -> None:
    """What was signed for git or a login is no answer here."""
    with pytest.raises(BadSignature) as refusal:
        signer(sign(b"yes", SEED, namespace="git"), b"yes")
    assert str(refusal.value) == "it was made for git, not for proofbook"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it is not what ssh-keygen -Y sign writes"),
        ("-----BEGIN SSH SIGNATURE-----\nAAA\n-----END SSH SIGNATURE-----", "Incorrect padding"),
        (
            "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----",
            "it is no SSH signature of version 1",
        ),
        (
            "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----",
            "it ends too early",
        ),
    ],
)
def test_what_is_no_signature_says_so(text: str, why: str) -> None:
    """Damage of any kind is told apart from a signature that does not fit."""
    with pytest.raises(BadSignature) as refusal:
        signer(text, b"yes")
    assert str(refusal.value) == why


def test_a_key_goes_through_its_line() -> None:
    """The line that OpenSSH would write gives the key back, with or without a comment."""
    assert public_of(line_of(PUBLIC)) == public_of(line_of(PUBLIC, "ada@example")) == PUBLIC
    assert is_fingerprint(fingerprint(PUBLIC))
    assert not is_fingerprint("SHA256:short")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "its kind is nothing, and only ssh-ed25519 is read"),
        ("ssh-rsa AAAA ada", "its kind is ssh-rsa, and only ssh-ed25519 is read"),
        ("ssh-ed25519", "its second word is not an Ed25519 key in base64"),
        ("ssh-ed25519 AAAA", "its second word is not an Ed25519 key in base64"),
        ("ssh-ed25519 !", "its second word is not an Ed25519 key in base64"),
        (
            line_of(PUBLIC)[:-4],
            "its second word is not an Ed25519 key in base64",
        ),
    ],
)
def test_what_is_no_key_says_what_it_is(line: str, why: str) -> None:
    """A person pastes many things."""
    with pytest.raises(BadKey) as refusal:
        public_of(line)
    assert str(refusal.value) == why
