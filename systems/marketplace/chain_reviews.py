"""The reputation contract: each party of an escrow that is completed reviews the other one, once. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from systems.marketplace.abi import Event
from systems.marketplace.chain_escrows import Status
from systems.marketplace.chain_messages import Effect, require

if TYPE_CHECKING:
    from systems.marketplace.chain_escrows import Escrows
    from systems.marketplace.chain_messages import Message

LEAST, MOST = 1, 5
LONGEST_BYTES = 500
SUBMITTED = Event(
    name="ReviewSubmitted",
    indexed=("uint256", "address", "address"),
    plain=("uint256", "uint8", "string"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What one party said of the other."""

    escrow: int
    reviewer: str
    reviewee: str
    rating: int
    comment: str
    is_freelancer_review: bool


@dataclass(frozen=True, slots=True)
class Reviews:
    """All reviews, in their order."""

    items: tuple[Review, ...] = ()

    def is_reviewed(self, escrow: int) -> bool:
        """Whether anybody reviewed an escrow."""
        return any(each.escrow == escrow for each in self.items)


def submit(book: Reviews, escrows: Escrows, message: Message, review: Review) -> Effect[Reviews]:
    """Say something of the other party."""
    require(LEAST <= review.rating <= MOST, "Rating must be between 1 and 5")
    require(review.reviewee != message.sender, "Cannot review yourself")
    require(review.comment, "Comment required")
    require(len(review.comment.encode()) <= LONGEST_BYTES, "Comment too long")
    check_escrow(escrows, review)
    require(not has_said(book, review), "Escrow already reviewed")
    who = (len(book.items), review.reviewer, review.reviewee)
    said = (*who, review.escrow, review.rating, review.comment)
    state = replace(book, items=(*book.items, review))
    return Effect(state=state, events=((SUBMITTED, said),))


def has_said(book: Reviews, review: Review) -> bool:
    """Whether this party has reviewed this escrow."""
    said = {(each.escrow, each.reviewer) for each in book.items}
    return (review.escrow, review.reviewer) in said


def check_escrow(escrows: Escrows, review: Review) -> None:
    """Raise Revert unless it is one party's of a completed escrow, of the other party."""
    escrow = escrows.find(review.escrow)
    require(escrow.status == Status.COMPLETED, "Escrow is not completed")
    require({review.reviewer, review.reviewee} == {*escrow.parties}, "Only parties review")
