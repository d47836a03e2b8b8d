"""
What may be done with a job's escrow, and why something may not.

Pure: flags, an order and what the chain shows go in; a refusal is raised, or nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from systems.chassis.canonical import is_number
from systems.chassis.http import Refusal
from systems.marketplace.chain_escrows import Status

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.chassis.store import Row
    from systems.marketplace.escrow_chain import OnChain

#: What an integer column holds.
MOST = 2**31 - 1
LONGEST_REASON = 500


class Action(StrEnum):
    """What is asked for."""

    RETRY = "retry"
    MARK_DEPLOYED = "mark_deployed"
    FAIL = "fail"
    RELEASE = "release"
    RELEASED = "released"
    ROLLBACK_REQUEST = "rollback_request"
    ROLLBACK_CONFIRM = "rollback_confirm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An action, and what is told with it."""

    action: Action
    number: int | None = None
    milestone: int | None = None
    reason: str | None = None


def read(told: Mapping[str, object]) -> Order:
    """The order of a body. Raises Refusal 400."""
    action, reason = told.get("action"), told.get("reason")
    if not isinstance(action, str) or action not in set(Action):
        raise _invalid()
    if reason is not None and (not isinstance(reason, str) or len(reason) > LONGEST_REASON):
        raise _invalid()
    return Order(
        action=Action(action),
        number=_integer(told.get("onChainId")),
        milestone=_integer(told.get("milestoneIndex")),
        reason=reason,
    )


def check_flags(order: Order, job: Row, threshold_seconds: float, *, is_admin: bool) -> None:
    """Raise Refusal where the job's flags do not let it be done."""
    if not job.useBlockchain:
        raise Refusal(400, "Escrow not enabled for this job")
    if job.escrowCancelledAt is not None:
        raise Refusal(400, "Escrow cancelled")
    match order.action:
        case Action.RETRY:
            _check_retry(job, threshold_seconds)
        case Action.MARK_DEPLOYED:
            _check_mark_deployed(order, job)
        case Action.FAIL if job.escrowDeployed:
            raise Refusal(400, "Cannot mark failed after deployment")
        case Action.RELEASE | Action.RELEASED if not job.escrowDeployed:
            raise Refusal(400, "Escrow not deployed yet")
        case Action.ROLLBACK_CONFIRM:
            _check_confirm(job, is_admin=is_admin)


def number_asked(order: Order, job: Row) -> int | None:
    """The id on the chain that must be looked at before it is done; None if none must."""
    match order.action:
        case Action.MARK_DEPLOYED if not job.escrowDeployed:
            return order.number
        case Action.RELEASE | Action.RELEASED:
            return int(job.escrowOnChainId)
        case Action.ROLLBACK_CONFIRM if job.escrowDeployed:
            return int(job.escrowOnChainId)
    return None


def check_chain(order: Order, job: Row, found: OnChain | None) -> None:
    """Raise Refusal 409 where the chain shows that it is not so; None: there is no such escrow."""
    match order.action:
        case Action.MARK_DEPLOYED if not is_owners(found, job.walletAddress):
            raise Refusal(409, "Escrow not found on chain")
        case Action.RELEASE if not is_releasable(found, order.milestone):
            raise Refusal(409, "Milestone not releasable")
        case Action.RELEASED if not is_paid(found, order.milestone):
            raise Refusal(409, "Milestone not paid")
        case Action.ROLLBACK_CONFIRM if not is_cancelled(found):
            raise Refusal(409, "Escrow not rolled back on chain")


def is_owners(found: OnChain | None, wallet: str | None) -> bool:
    """Whether it is alive, and its client is the job's owner, if he has a wallet."""
    if found is None or found.status != Status.ACTIVE:
        return False
    return not wallet or found.client == wallet.lower()


def is_releasable(found: OnChain | None, index: int | None) -> bool:
    """Whether a milestone is completed and still to be paid."""
    milestone = None if found is None else found.milestone(index)
    if found is None or milestone is None or found.status != Status.ACTIVE:
        return False
    return milestone.is_completed and not milestone.is_paid


def is_paid(found: OnChain | None, index: int | None) -> bool:
    """Whether a milestone was paid."""
    milestone = None if found is None else found.milestone(index)
    return milestone is not None and milestone.is_paid


def is_cancelled(found: OnChain | None) -> bool:
    """Whether it was rolled back."""
    return found is not None and found.status == Status.CANCELLED


def _check_retry(job: Row, threshold_seconds: float) -> None:
    if job.escrowDeployed:
        raise Refusal(400, "Escrow already deployed")
    if job.escrowRollbackRequested:
        raise Refusal(409, "Rollback requested")
    if job.escrowPending and job.waited is not None and job.waited < threshold_seconds:
        raise Refusal(409, "Deployment still pending")


def _check_mark_deployed(order: Order, job: Row) -> None:
    if order.number is None:
        raise Refusal(400, "Missing onChainId")
    if job.escrowDeployed and job.escrowOnChainId != order.number:
        raise Refusal(409, "Escrow already deployed")
    if job.escrowRollbackRequested and not job.escrowDeployed:
        raise Refusal(409, "Rollback requested")


def _check_confirm(job: Row, *, is_admin: bool) -> None:
    if not job.escrowRollbackRequested:
        raise Refusal(400, "No rollback requested")
    if job.escrowDeployed and not is_admin:
        raise Refusal(403, "Forbidden")


def _integer(told: object) -> int | None:
    if told is None:
        return None
    if not is_number(told) or told != int(told) or not 0 <= told <= MOST:
        raise _invalid()
    return int(told)


def _invalid() -> Refusal:
    return Refusal(400, "Invalid body")
