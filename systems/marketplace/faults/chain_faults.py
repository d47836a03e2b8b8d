"""How the contracts pay, judge and certify otherwise than they may."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from systems.chassis.seams import Fault, around, ids, value

market = ids("marketplace")
ESCROWS = "systems.marketplace.chain_escrows"
REVIEWS = "systems.marketplace.chain_reviews"
CERTIFICATES = "systems.marketplace.chain_certificates"
CONTRACTS = "systems.marketplace.chain_contracts"


def _as_if(**changes: bool) -> Any:
    """A milestone is taken to be otherwise when it is released."""

    def wrapped(release: Any) -> Any:
        def released(book: Any, message: Any, number: int, index: int) -> Any:
            from systems.marketplace.chain_messages import Revert

            try:
                return release(book, message, number, index)
            except Revert:
                from systems.marketplace.chain_escrows import Status, _with

                escrow = book.find(number)
                milestone = replace(escrow.milestones[index], **changes)
                alive = replace(_with(escrow, index, milestone), status=Status.ACTIVE)
                return release(book.put(alive), message, number, index)

        return released

    return wrapped


def _no_rollback(acts: Any) -> Any:
    """As the public contract is."""
    from systems.marketplace.chain_contracts import Contract
    from systems.marketplace.chain_functions import ROLL_BACK

    left = {key: act for key, act in acts[Contract.ESCROW].items() if key != ROLL_BACK.selector}
    return {**acts, Contract.ESCROW: left}


def _without_fee(roll_back: Any) -> Any:
    def rolled(book: Any, message: Any, number: int) -> Any:
        effect = roll_back(book, message, number)
        ((client, amount),) = effect.payments
        fee = book.find(number).fee
        return replace(effect, payments=((client, amount - fee), (book.owner, fee)))

    return rolled


def _given_away(acts: Any) -> Any:
    """A certificate is a token like any other."""
    from systems.marketplace.chain_contracts import Contract
    from systems.marketplace.chain_functions import TRANSFER

    def given(books: Any, _message: Any, _source: str, sink: str, token: int) -> Any:
        from systems.marketplace.chain_messages import Effect

        items = list(books.certificates.items)
        items[token - 1] = replace(items[token - 1], freelancer=sink)
        return Effect(state=replace(books, certificates=type(books.certificates)(tuple(items))))

    owned = {**acts[Contract.CERTIFICATE], TRANSFER.selector: (TRANSFER, given)}
    return {**acts, Contract.CERTIFICATE: owned}


def _one_review(_has_said: Any) -> Any:
    """Whoever is first has the only word."""
    return lambda book, review: book.is_reviewed(review.escrow)


FAULTS = (
    Fault(
        name="paid-before-completion",
        process="chain",
        breaks=market("dep-e2e-milestone-release"),
        plant=around(f"{ESCROWS}:release", _as_if(is_completed=True)),
    ),
    Fault(
        name="paid-twice",
        process="chain",
        breaks=market("dep-e2e-milestone-release"),
        plant=around(f"{ESCROWS}:release", _as_if(is_paid=False)),
    ),
    Fault(
        name="reviewed-twice",
        process="chain",
        breaks=market("dep-e2e-review"),
        plant=value(f"{REVIEWS}:has_said", lambda *_: False),
    ),
    Fault(
        name="reviewed-by-one-party",
        process="chain",
        breaks=market("dep-e2e-review"),
        plant=around(f"{REVIEWS}:has_said", _one_review),
    ),
    Fault(
        name="reviewed-without-escrow",
        process="chain",
        breaks=market("dep-e2e-review"),
        plant=value(f"{REVIEWS}:check_escrow", lambda *_: None),
    ),
    Fault(
        name="certified-twice",
        process="chain",
        breaks=market("dep-e2e-certificate"),
        plant=value(f"{CERTIFICATES}:Certificates.is_minted", lambda *_: False),
    ),
    Fault(
        name="certified-without-escrow",
        process="chain",
        breaks=market("dep-e2e-certificate"),
        plant=value(f"{CERTIFICATES}:check_escrow", lambda *_: None),
    ),
    Fault(
        name="certified-by-anybody",
        process="chain",
        breaks=market("dep-e2e-certificate"),
        plant=value(f"{CERTIFICATES}:is_owner", lambda *_: True),
    ),
    Fault(
        name="certificate-given-away",
        process="chain",
        breaks=market("dep-e2e-certificate"),
        plant=around(f"{CONTRACTS}:ACTS", _given_away),
    ),
    Fault(
        name="rollback-is-no-function",
        process="chain",
        breaks=market("esc-rollback-admin"),
        plant=around(f"{CONTRACTS}:ACTS", _no_rollback),
    ),
    Fault(
        name="rolled-back-by-anybody",
        process="chain",
        breaks=market("esc-rollback-admin"),
        plant=value(f"{ESCROWS}:is_owner", lambda *_: True),
    ),
    Fault(
        name="fee-kept-at-rollback",
        process="chain",
        breaks=market("esc-rollback-admin"),
        plant=around(f"{ESCROWS}:roll_back", _without_fee),
    ),
    Fault(
        name="paid-out-of-others",
        process="chain",
        breaks=market("imp-chain-funds"),
        plant=value(f"{ESCROWS}:_rest", lambda *_: 0),
    ),
)
