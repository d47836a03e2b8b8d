"""Where, on which release, at what time and under whose rules a claim is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from proofbook.policy import Gate, Policy, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What one row of a gate asks, now."""

    policy: Policy
    gate: Gate
    row: Row
    #: The one target that counts; `None`: each that the row fits.
    target: str | None = None
    #: Component → digest or revision, exactly or by its last word: `api` for `coreos.api`.
    release: Mapping[str, str]
    now: datetime

    def fits(self, target: str, kind: str) -> bool:
        """Whether what was found there counts."""
        return self.target in (None, target) and self.row.fits(target, kind)

    def untrusted(self, signers: frozenset[str], dated: datetime) -> str:
        """Why a pass that these keys signed does not count; empty if it does. Each must be trusted."""
        reasons = (self._doubt(key, dated) for key in sorted(signers))
        return next(filter(None, reasons), "" if signers else "nobody, so it proves nothing")

    def _doubt(self, key: str, dated: datetime) -> str:
        who = self.policy.principal(key)
        if who is None:
            return f"{key}, a key that {self.policy.path} does not name"
        if who.roles.isdisjoint(self.gate.trusts):
            trusted = " or ".join(sorted(self.gate.trusts))
            return f"{who.name}, whose roles are not {trusted}"
        why = who.why_not(dated, self.now)
        return f"{who.name}, {why}" if why else ""
