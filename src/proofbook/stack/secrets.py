"""
Follow a target's references, and remember every secret that was read, for redaction.

`env:NAME` is the runner's environment, `file:PATH` a file under the project's root (one newline at
its end is dropped), `generate:KIND` a fresh secret that lasts as long as the stack.
"""

from __future__ import annotations

import base64
import importlib
import os
import re
import secrets
import uuid
from dataclasses import dataclass, field
from functools import partial
from threading import RLock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nacl.signing import SigningKey

from proofbook.errors import NotAsked
from proofbook.stack.telling import telling
from proofbook.targets.references import GENERATED, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from proofbook.targets import Reference, Target

#: DER of a PKCS #8 Ed25519 private key up to its 32 bytes (RFC 8410, section 7).
_PKCS8_ED25519 = bytes.fromhex("302e020100300506032b657004220420")
_RSA_BITS = 2048
#: An address that tells no secret.
_ADDRESS = re.compile(r"https?://[^@?#\s]+")


@dataclass
class Secrets:
    """The secrets of one stack: each is read, or made, when it is first asked for."""

    target: Target
    root: Path
    _forms: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _lock: RLock = field(default_factory=RLock)
    #: Who hears of each new one.
    _hear: Callable[[Collection[str]], None] | None = None

    @property
    def seen(self) -> frozenset[str]:
        """Every secret value that was resolved or told so far; public keys are none."""
        with self._lock:
            return frozenset(self._seen)

    def tell(self, *values: str) -> None:
        """Remember secrets that came from elsewhere, such as a database's password."""
        with self._lock:
            new = {value for value in values if value} - self._seen
            self._seen |= new
            if new and self._hear:
                self._hear(new)

    def heard_by(self, hear: Callable[[Collection[str]], None] | None) -> None:
        """Let somebody know those that are known, and each new one before it is used; `None`: nobody."""
        with self._lock:
            self._hear = hear
            if hear and self._seen:
                hear(self._seen)

    def words(self) -> dict[str, Callable[[], str]]:
        """Placeholder → how to get its value: `secret.hmac`, `secret.ticket.public_hex`."""
        found: dict[str, Callable[[], str]] = {}
        for name, text in self.target.secrets.items():
            made = _kind(text)
            for form in GENERATED.get(made, ()) or ("",):
                word = f"secret.{name}.{form}" if form else f"secret.{name}"
                found[word] = partial(self._form, name, form)
        return found

    def follow(self, text: str, where: str) -> str | None:
        """
        What the reference `text` refers to; `None` if it is plain text.

        It is kept as a secret, unless it is an address with neither credentials nor a query.

        Raises `NotAsked` if nothing is there; `where` names the place in the target file.
        """
        referred = reference(text)
        if referred is None or referred.scheme == "generate":
            return None
        value = self._read(referred, where)
        if not _ADDRESS.fullmatch(value):
            self.tell(value, *_lines(value), *telling(value))
        return value

    def holds_secret(self, names: Iterable[str]) -> bool:
        """Whether any of the placeholders stands for a secret (and not only for a public key)."""
        return any(_is_secret(*name.split(".")) for name in names)

    def _form(self, name: str, form: str) -> str:
        with self._lock:
            if name not in self._forms:
                self._forms[name] = self._resolved(name)
            return self._forms[name][form]

    def _resolved(self, name: str) -> Mapping[str, str]:
        text, where = self.target.secrets[name], f"{self.target.path}: secrets.{name}"
        kind = _kind(text)
        if kind:
            forms = _generated(kind, where)
            for form, value in forms.items():
                if not form.startswith("public"):
                    self.tell(value, *_lines(value))
            return forms
        return MappingProxyType({"": self.follow(text, where) or ""})

    def _read(self, referred: Reference, where: str) -> str:
        if referred.scheme == "env":
            value = os.environ.get(referred.name)
            if value is None:
                raise NotAsked(
                    f"{where}: the environment has no {referred.name}",
                    remedy=f"set {referred.name}",
                )
            return value
        path = self.root / referred.name
        try:
            return path.read_text(encoding="utf-8").removesuffix("\n")
        except (OSError, UnicodeDecodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise NotAsked(
                f"{where}: {referred.name} cannot be read: {why}",
                remedy=f"write the secret to {referred.name}, under the project's root",
            ) from None


def _is_secret(room: str, _name: str = "", form: str = "", *_: str) -> bool:
    return room == "secret" and not form.startswith("public_")


def _kind(text: str) -> str:
    """The kind of secret that is to be made; empty for one that is read."""
    referred = reference(text)
    return referred.name if referred and referred.scheme == "generate" else ""


def _generated(kind: str, where: str) -> Mapping[str, str]:
    """A fresh secret in all its forms; a secret of one form has the form ""."""
    match kind:
        case "ed25519":
            return _ed25519()
        case "hex":
            return {"": secrets.token_hex(32)}
        case "rsa":
            return _rsa(where)
        case "token":
            return {"": secrets.token_urlsafe(32)}
        case "uuid":
            return {"": str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))}
        case _:
            raise NotAsked(f"{where}: generate:{kind} is of no known kind")


def _ed25519() -> Mapping[str, str]:
    key = SigningKey.generate()
    private, public = bytes(key), bytes(key.verify_key)
    der = base64.b64encode(_PKCS8_ED25519 + private).decode()
    return {
        "private_hex": private.hex(),
        "public_hex": public.hex(),
        "private_base64": base64.b64encode(private).decode(),
        "public_base64": base64.b64encode(public).decode(),
        # As a JSON Web Key's `x` holds it (RFC 8037, section 2).
        "public_base64url": base64.urlsafe_b64encode(public).rstrip(b"=").decode(),
        "private_pem": f"-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n",
    }


def _rsa(where: str) -> Mapping[str, str]:
    try:
        rsa: Any = importlib.import_module("cryptography.hazmat.primitives.asymmetric.rsa")
        form: Any = importlib.import_module("cryptography.hazmat.primitives.serialization")
    except ImportError:
        raise NotAsked(
            f"{where}: generate:rsa needs the Python package cryptography, which is not installed",
            remedy="pip install cryptography",
        ) from None
    key = rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    private = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(
        form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    )
    return {"private_pem": private, "public_pem": public.decode()}


def _lines(value: str) -> list[str]:
    """The body of a PEM: a log shows it line by line, or on one line."""
    lines = value.splitlines()
    if len(lines) <= 1 or not lines[0].startswith("-----BEGIN"):
        return []
    body = [line for line in lines if line and not line.startswith("-----")]
    return [*body, "".join(body)]
