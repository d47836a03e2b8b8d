"""One answer over HTTP, refusals too, as a value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Stands for a status where no answer came.
UNANSWERED = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the API, the worker or the front."""

    status: int
    text: str
    headers: Mapping[str, str]
    seconds: float

    @property
    def body(self) -> dict[str, Any]:
        """The JSON object that it holds; empty where it holds none."""
        try:
            held = json.loads(self.text)
        except ValueError:
            return {}
        return held if isinstance(held, dict) else {}

    @property
    def data(self) -> dict[str, Any]:
        """The object under `data`, where the API puts what it answers; empty where there is none."""
        held = self.body.get("data")
        return held if isinstance(held, dict) else {}

    @property
    def reason(self) -> str:
        """Why a callback was taken and not applied; "" where it was applied."""
        return str(self.data.get("reasonCode", ""))

    @property
    def is_done(self) -> bool:
        """Whether what was asked for was done."""
        return 200 <= self.status < 300

    @property
    def is_applied(self) -> bool:
        """Whether a callback was taken, and had its effect."""
        return self.is_done and not self.reason and not self.data.get("ignored")

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:300]}>"
