"""
The escrow contract: a client's money, paid to a freelancer milestone by milestone.

Pure: each function takes the book of all escrows and a message and gives an effect, or raises Revert. An escrow is
only ever paid out of what it holds itself.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING

from systems.marketplace.abi import Event
from systems.marketplace.chain_messages import Effect, Revert, require

if TYPE_CHECKING:
    from systems.marketplace.chain_messages import Message

#: The platform's share, in hundredths of a percent.
FEE, WHOLE = 250, 10_000
CREATED = Event(name="EscrowCreated", indexed=("uint256", "address", "address"), plain=("uint256",))
COMPLETED = Event(name="MilestoneCompleted", indexed=("uint256", "uint256"))
RELEASED = Event(name="PaymentReleased", indexed=("uint256",), plain=("uint256", "address"))
RAISED = Event(name="DisputeRaised", indexed=("uint256", "address"), plain=("string",))
RESOLVED = Event(
    name="DisputeResolved", indexed=("uint256", "address"), plain=("uint256", "uint256")
)
ROLLED_BACK = Event(name="EscrowRolledBack", indexed=("uint256",))


class Status(IntEnum):
    """What has become of an escrow."""

    ACTIVE = 0
    COMPLETED = 1
    DISPUTED = 2
    CANCELLED = 3


class Dispute(IntEnum):
    """What has become of its dispute."""

    NONE = 0
    RAISED = 1
    RESOLVED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Milestone:
    """A part of the work, and its price in wei."""

    description: str
    amount: int
    is_completed: bool = False
    is_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrow:
    """One agreement; instants in Unix seconds, money in wei."""

    id: int
    client: str
    freelancer: str
    milestones: tuple[Milestone, ...]
    fee: int
    created_at: int
    deadline: int
    text: str
    status: Status = Status.ACTIVE
    dispute: Dispute = Dispute.NONE

    @property
    def total(self) -> int:
        """The price of all milestones."""
        return sum(each.amount for each in self.milestones)

    @property
    def unpaid(self) -> int:
        """The price of the milestones that are still to be paid."""
        return sum(each.amount for each in self.milestones if not each.is_paid)

    @property
    def parties(self) -> tuple[str, str]:
        """Client and freelancer."""
        return self.client, self.freelancer


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrows:
    """All escrows, by their id; the owner also takes the fees."""

    owner: str
    items: tuple[Escrow, ...] = ()

    def find(self, number: int) -> Escrow:
        """An escrow. Raises Revert."""
        if not 0 <= number < len(self.items):
            raise Revert("Escrow does not exist")
        return self.items[number]

    def put(self, escrow: Escrow) -> Escrows:
        """The book with an escrow as it is now."""
        items = (*self.items[: escrow.id], escrow, *self.items[escrow.id + 1 :])
        return replace(self, items=items)


def create(
    book: Escrows, message: Message, freelancer: str, terms: tuple[Milestone, ...], **more: object
) -> Effect[Escrows]:
    """Begin one; `more` is its deadline and its text. Worth all milestones and the fee, no wei more or less."""
    escrow = Escrow(
        id=len(book.items),
        client=message.sender,
        freelancer=freelancer,
        milestones=terms,
        fee=sum(each.amount for each in terms) * FEE // WHOLE,
        created_at=message.now,
        **more,  # type: ignore[arg-type]  # decoded by their types
    )
    require(int(freelancer, 16), "Invalid freelancer address")
    require(freelancer != message.sender, "Client and freelancer must differ")
    require(terms and all(each.amount for each in terms), "Milestones must have amounts")
    require(escrow.deadline > message.now, "Deadline must be in the future")
    require(message.value == escrow.total + escrow.fee, "Incorrect payment amount")
    said = (escrow.id, *escrow.parties, escrow.total)
    return Effect(state=book.put(escrow), events=((CREATED, said),))


def complete(book: Escrows, message: Message, number: int, index: int) -> Effect[Escrows]:
    """The freelancer says that a milestone is reached."""
    escrow = _active(book, number)
    require(message.sender == escrow.freelancer, "Only freelancer can complete milestones")
    milestone = _milestone(escrow, index)
    require(not milestone.is_completed, "Milestone already completed")
    done = _with(escrow, index, replace(milestone, is_completed=True))
    return Effect(state=book.put(done), events=((COMPLETED, (number, index)),))


def release(book: Escrows, message: Message, number: int, index: int) -> Effect[Escrows]:
    """The client pays a milestone; with the last one the platform gets its fee, and the escrow ends."""
    escrow = _active(book, number)
    require(message.sender == escrow.client, "Only client can release payments")
    milestone = _milestone(escrow, index)
    require(milestone.is_completed, "Milestone not completed")
    require(not milestone.is_paid, "Milestone already paid")
    paid = _with(escrow, index, replace(milestone, is_paid=True))
    payments: tuple[tuple[str, int], ...] = ((escrow.freelancer, milestone.amount),)
    if not paid.unpaid:
        paid = replace(paid, status=Status.COMPLETED)
        payments = (*payments, (book.owner, escrow.fee))
    said = (number, milestone.amount, escrow.freelancer)
    return Effect(state=book.put(paid), payments=payments, events=((RELEASED, said),))


def dispute(book: Escrows, message: Message, number: int, reason: str) -> Effect[Escrows]:
    """A party stops it until the owner has judged."""
    escrow = _active(book, number)
    require(message.sender in escrow.parties, "Only client or freelancer can call this")
    stopped = replace(escrow, status=Status.DISPUTED, dispute=Dispute.RAISED)
    return Effect(state=book.put(stopped), events=((RAISED, (number, message.sender, reason)),))


def resolve(
    book: Escrows, message: Message, number: int, for_client: int, for_freelancer: int
) -> Effect[Escrows]:
    """The owner divides what is unpaid; what he gives to nobody goes back to the client."""
    require(is_owner(book, message), "Only owner can resolve disputes")
    escrow = book.find(number)
    require(escrow.status == Status.DISPUTED, "Escrow is not in dispute")
    rest = _rest(escrow, for_client + for_freelancer)
    ended = replace(escrow, status=Status.COMPLETED, dispute=Dispute.RESOLVED)
    payments = (
        (escrow.client, for_client + rest),
        (escrow.freelancer, for_freelancer),
        (book.owner, escrow.fee),
    )
    said = (number, message.sender, for_client, for_freelancer)
    return Effect(state=book.put(ended), payments=payments, events=((RESOLVED, said),))


def roll_back(book: Escrows, message: Message, number: int) -> Effect[Escrows]:
    """The owner ends it; what is unpaid goes back to the client, and the fee with it."""
    require(is_owner(book, message), "Only owner can roll back")
    escrow = book.find(number)
    require(escrow.status in (Status.ACTIVE, Status.DISPUTED), "Escrow is not active")
    payments = ((escrow.client, escrow.unpaid + escrow.fee),)
    ended = replace(escrow, status=Status.CANCELLED)
    return Effect(state=book.put(ended), payments=payments, events=((ROLLED_BACK, (number,)),))


def is_owner(book: Escrows, message: Message) -> bool:
    """Whether the platform itself calls."""
    return message.sender == book.owner


def _rest(escrow: Escrow, given: int) -> int:
    """What is left of an escrow once so much was given away. Raises Revert."""
    require(given <= escrow.unpaid, "Amounts exceed what the escrow holds")
    return escrow.unpaid - given


def _active(book: Escrows, number: int) -> Escrow:
    escrow = book.find(number)
    require(escrow.status == Status.ACTIVE, "Escrow is not active")
    return escrow


def _milestone(escrow: Escrow, index: int) -> Milestone:
    require(0 <= index < len(escrow.milestones), "Invalid milestone index")
    return escrow.milestones[index]


def _with(escrow: Escrow, index: int, milestone: Milestone) -> Escrow:
    before, after = escrow.milestones[:index], escrow.milestones[index + 1 :]
    return replace(escrow, milestones=(*before, milestone, *after))
