"""A ticket key in its three spellings, as API and worker are told it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacl.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A ticket key in its three spellings."""

    key: SigningKey

    @property
    def api(self) -> Mapping[str, str]:
        """The two that the API is given."""
        return {
            "ATTESTATION_PRIVATE_KEY": self.key.encode().hex(),
            "ATTESTATION_PUBLIC_KEY": self.public,
        }

    @property
    def worker(self) -> Mapping[str, str]:
        """The one that a worker is given."""
        public = base64.b64encode(self.key.verify_key.encode()).decode()
        return {"JOB_TICKET_PUBLIC_KEY": public}

    @property
    def public(self) -> str:
        """The public key in hexadecimal."""
        return self.key.verify_key.encode().hex()
