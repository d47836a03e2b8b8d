"""How often somebody may do something: so many times in so many seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.marketplace.forms import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Limit:
    """So many times, in so many seconds."""

    times: int
    seconds: int


#: Each is kept per address, `escrow` per user and job.
LIMITS: Mapping[str, Limit] = {
    "register": Limit(5, 3600),
    "login": Limit(10, 300),
    "job_create": Limit(5, 300),
    "apply": Limit(15, 300),
    "apply_edit": Limit(20, 300),
    "apply_withdraw": Limit(20, 300),
    "legacy_apply": Limit(10, 3600),
    "draft_upsert": Limit(30, 3600),
    "escrow": Limit(5, 600),
}


def read(text: str) -> Mapping[str, Limit]:
    """All limits, those of a JSON object otherwise: `{"login": "10/300"}`. Raises ValueError."""
    told = json_object(text)
    if not told.keys() <= LIMITS.keys():
        raise ValueError("a known limit is wanted")
    return {**LIMITS, **{name: _limit(form) for name, form in told.items()}}


def _limit(form: object) -> Limit:
    found = FORM.fullmatch(form) if isinstance(form, str) else None
    if found is None:
        raise ValueError("limit/seconds is wanted")
    return Limit(int(found[1]), int(found[2]))
