"""One answer of the API, the worker or the front, refusals too, as a value."""

from __future__ import annotations

from typing import Any

from proofbook.instruments import replies
from proofbook.instruments.replies import UNANSWERED

__all__ = ["UNANSWERED", "Reply"]


class Reply(replies.Reply):
    """One answer of the API, the worker or the front."""

    __slots__ = ()

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
    def is_applied(self) -> bool:
        """Whether a callback was taken, and had its effect."""
        return self.is_done and not self.reason and not self.data.get("ignored")
