"""What one sees of contracts that are not as they must be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.marketplace import chain_functions as functions
from systems.marketplace.chain_contracts import Contract
from tests.systems.marketplace.chains import CLIENT, FREELANCER, OK, OWNER, STRANGER, Wallets

if TYPE_CHECKING:
    from tests.systems.marketplace.forks import Told


def milestones(_told: Told) -> str:
    """A milestone is paid before it is completed, or twice."""
    wallets = Wallets()
    wallets.create(40, 60)
    early = wallets.escrow(CLIENT, functions.RELEASE_PAYMENT, 0, 0)
    wallets.escrow(FREELANCER, functions.COMPLETE_MILESTONE, 0, 0)
    first = wallets.escrow(CLIENT, functions.RELEASE_PAYMENT, 0, 0)
    again = wallets.escrow(CLIENT, functions.RELEASE_PAYMENT, 0, 0)
    found = [each == OK for each in (early, first, again)]
    return "" if found == [False, True, False] else f"{found}"


def reviews(_told: Told) -> str:
    """Somebody says something twice, or of nothing; or cannot say anything."""
    wallets = Wallets()
    number = wallets.completed(100)
    found = [
        wallets.review(CLIENT, 99) == OK,
        wallets.review(CLIENT, number) == OK,
        wallets.review(CLIENT, number) == OK,
        wallets.review(FREELANCER, number) == OK,
    ]
    return "" if found == [False, True, False, True] else f"{found}"


def certificates(_told: Told) -> str:
    """A certificate is made by anybody, of nothing or twice, or is given away."""
    wallets = Wallets()
    number = wallets.completed(100)
    found = [
        wallets.mint(number, who=CLIENT) == OK,
        wallets.mint(99) == OK,
        wallets.mint(number) == OK,
        wallets.mint(number) == OK,
    ]
    given = (FREELANCER, STRANGER, 1)
    found.append(wallets.send(FREELANCER, Contract.CERTIFICATE, functions.TRANSFER, *given) == OK)
    return "" if found == [False, False, True, False, False] else f"{found}"


def rollback(_told: Told) -> str:
    """Anybody rolls back, or nobody, or the client does not get everything."""
    wallets = Wallets()
    before = wallets.balance(CLIENT)
    wallets.create(40, 60)
    found = [wallets.escrow(who, functions.ROLL_BACK, 0) == OK for who in (CLIENT, STRANGER, OWNER)]
    told = (found, before - wallets.balance(CLIENT))
    return "" if told == ([False, False, True], 0) else f"{told}"


def funds(_told: Told) -> str:
    """One escrow is paid out of another's money."""
    wallets = Wallets()
    wallets.create(1000)
    wallets.create(50, 50)
    wallets.pay(1, 0)
    wallets.escrow(CLIENT, functions.RAISE_DISPUTE, 1, "late")
    wallets.escrow(OWNER, functions.RESOLVE_DISPUTE, 1, 100, 0)
    return "" if wallets.held() == 1025 + 52 else f"{wallets.held()}"
