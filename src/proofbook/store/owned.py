"""
The keys that this clone signs with.

A fresh clone makes itself one, `.proofbook/signing.key`, which git never sees and only its owner may
read. CI brings its own: `PROOFBOOK_KEY` holds a reference to it, `file:PATH` or `env:NAME`, and what
that leads to is an Ed25519 key as `ssh-keygen -t ed25519 -N ''` writes it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from proofbook.errors import LogError
from proofbook.runs.disk import discard, flush
from proofbook.signing.private import SigningKey, private_text, signing_key
from proofbook.targets.references import reference

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: The variable that refers to another key than the clone's own.
VARIABLE = "PROOFBOOK_KEY"
#: The clone's own, from its root.
FILE = ".proofbook/signing.key"
_SEED_BYTES = 32


def own_key(root: Path) -> SigningKey | None:
    """The clone's own key; `None` if it has made none yet. Raises `LogError` if it is damaged."""
    return _read(root / FILE, FILE) if (root / FILE).exists() else None


def run_key(root: Path, environ: Mapping[str, str] | None = None) -> SigningKey:
    """
    The key that runs here are signed with: the one that the environment refers to, or the clone's.

    The clone's is made if there is none. Raises `LogError` where a key cannot be had.
    """
    environ = os.environ if environ is None else environ
    if said := environ.get(VARIABLE):
        return _referred(said, root, environ)
    return own_key(root) or _made(root)


def secrets_of(environ: Mapping[str, str]) -> frozenset[str]:
    """What the environment holds of a key, which no report may show."""
    referred = reference(environ.get(VARIABLE, ""))
    if referred is None or referred.scheme != "env":
        return frozenset()
    return frozenset({environ.get(referred.name, "")} - {""})


def _referred(said: str, root: Path, environ: Mapping[str, str]) -> SigningKey:
    referred = reference(said)
    match referred.scheme if referred else "":
        case "file":
            name = referred.name if referred else ""
            return _read(root / name, f"{VARIABLE}=file:{name}")
        case "env":
            name = referred.name if referred else ""
            return _key(environ.get(name, ""), f"{VARIABLE}=env:{name}")
        case _:
            raise LogError(
                f"{VARIABLE}: it is no reference to a key. Write file:PATH or env:NAME; "
                "never put the key itself there."
            )


def _read(file: Path, shown: str) -> SigningKey:
    try:
        return _key(file.read_bytes().decode(errors="replace"), shown)
    except OSError as error:
        raise LogError(f"{shown}: the signing key cannot be read: {error.strerror}.") from None


def _key(text: str, shown: str) -> SigningKey:
    try:
        return signing_key(text)
    except ValueError as error:
        raise LogError(f"{shown}: this is no signing key: {error}.") from None


def _made(root: Path) -> SigningKey:
    """A new key for this clone; if another run of it was quicker, the other's."""
    file = root / FILE
    key = SigningKey(secrets.token_bytes(_SEED_BYTES))
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(private_text(key))
            opened.flush()
            os.fsync(opened.fileno())
        with suppress(FileExistsError):
            os.link(fresh, file)
            flush(file.parent)
    except OSError as error:
        raise LogError(
            f"{FILE}: this clone's signing key cannot be made: {error.strerror}. "
            f"Give yourself the right to write there, or name a key in {VARIABLE}."
        ) from None
    finally:
        discard(fresh)
    return _read(file, FILE)
