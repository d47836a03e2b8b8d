"""
The three contracts side by side: which function of which contract a call means.

Pure: the books of all contracts and a call go in, an answer or an effect comes out, or Revert is raised.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, NoReturn

from systems.marketplace import chain_certificates, chain_escrows, chain_functions, chain_reviews
from systems.marketplace.abi import SELECTOR_BYTES, NotAbi
from systems.marketplace.chain_certificates import Certificate, Certificates
from systems.marketplace.chain_escrows import Milestone
from systems.marketplace.chain_messages import Effect, Revert, require
from systems.marketplace.chain_reviews import Review, Reviews

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from systems.marketplace.abi import Function
    from systems.marketplace.chain_escrows import Escrows
    from systems.marketplace.chain_messages import Message

    View = Callable[..., tuple[object, ...]]
    Act = Callable[..., Effect["Books"]]


class Contract(Enum):
    """Which contract."""

    ESCROW = "escrow"
    REPUTATION = "reputation"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the three contracts hold."""

    escrows: Escrows
    reviews: Reviews = field(default_factory=Reviews)
    certificates: Certificates = field(default_factory=Certificates)


def is_view(contract: Contract, data: bytes) -> bool:
    """Whether a call changes nothing."""
    return data[:SELECTOR_BYTES] in VIEWS[contract]


def ask(books: Books, contract: Contract, data: bytes) -> bytes:
    """The answer to a call that changes nothing. Raises Revert."""
    function, view = VIEWS[contract][data[:SELECTOR_BYTES]]
    return function.answer(*view(books, *_arguments(function, data)))


def act(books: Books, contract: Contract, message: Message, data: bytes) -> Effect[Books]:
    """The effect of a transaction. Raises Revert."""
    found = ACTS[contract].get(data[:SELECTOR_BYTES])
    if found is None:
        raise Revert
    function, effect = found
    require(function.is_payable or not message.value, "Function is not payable")
    return effect(books, message, *_arguments(function, data))


def _arguments(function: Function, data: bytes) -> tuple[Any, ...]:
    try:
        return function.arguments(data)
    except NotAbi:
        raise Revert from None


def _create(books: Books, message: Message, *told: Any) -> Effect[Books]:
    freelancer, descriptions, amounts, deadline, text = told
    require(len(descriptions) == len(amounts), "Milestones must have amounts")
    terms = tuple(
        Milestone(description=description, amount=amount)
        for description, amount in zip(descriptions, amounts, strict=True)
    )
    effect = chain_escrows.create(
        books.escrows, message, freelancer, terms, deadline=deadline, text=text
    )
    return _kept(books, effect)


def _escrow(name: str) -> Act:
    """What a function of the escrow contract does; it is looked up when it is called."""
    return lambda books, message, *told: _kept(
        books, getattr(chain_escrows, name)(books.escrows, message, *told)
    )


def _kept(books: Books, effect: Effect[Escrows]) -> Effect[Books]:
    state = replace(books, escrows=effect.state)
    return Effect(state=state, payments=effect.payments, events=effect.events)


def _submit(books: Books, message: Message, *told: Any) -> Effect[Books]:
    reviewee, escrow, rating, comment, is_freelancer_review = told
    review = Review(
        escrow=escrow,
        reviewer=message.sender,
        reviewee=reviewee,
        rating=rating,
        comment=comment,
        is_freelancer_review=is_freelancer_review,
    )
    effect = chain_reviews.submit(books.reviews, books.escrows, message, review)
    return Effect(state=replace(books, reviews=effect.state), events=effect.events)


def _mint(books: Books, message: Message, *told: Any) -> Effect[Books]:
    freelancer, client, escrow, title, description, skill, value, rating, ipfs_hash = told
    certificate = Certificate(
        freelancer=freelancer,
        client=client,
        escrow=escrow,
        title=title,
        description=description,
        skill=skill,
        value=value,
        rating=rating,
        ipfs_hash=ipfs_hash,
    )
    effect = chain_certificates.mint(books.certificates, books.escrows, message, certificate)
    return Effect(state=replace(books, certificates=effect.state), events=effect.events)


def _stays(*_: object) -> NoReturn:
    raise Revert("Certificates are not transferable")


def _shown(books: Books, number: int) -> tuple[object, ...]:
    escrow = books.escrows.find(number)
    money = (escrow.total, escrow.fee, escrow.status, escrow.dispute)
    return (escrow.id, *escrow.parties, *money, escrow.created_at, escrow.deadline, escrow.text)


def _milestones(books: Books, number: int) -> tuple[object, ...]:
    found = books.escrows.find(number).milestones
    return ([(each.description, each.amount, each.is_completed, each.is_paid) for each in found],)


def _by_selector(*offered: tuple[Function, Any]) -> Mapping[bytes, tuple[Function, Any]]:
    return {function.selector: (function, does) for function, does in offered}


_OWNER: tuple[Function, View] = (chain_functions.OWNER, lambda books: (books.escrows.owner,))
VIEWS: Mapping[Contract, Mapping[bytes, tuple[Function, View]]] = {
    Contract.ESCROW: _by_selector(
        (chain_functions.GET_ESCROW, _shown),
        (chain_functions.GET_MILESTONES, _milestones),
        (chain_functions.NEXT_ID, lambda books: (len(books.escrows.items),)),
        (chain_functions.FEE_PERCENTAGE, lambda _: (chain_escrows.FEE,)),
        _OWNER,
    ),
    Contract.REPUTATION: _by_selector(
        (chain_functions.IS_REVIEWED, lambda books, number: (books.reviews.is_reviewed(number),)),
        _OWNER,
    ),
    Contract.CERTIFICATE: _by_selector(
        (chain_functions.IS_MINTED, lambda books, number: (books.certificates.is_minted(number),)),
        (chain_functions.OWNER_OF, lambda books, token: (books.certificates.owner_of(token),)),
        _OWNER,
    ),
}
ACTS: Mapping[Contract, Mapping[bytes, tuple[Function, Act]]] = {
    Contract.ESCROW: _by_selector(
        (chain_functions.CREATE_ESCROW, _create),
        (chain_functions.COMPLETE_MILESTONE, _escrow("complete")),
        (chain_functions.RELEASE_PAYMENT, _escrow("release")),
        (chain_functions.RAISE_DISPUTE, _escrow("dispute")),
        (chain_functions.RESOLVE_DISPUTE, _escrow("resolve")),
        (chain_functions.ROLL_BACK, _escrow("roll_back")),
    ),
    Contract.REPUTATION: _by_selector((chain_functions.SUBMIT_REVIEW, _submit)),
    Contract.CERTIFICATE: _by_selector(
        (chain_functions.MINT, _mint), (chain_functions.TRANSFER, _stays)
    ),
}
