"""Write a claim as the paragraph that states it: `read` gives back what `render` was given."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proofbook.claims.model import Claim


def render(claim: Claim) -> str:
    """The block quote, on one line, that states `claim`."""
    was = f"(was {claim.formerly}) " if claim.formerly else ""
    return f"> **{claim.id}** — {was}{claim.sentence}\n"
