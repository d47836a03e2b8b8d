"""The three contracts, on the vectors of the contract and beyond them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from systems.marketplace import (
    chain_certificates,
    chain_escrows,
    chain_functions,
    chain_reviews,
)
from systems.marketplace.abi import Event, Function
from systems.marketplace.chain_contracts import Contract
from systems.marketplace.chain_escrows import Status
from tests.systems.marketplace.chains import (
    ADDRESSES,
    CLIENT,
    ETHER,
    FREELANCER,
    OK,
    OWNER,
    STRANGER,
    Wallets,
)
from tests.systems.marketplace.contract import VECTORS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VECTOR = VECTORS["contracts"]
NAMES = ("FreelancerEscrow", "ReputationSystem", "CertificateNFT")
HALF = ETHER // 2


def bound(kind: str, field: str) -> dict[str, str]:
    """Signature → selector or topic, of what is bound."""
    return {
        each["sig"]: each[field].removeprefix("0x")
        for name in NAMES
        for each in VECTOR[name][kind]
        if each["binding"] == "must"
    }


def test_each_function_has_the_selector_of_the_contract() -> None:
    """All that are bound, and no other but who owns a contract."""
    found = {
        each.signature: each.selector.hex()
        for each in vars(chain_functions).values()
        if isinstance(each, Function)
    }
    assert found == bound("functions", "selector")


def test_each_event_has_the_topic_of_the_contract() -> None:
    """All that are bound, and the one by which a token moves."""
    modules = (chain_escrows, chain_reviews, chain_certificates)
    events = [each for module in modules for each in vars(module).values()]
    found = {each.signature: each.topic.hex() for each in events if isinstance(each, Event)}
    (moved,) = (each for each in VECTOR["CertificateNFT"]["events"] if "Transfer(" in each["sig"])
    wanted = bound("events", "topic") | {moved["sig"]: moved["topic"].removeprefix("0x")}
    assert found == wanted


def trace(wallets: Wallets) -> Iterator[tuple[str, Callable[[], str]]]:
    """The calls of the vectors that are within the interface, by name, on one chain."""
    complete, release = chain_functions.COMPLETE_MILESTONE, chain_functions.RELEASE_PAYMENT
    escrow = wallets.escrow
    yield "create underpay", lambda: wallets.create(ETHER, more=-1)
    yield "create overpay", lambda: wallets.create(ETHER, more=1)
    assert wallets.create(ETHER) == OK
    assert wallets.create(HALF, HALF) == OK
    yield "release before complete", lambda: escrow(CLIENT, release, 0, 0)
    yield "complete by client", lambda: escrow(CLIENT, complete, 0, 0)
    yield "complete", lambda: escrow(FREELANCER, complete, 0, 0)
    yield "complete twice", lambda: escrow(FREELANCER, complete, 0, 0)
    yield "release by freelancer", lambda: escrow(FREELANCER, release, 0, 0)
    yield "release bad idx", lambda: escrow(CLIENT, release, 0, 9)
    yield "release", lambda: escrow(CLIENT, release, 0, 0)
    yield "release twice (completed)", lambda: escrow(CLIENT, release, 0, 0)
    yield "complete e1.0", lambda: escrow(FREELANCER, complete, 1, 0)
    yield "release e1.0", lambda: escrow(CLIENT, release, 1, 0)
    yield "release e1.0 twice", lambda: escrow(CLIENT, release, 1, 0)
    yield "owner resolveDispute undisputed", lambda: resolve(wallets, 1, 0, HALF)
    yield "raiseDispute", lambda: escrow(CLIENT, chain_functions.RAISE_DISPUTE, 1, "late")
    drain = "resolveDispute full total although half already paid (drains others)"
    yield drain, lambda: resolve(wallets, 1, ETHER, 0)
    yield "mint by client", lambda: wallets.mint(0, who=CLIENT)
    yield "mint by owner", lambda: wallets.mint(0)
    yield "mint same escrow again", lambda: wallets.mint(0)
    yield "mint rating 2", lambda: wallets.mint(0, rating=2)
    yield "mint low value", lambda: wallets.mint(0, value=10**16 - 1)
    yield "mint for non-existent escrow 999", lambda: wallets.mint(999)
    yield "transfer 'non-transferable' certificate", lambda: transfer(wallets)
    yield "review non-existent escrow", lambda: wallets.review(CLIENT, 999)
    yield "review rating 6", lambda: wallets.review(CLIENT, 0, rating=6)
    yield "review ok", lambda: wallets.review(CLIENT, 0)
    yield "freelancer reviews client for same escrow", lambda: wallets.review(FREELANCER, 0)
    yield "review self", lambda: wallets.review(CLIENT, 0, reviewee=CLIENT)
    yield "comment 501", lambda: wallets.review(CLIENT, 0, comment="x" * 501)


def resolve(wallets: Wallets, number: int, for_client: int, for_freelancer: int) -> str:
    """The owner divides an escrow."""
    values = (number, for_client, for_freelancer)
    return wallets.escrow(OWNER, chain_functions.RESOLVE_DISPUTE, *values)


def transfer(wallets: Wallets) -> str:
    """The freelancer gives his certificate away."""
    values = (FREELANCER, STRANGER, 1)
    return wallets.send(FREELANCER, Contract.CERTIFICATE, chain_functions.TRANSFER, *values)


def test_the_contracts_answer_as_in_the_trace() -> None:
    """Reason by reason, in its order; where the public system was wrong, right."""
    wanted = {each["call"]: each for each in VECTOR["calls"] if each["binding"] != "function"}

    told = {name: call() for name, call in trace(Wallets())}

    assert list(told) == list(wanted)
    musts = {name for name, each in wanted.items() if each["binding"] == "must"}
    assert {name: told[name] for name in musts} == {name: wanted[name]["result"] for name in musts}
    assert {name: told[name] for name in told.keys() - musts} == {
        "resolveDispute full total although half already paid (drains others)": "Amounts exceed what the escrow holds",
        "mint for non-existent escrow 999": "Escrow does not exist",
        "transfer 'non-transferable' certificate": "Certificates are not transferable",
        "review non-existent escrow": "Escrow does not exist",
        "freelancer reviews client for same escrow": OK,
    }


@pytest.mark.parametrize("case", VECTOR["fee_vectors"]["cases"], ids=lambda case: case["total"])
def test_the_fee_is_exact(case: dict[str, Any]) -> None:
    """Worth all amounts and the fee, not a wei less or more."""
    wallets, amounts = Wallets(), [int(amount) for amount in case["amounts_wei"]]
    before = wallets.balance(CLIENT)

    assert [wallets.create(*amounts, more=more) for more in (-1, 1, 0)] == [
        "Incorrect payment amount",
        "Incorrect payment amount",
        OK,
    ]

    worth = int(case["total"]) + int(case["fee"])
    assert (wallets.held(), before - wallets.balance(CLIENT)) == (worth, worth)
    told = wallets.ask(Contract.ESCROW, chain_functions.GET_ESCROW, 0)
    assert told[1:5] == (CLIENT, FREELANCER, int(case["total"]), int(case["fee"]))


def test_the_last_milestone_ends_an_escrow() -> None:
    """Each pays its price; with the last one the platform gets its fee."""
    wallets = Wallets()
    wallets.create(40, 60)
    freelancer, owner = wallets.balance(FREELANCER), wallets.balance(OWNER)

    wallets.pay(0, 0)
    between = (wallets.status(0), wallets.held(), wallets.balance(OWNER) - owner)
    wallets.pay(0, 1)

    assert between == (Status.ACTIVE, 62, 0)
    assert (wallets.status(0), wallets.held()) == (Status.COMPLETED, 0)
    assert wallets.balance(FREELANCER) - freelancer == 100
    assert wallets.balance(OWNER) - owner == 2
    (paid,) = wallets.logs()
    assert paid["topics"] == [f"0x{chain_escrows.RELEASED.topic.hex()}", f"0x{0:064x}"]
    assert int(paid["data"][2:66], 16) == 60
    assert paid["data"][-40:] == FREELANCER[2:]
    milestones = wallets.ask(Contract.ESCROW, chain_functions.GET_MILESTONES, 0)[0]
    assert milestones == (("part", 40, True, True), ("part", 60, True, True))


@pytest.mark.parametrize("is_disputed", [False, True])
def test_the_owner_alone_rolls_back(is_disputed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """What is unpaid goes back to the client, and the fee with it; then it is over."""
    wallets = Wallets()
    wallets.create(40, 60)
    wallets.pay(0, 0)
    if is_disputed:
        wallets.escrow(FREELANCER, chain_functions.RAISE_DISPUTE, 0, "why")
    before = wallets.balance(CLIENT)

    told = [
        wallets.escrow(who, chain_functions.ROLL_BACK, 0)
        for who in (CLIENT, FREELANCER, STRANGER, OWNER, OWNER)
    ]

    only = "Only owner can roll back"
    assert told == [only, only, only, OK, "Escrow is not active"]
    assert (wallets.status(0), wallets.balance(CLIENT) - before, wallets.held()) == (3, 62, 0)
    assert wallets.escrow(OWNER, chain_functions.ROLL_BACK, 1) == "Escrow does not exist"


def test_a_dispute_is_divided_out_of_its_own_escrow() -> None:
    """Never out of another's; what the owner gives to nobody is the client's."""
    wallets = Wallets()
    wallets.create(1000)
    wallets.create(HALF, HALF)
    wallets.pay(1, 0)
    raise_dispute = chain_functions.RAISE_DISPUTE
    assert wallets.escrow(STRANGER, raise_dispute, 1, "") == (
        "Only client or freelancer can call this"
    )
    assert wallets.escrow(CLIENT, raise_dispute, 1, "late") == OK
    assert wallets.escrow(FREELANCER, chain_functions.COMPLETE_MILESTONE, 1, 1) == (
        "Escrow is not active"
    )
    before = wallets.balance(CLIENT), wallets.balance(FREELANCER), wallets.held()

    too_much = resolve(wallets, 1, HALF, 1)
    by_client = wallets.escrow(CLIENT, chain_functions.RESOLVE_DISPUTE, 1, HALF, 0)
    between = wallets.held()
    divided = resolve(wallets, 1, 10, HALF - 30)

    assert too_much == "Amounts exceed what the escrow holds"
    assert by_client == "Only owner can resolve disputes"
    assert (divided, between) == (OK, before[2])
    assert (wallets.status(1), wallets.held()) == (Status.COMPLETED, 1025)
    assert wallets.balance(CLIENT) - before[0] == 30
    assert wallets.balance(FREELANCER) - before[1] == HALF - 30


def test_reviews_are_of_the_parties_of_what_is_completed() -> None:
    """Each says one thing of the other."""
    wallets = Wallets()
    number = wallets.completed(100)
    wallets.create(100)
    is_reviewed = (Contract.REPUTATION, chain_functions.IS_REVIEWED)
    assert wallets.ask(*is_reviewed, number) == (False,)

    told = [
        wallets.review(CLIENT, number + 1),
        wallets.review(STRANGER, number),
        wallets.review(CLIENT, number, reviewee=STRANGER),
        wallets.review(CLIENT, number, comment=""),
        wallets.review(CLIENT, number, rating=0),
        wallets.review(CLIENT, number, comment="ä" * 250),
        wallets.review(CLIENT, number),
    ]

    assert told == [
        "Escrow is not completed",
        "Only parties review",
        "Only parties review",
        "Comment required",
        "Rating must be between 1 and 5",
        OK,
        "Escrow already reviewed",
    ]
    assert wallets.ask(*is_reviewed, number) == (True,)
    (said,) = wallets.logs()
    assert said["topics"][0] == f"0x{chain_reviews.SUBMITTED.topic.hex()}"


def test_a_certificate_is_its_freelancers_for_good() -> None:
    """One for an escrow that is completed, about its parties."""
    wallets = Wallets()
    number = wallets.completed(100)
    wallets.create(100)
    is_minted = (Contract.CERTIFICATE, chain_functions.IS_MINTED)

    assert wallets.mint(number + 1) == "Escrow is not completed"
    assert wallets.ask(*is_minted, number) == (False,)
    assert wallets.mint(number) == OK

    assert wallets.ask(*is_minted, number) == (True,)
    assert wallets.ask(Contract.CERTIFICATE, chain_functions.OWNER_OF, 1) == (FREELANCER,)
    topics = [log["topics"][0][2:] for log in wallets.logs()]
    assert topics == [
        chain_certificates.TRANSFER.topic.hex(),
        chain_certificates.MINTED.topic.hex(),
    ]
    strangers = (STRANGER, CLIENT, number, "t", "d", "s", ETHER, 5, "")
    assert wallets.send(OWNER, Contract.CERTIFICATE, chain_functions.MINT, *strangers) == (
        "Certificate already minted for this escrow"
    )


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_contract_holds_what_its_escrows_hold(data: st.DataObject) -> None:
    """Whatever anybody does, in whatever order: it pays nobody out of another's escrow."""
    wallets = Wallets()
    for amounts in ((100,), (300, 5), (7, 7, 7)):
        wallets.create(*amounts)
    number, index = st.integers(0, 3), st.integers(0, 3)
    whose = st.sampled_from([OWNER, CLIENT, FREELANCER, STRANGER])
    amount = st.integers(0, 320)
    steps = st.one_of(
        st.tuples(st.just(chain_functions.COMPLETE_MILESTONE), number, index),
        st.tuples(st.just(chain_functions.RELEASE_PAYMENT), number, index),
        st.tuples(st.just(chain_functions.RAISE_DISPUTE), number, st.just("")),
        st.tuples(st.just(chain_functions.RESOLVE_DISPUTE), number, amount, amount),
        st.tuples(st.just(chain_functions.ROLL_BACK), number),
    )
    for function, *values in data.draw(st.lists(steps, max_size=12)):
        wallets.escrow(data.draw(whose), function, *values)

    escrows = wallets.node.chain.books.escrows.items
    open_ones = (each for each in escrows if each.status in (Status.ACTIVE, Status.DISPUTED))
    assert wallets.held() == sum(each.unpaid + each.fee for each in open_ones)
    assert wallets.held() + sum(map(wallets.balance, (OWNER, CLIENT, FREELANCER, STRANGER))) == (
        4 * 10_000 * ETHER
    )
    assert wallets.balance(ADDRESSES[Contract.REPUTATION]) == 0
