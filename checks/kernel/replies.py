"""One answer of the Kernel or of its KMS, refusals too, as a value."""

from __future__ import annotations

from proofbook.instruments import replies
from proofbook.instruments.replies import UNANSWERED

__all__ = ["UNANSWERED", "Reply"]


class Reply(replies.Reply):
    """One answer of the Kernel or of its KMS."""

    __slots__ = ()

    @property
    def error(self) -> str:
        """The word of its `error`, or ""."""
        return str(self.body.get("error", ""))
