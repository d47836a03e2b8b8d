"""Everything that a decision is made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from proofbook.judging import Promise
    from proofbook.log import Head, Log
    from proofbook.policy import Gate, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Whether this release may pass this gate now, and all that the answer depends on."""

    gate: Gate
    policy: Policy
    #: Every claim of the runbooks, in reading order.
    promises: tuple[Promise, ...]
    log: Log
    #: Aware.
    now: datetime
    #: The target that is meant, and its kind; rows that fit neither are judged as they are.
    target: str | None = None
    kind: str | None = None
    #: Component → digest or revision; empty: that of the newest run that counts.
    release: Mapping[str, str] = field(default_factory=dict)
    #: Heads that the log must go on from.
    pins: frozenset[Head] = frozenset()
