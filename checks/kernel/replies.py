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
    """One answer of the Kernel or of its KMS."""

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
    def error(self) -> str:
        """The word of its `error`, or ""."""
        return str(self.body.get("error", ""))

    @property
    def is_done(self) -> bool:
        """Whether what was asked for was done."""
        return 200 <= self.status < 300

    def __repr__(self) -> str:
        return f"<{self.status} {self.text[:300]}>"
