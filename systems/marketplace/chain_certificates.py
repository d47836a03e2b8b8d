"""The certificate contract: one token for each escrow that is completed, its freelancer's for good. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from systems.marketplace.abi import Event
from systems.marketplace.chain_escrows import Status, is_owner
from systems.marketplace.chain_messages import Effect, Revert, require

if TYPE_CHECKING:
    from systems.marketplace.chain_escrows import Escrows
    from systems.marketplace.chain_messages import Message

#: 0.01 ether, in wei.
LEAST_VALUE = 10**16
LEAST_RATING = 3
MINTED = Event(
    name="CertificateMinted",
    indexed=("uint256", "address", "address"),
    plain=("uint256", "string", "uint256"),
)
TRANSFER = Event(name="Transfer", indexed=("address", "address", "uint256"))
NOBODY = f"0x{0:040x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """What a freelancer has done for a client."""

    freelancer: str
    client: str
    escrow: int
    title: str
    description: str
    skill: str
    value: int
    rating: int
    ipfs_hash: str


@dataclass(frozen=True, slots=True)
class Certificates:
    """All certificates; the first one's token is 1."""

    items: tuple[Certificate, ...] = ()

    def is_minted(self, escrow: int) -> bool:
        """Whether there is one for an escrow."""
        return any(each.escrow == escrow for each in self.items)

    def owner_of(self, token: int) -> str:
        """Whose a token is. Raises Revert."""
        if not 1 <= token <= len(self.items):
            raise Revert("Invalid token id")
        return self.items[token - 1].freelancer


def mint(
    book: Certificates, escrows: Escrows, message: Message, certificate: Certificate
) -> Effect[Certificates]:
    """The owner makes one."""
    require(is_owner(escrows, message), "Not authorized")
    require(certificate.rating >= LEAST_RATING, "Rating too low for certificate")
    require(certificate.value >= LEAST_VALUE, "Project value too low for certificate")
    require(not book.is_minted(certificate.escrow), "Certificate already minted for this escrow")
    check_escrow(escrows, certificate)
    token = len(book.items) + 1
    who = (token, certificate.freelancer, certificate.client)
    said = (*who, certificate.escrow, certificate.skill, certificate.value)
    moved = (NOBODY, certificate.freelancer, token)
    state = replace(book, items=(*book.items, certificate))
    return Effect(state=state, events=((TRANSFER, moved), (MINTED, said)))


def check_escrow(escrows: Escrows, certificate: Certificate) -> None:
    """Raise Revert unless it is about a completed escrow, and its parties."""
    escrow = escrows.find(certificate.escrow)
    require(escrow.status == Status.COMPLETED, "Escrow is not completed")
    named = (certificate.client, certificate.freelancer)
    require(named == escrow.parties, "Parties are not those of the escrow")
