"""
The keys of the KMS: signers, their versions, and what may be done with each.

Pure but for making keys: instants go in, records come out. A key's private half never leaves but into the KMS's file.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nacl.signing import SigningKey

from systems.chassis import instants
from systems.chassis.http import Refusal
from systems.kernel.signatures import ALGORITHM, spki

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

ENABLED, SUPERSEDED, DISABLED, RETIRED = "enabled", "superseded", "disabled", "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One version of one signer's key."""

    signer_id: str
    version: str
    seed: bytes
    state: str
    created_at: str
    retire_after: str | None = None

    def shown(self) -> dict[str, Any]:
        """As it is published: everything but the private half."""
        return {
            "signerId": self.signer_id,
            "keyVersion": self.version,
            "algorithm": ALGORITHM,
            "publicKey": spki(SigningKey(self.seed).verify_key),
            "state": self.state,
            "createdAt": self.created_at,
            "retireAfter": self.retire_after,
        }

    def sign(self, text: str) -> bytes:
        """64 bytes. Raises Refusal where the key signs no more."""
        if self.state not in (ENABLED, SUPERSEDED):
            raise Refusal(403, f"key_{self.state}")
        return SigningKey(self.seed).sign(text.encode()).signature


class Keys:
    """All keys, by creation. Every change makes a new value of the key; nothing is ever forgotten."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._keys = list(keys)

    @property
    def all(self) -> Sequence[Key]:
        """Every version of every signer's, by creation."""
        return tuple(self._keys)

    def find(self, signer_id: str, version: str | None = None) -> Key:
        """A version, or the current one. Raises Refusal 404."""
        found = [
            key
            for key in self._keys
            if key.signer_id == signer_id and version in (None, key.version)
        ]
        if not found:
            raise Refusal(404, "key_not_found")
        return found[-1]

    def add(self, signer_id: str, now: datetime) -> Key:
        """A new signer's first key. Raises Refusal 409."""
        if any(key.signer_id == signer_id for key in self._keys):
            raise Refusal(409, "key_exists")
        return self._new(signer_id, 1, now)

    def replace_later(self, signer_id: str, retire_after: datetime) -> None:
        """A key of another signer takes this one's place; it may retire then. Raises Refusal 404."""
        self._put(replace(self.find(signer_id), retire_after=instants.text(retire_after)))

    def rotate(self, signer_id: str, now: datetime, retire_after: datetime) -> Key:
        """The next version; the one before still signs when it is named. Raises Refusal 404."""
        before = self.find(signer_id)
        state = SUPERSEDED if before.state == ENABLED else before.state
        self._put(replace(before, state=state, retire_after=instants.text(retire_after)))
        return self._new(signer_id, int(before.version[1:]) + 1, now)

    def disable(self, signer_id: str, version: str | None) -> Key:
        """It signs no more, from now on. Raises Refusal 404."""
        return self._put(replace(self.find(signer_id, version), state=DISABLED))

    def retire(self, signer_id: str, version: str | None, now: datetime) -> Key:
        """It signs no more, its overlap being over. Raises Refusal 404 or 409."""
        key = self.find(signer_id, version)
        if key.retire_after is None:
            raise Refusal(409, "key_in_use")
        if now < instants.moment(key.retire_after):
            raise Refusal(409, "overlap_not_over", retireAfter=key.retire_after)
        return self._put(replace(key, state=RETIRED))

    def _new(self, signer_id: str, number: int, now: datetime) -> Key:
        key = Key(
            signer_id=signer_id,
            version=f"v{number}",
            seed=bytes(SigningKey.generate()),
            state=ENABLED,
            created_at=instants.text(now),
        )
        self._keys.append(key)
        return key

    def _put(self, changed: Key) -> Key:
        at = self._keys.index(self.find(changed.signer_id, changed.version))
        self._keys[at] = changed
        return changed
