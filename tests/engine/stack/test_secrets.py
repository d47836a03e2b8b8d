"""References are followed, secrets are made, and every one is remembered."""

from __future__ import annotations

import base64
import sys
import uuid
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from nacl.signing import SigningKey

from proofbook.errors import NotAsked
from proofbook.stack.secrets import Secrets
from tests.engine.stack.tiny import target_of

if TYPE_CHECKING:
    from pathlib import Path


def secrets_of(root: Path, **said: str) -> Secrets:
    """The secrets of a target that names these."""
    lines = [f'{name} = "{text}"' for name, text in said.items()]
    text = "\n".join(['kind = "twin"', "[secrets]", *lines])
    return Secrets(target_of(text), root)


def words(secrets: Secrets) -> dict[str, str]:
    """Every placeholder with its value."""
    return {name: look() for name, look in secrets.words().items()}


def test_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME` is the runner's variable, as it is."""
    monkeypatch.setenv("HMAC", " s3cret\n")
    secrets = secrets_of(tmp_path, hmac="env:HMAC")

    assert words(secrets) == {"secret.hmac": " s3cret\n"}
    assert secrets.seen == {" s3cret\n"}


def test_from_a_file(tmp_path: Path) -> None:
    """`file:PATH` is a file under the root, less one newline at its end."""
    (tmp_path / "hmac").write_text("s3cret\n\n")
    secrets = secrets_of(tmp_path, hmac="file:hmac")

    assert words(secrets) == {"secret.hmac": "s3cret\n"}
    assert secrets.seen == {"s3cret\n"}


def test_nothing_is_read_before_it_is_asked_for(tmp_path: Path) -> None:
    """A secret that nothing needs may be missing."""
    assert secrets_of(tmp_path, hmac="env:NO_SUCH").seen == frozenset()


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    """The message names the file, the secret and the variable; the remedy is to set it."""
    with pytest.raises(NotAsked) as missing:
        words(secrets_of(tmp_path, hmac="env:NO_SUCH"))

    assert str(missing.value) == ("targets/demo.toml: secrets.hmac: the environment has no NO_SUCH")
    assert missing.value.remedy == "set NO_SUCH"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """The message names the file, the secret and the path."""
    with pytest.raises(NotAsked) as missing:
        words(secrets_of(tmp_path, hmac="file:no/such"))

    assert str(missing.value) == (
        "targets/demo.toml: secrets.hmac: no/such cannot be read: No such file or directory"
    )
    assert missing.value.remedy == "write the secret to no/such, under the project's root"


def test_a_file_that_is_no_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are refused."""
    (tmp_path / "hmac").write_bytes(b"\xff\xfe")

    with pytest.raises(NotAsked) as wrong:
        words(secrets_of(tmp_path, hmac="file:hmac"))

    assert str(wrong.value) == (
        "targets/demo.toml: secrets.hmac: hmac cannot be read: it is not UTF-8 text"
    )


def test_an_ed25519_key_in_all_its_forms(tmp_path: Path) -> None:
    """All forms are of one key, and the PEM is one that others can read."""
    forms = words(secrets_of(tmp_path, ticket="generate:ed25519"))
    private = bytes.fromhex(forms["secret.ticket.private_hex"])
    public = bytes.fromhex(forms["secret.ticket.public_hex"])
    pem = load_pem_private_key(forms["secret.ticket.private_pem"].encode(), password=None)

    assert bytes(SigningKey(private).verify_key) == public
    assert base64.b64decode(forms["secret.ticket.private_base64"]) == private
    assert base64.b64decode(forms["secret.ticket.public_base64"]) == public
    assert base64.urlsafe_b64decode(forms["secret.ticket.public_base64url"] + "=") == public
    assert isinstance(pem, Ed25519PrivateKey)
    assert pem.private_bytes_raw() == private


def test_a_public_key_is_no_secret(tmp_path: Path) -> None:
    """Of a key pair the private forms are remembered, a PEM also line by line; public ones not."""
    secrets = secrets_of(tmp_path, ticket="generate:ed25519")
    forms = words(secrets)
    private = {value for name, value in forms.items() if "private" in name}
    body = forms["secret.ticket.private_pem"].splitlines()[1]

    assert secrets.seen == {*private, body}


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    """Within a stack a secret is the same each time; another stack has another."""
    one, two = (secrets_of(tmp_path, hmac="generate:hex") for _ in range(2))

    assert words(one) == words(one)
    assert words(one) != words(two)


def test_the_other_kinds(tmp_path: Path) -> None:
    """64 hexadecimal digits, 43 characters that are safe in URLs, a random UUID."""
    found = words(secrets_of(tmp_path, a="generate:hex", b="generate:token", c="generate:uuid"))

    assert len(bytes.fromhex(found["secret.a"])) == 32
    assert len(base64.urlsafe_b64decode(found["secret.b"] + "=")) == 32
    assert uuid.UUID(found["secret.c"]).version == 4


def test_an_rsa_key(tmp_path: Path) -> None:
    """Both halves are PEM of one key."""
    found = words(secrets_of(tmp_path, jwt="generate:rsa"))
    private = load_pem_private_key(found["secret.jwt.private_pem"].encode(), password=None)
    public = load_pem_public_key(found["secret.jwt.public_pem"].encode())

    assert isinstance(private, RSAPrivateKey)
    assert private.public_key() == public


def test_rsa_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package is missing, the message says which and the remedy how to get it."""
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric.rsa", None)

    with pytest.raises(NotAsked) as missing:
        words(secrets_of(tmp_path, jwt="generate:rsa"))

    assert str(missing.value) == (
        "targets/demo.toml: secrets.jwt: generate:rsa needs the Python package cryptography, which "
        "is not installed"
    )
    assert missing.value.remedy == "pip install cryptography"


def test_an_address_is_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reference to an address tells one only if it has credentials or a query."""
    monkeypatch.setenv("PLAIN", "https://staging.example:8443/api")
    monkeypatch.setenv("QUERY", "https://staging.example/?token=t0ken")
    monkeypatch.setenv("USER_INFO", "https://joe:pw@staging.example/")
    secrets = secrets_of(tmp_path)

    for name in ("PLAIN", "QUERY", "USER_INFO"):
        secrets.follow(f"env:{name}", "here")

    assert secrets.seen == {
        "https://staging.example/?token=t0ken",
        "https://joe:pw@staging.example/",
    }


def test_text_is_no_reference(tmp_path: Path) -> None:
    """What is no reference is not followed, and nothing is remembered of it."""
    secrets = secrets_of(tmp_path)

    assert secrets.follow("plain text", "here") is None
    assert secrets.seen == frozenset()


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("secret.hmac", True),
        ("secret.public_token", True),
        ("secret.ticket.private_hex", True),
        ("secret.ticket.public_hex", False),
        ("store.password", False),
    ],
)
def test_whether_a_placeholder_stands_for_a_secret(
    tmp_path: Path, name: str, *, holds: bool
) -> None:
    """A secret's name says nothing; only the form of a key pair does."""
    assert secrets_of(tmp_path).holds_secret([name]) is holds
