"""A person's hand: the SSH key that signs, whose it is, and where the act is put."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proofbook import signing, store
from proofbook.acts import body, kind_of
from proofbook.cli import here
from proofbook.cli.asking import moment, read_policy
from proofbook.errors import LogError
from proofbook.pytest_plugin.sources import suite_commit
from proofbook.signing.private import signing_key
from proofbook.targets.quantities import duration

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from proofbook.acts import Said
    from proofbook.log import Head
    from proofbook.policy import Policy, Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """Somebody about to sign."""

    root: Path
    policy: Policy
    #: The store's folder, as it was said.
    store: str
    key: Path
    now: datetime

    def sign(self, word: Said, roles: Collection[str]) -> tuple[Head, Principal]:
        """
        Put a signed act on the log; its head, and who signed.

        Raises `LogError` where the key is nobody's in one of the roles: what would count for
        nothing is not put there.
        """
        payload = store.act_payload(kind_of(word), self.now, body(word), suite_commit(self.root))
        armoured = _signed(self.key, payload)
        key = signing.fingerprint(signing.signer(armoured, payload))
        who = self._who(key, roles)
        return store.append_act(self.root / self.store, payload, (armoured,)), who

    def _who(self, key: str, roles: Collection[str]) -> Principal:
        who = self.policy.principal(key)
        wanted = " or ".join(sorted(roles)) or "nobody"
        if who is None:
            raise LogError(
                f"{self.policy.path}: nobody has the key {key}; add it to its owner's keys, or "
                "sign with another: --key FILE. Nothing was put on the log."
            )
        if who.roles.isdisjoint(roles):
            raise LogError(
                f"{self.policy.path}: {who.name} is {' and '.join(sorted(who.roles))}, and this "
                f"takes {wanted}. Nothing was put on the log."
            )
        if why := who.why_not(self.now, self.now):
            raise LogError(
                f"{self.policy.path}: this is {who.name}, {why}. Nothing was put on the log."
            )
        return who


def hand(*, key: str | None, policy: str | None, store: str) -> Hand:
    """Whoever sits here."""
    root = here.root()
    file = Path(key).expanduser() if key else Path.home() / ".ssh" / "id_ed25519"
    if not file.is_file():
        raise click.UsageError(
            f"there is no key {file}; name yours: --key FILE, or make one: ssh-keygen -t ed25519."
        )
    return Hand(
        root=root, policy=read_policy(root, policy), store=store, key=file, now=moment(None)
    )


def span(text: str) -> timedelta:
    """A time to last; a usage error for any other text."""
    found = duration(text)
    if found is None:
        raise click.UsageError(f"{text!r} is no time to last; write it as '7 d' (s, min, h, d, w).")
    return found


def _signed(key: Path, payload: bytes) -> str:
    """What `ssh-keygen -Y sign` writes; where there is none, a key without a passphrase will do."""
    if shutil.which("ssh-keygen") is None:
        return _signed_here(key, payload)
    ran = subprocess.run(
        ["ssh-keygen", "-q", "-Y", "sign", "-n", signing.NAMESPACE, "-f", str(key)],
        input=payload,
        stdout=subprocess.PIPE,
        check=False,
    )
    if ran.returncode:
        raise LogError(f"ssh-keygen did not sign with {key}. Nothing was put on the log.")
    try:
        signing.signer(ran.stdout.decode(), payload)
    except signing.BadSignature as error:
        raise LogError(
            f"what {key} signs does not count: {error}. Use an Ed25519 key: ssh-keygen -t ed25519."
        ) from None
    return ran.stdout.decode()


def _signed_here(key: Path, payload: bytes) -> str:
    try:
        return signing.sign(payload, signing_key(key.read_text(errors="replace")).seed)
    except (OSError, ValueError) as error:
        raise LogError(
            f"there is no ssh-keygen here, and without it {key} cannot sign: {error}."
        ) from None
