"""A claim as it stands today: whose it is, and which check is bound to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofbook.claims.model import Claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """What a gate may ask for."""

    claim: Claim
    #: Digest of the check as it is now; "" where there is none.
    check_digest: str
    #: The role in its page's front matter; `None` where that names none.
    owner: str | None = None
