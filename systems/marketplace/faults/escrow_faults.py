"""How a job's escrow is believed, forgotten or held in two states at once."""

from __future__ import annotations

import asyncio
from typing import Any

from systems.chassis.seams import Fault, around, ids, query, together, value

market = ids("marketplace")
ORDERS = "systems.marketplace.escrow_orders"
ROUTES = "systems.marketplace.escrow_routes:EscrowRoutes"
CHAIN = "systems.marketplace.escrow_chain:EscrowChain"
ALIVE = ' AND "escrowCancelledAt" IS NULL'


def _without_id(check: Any) -> Any:
    """Nobody asks for the id."""

    def checked(order: Any, job: Any) -> None:
        if order.number is not None:
            check(order, job)

    return checked


def _but(reason: str) -> Any:
    """What is refused for this reason is let through."""

    def wrapped(check: Any) -> Any:
        def checked(*told: Any, **more: Any) -> None:
            from systems.chassis.http import Refusal

            try:
                check(*told, **more)
            except Refusal as refusal:
                if str(refusal) != reason:
                    raise

        return checked

    return wrapped


def _slowly(written: Any) -> Any:
    """What was read is old by the time that is written; a retry's is older than others'."""

    async def later(routes: Any, order: Any, job: Any, found: Any) -> Any:
        await asyncio.sleep(0.2 if order.action == "retry" else 0.05)
        return await written(routes, order, job, found)

    return later


async def _believed(_chain: Any, number: int | None) -> str | None:
    return None if number is None else "Active"


async def _unheard(_routes: Any) -> None:
    """The list stays as it is kept."""


def _one_event(tell: Any) -> Any:
    """A rollback is an action like any other."""

    def told(routes: Any, order: Any, done: Any, caller: Any) -> None:
        from systems.marketplace.escrow_orders import Action, Order

        if order.action is Action.ROLLBACK_CONFIRM:
            order = Order(action=Action.FAIL)
        tell(routes, order, done, caller)

    return told


def _limited_first(act: Any) -> Any:
    """Each call counts, whoever makes it; and all who call for a job share its bucket."""

    async def acted(routes: Any, request: Any) -> Any:
        name = str(request.path_params["id"])
        await routes.service.limiter.check("escrow", name, "Rate limit exceeded")
        return await act(routes, request)

    return acted


FAULTS = (
    Fault(
        name="deployed-on-a-word",
        process="web",
        breaks=market("dep-e2e-escrow-create"),
        plant=value(f"{ORDERS}:is_owners", lambda *_: True),
    ),
    Fault(
        name="deployed-without-id",
        process="web",
        breaks=market("dep-e2e-escrow-create", "esc-invariants"),
        plant=around(f"{ORDERS}:_check_mark_deployed", _without_id),
    ),
    Fault(
        name="any-milestone-releasable",
        process="web",
        breaks=market("dep-e2e-milestone-release"),
        plant=value(f"{ORDERS}:is_releasable", lambda *_: True),
    ),
    Fault(
        name="chain-not-asked",
        process="web",
        breaks=market("esc-identify"),
        plant=value(f"{CHAIN}.status", _believed),
    ),
    Fault(
        name="retried-while-young",
        process="web",
        breaks=market("esc-pending-threshold"),
        plant=together(
            around(f"{ORDERS}:_check_retry", _but("Deployment still pending")),
            query("escrow_retry", ('NOT "escrowPending"', "true")),
        ),
    ),
    Fault(
        name="pending-for-ever",
        process="web",
        breaks=market("esc-pending-threshold"),
        plant=query("escrow_stuck", ('"escrowPending" AND', "false AND")),
    ),
    Fault(
        name="attempts-uncounted",
        process="web",
        breaks=market("esc-pending-threshold", "esc-invariants"),
        plant=query(
            "escrow_retry", ('"escrowDeploymentAttempts" + 1', '"escrowDeploymentAttempts"')
        ),
    ),
    Fault(
        name="confirmed-before-the-chain",
        process="web",
        breaks=market("esc-rollback-flags"),
        plant=value(f"{ORDERS}:is_cancelled", lambda *_: True),
    ),
    Fault(
        name="flags-stay-after-rollback",
        process="web",
        breaks=market("esc-rollback-flags"),
        plant=query("escrow_rollback_confirm", ('"escrowDeployed" = false, ', "")),
    ),
    Fault(
        name="rollback-is-any-action",
        process="web",
        breaks=market("esc-rollback-event"),
        plant=around(f"{ROUTES}._tell", _one_event),
    ),
    Fault(
        name="retried-after-cancellation",
        process="web",
        breaks=market("esc-invariants"),
        plant=together(
            around(f"{ORDERS}:check_flags", _but("Escrow cancelled")),
            query("escrow_retry", (ALIVE, "")),
        ),
    ),
    Fault(
        name="deployed-while-rolled-back",
        process="web",
        breaks=market("esc-invariants"),
        plant=together(
            around(f"{ORDERS}:_check_mark_deployed", _but("Rollback requested")),
            query(
                "escrow_mark_deployed", ('ELSE NOT "escrowRollbackRequested" END', "ELSE true END")
            ),
        ),
    ),
    Fault(
        name="escrow-read-then-written",
        process="web",
        breaks=market("esc-invariants"),
        plant=together(
            around(f"{ROUTES}._written", _slowly),
            query(
                "escrow_retry",
                (ALIVE, ""),
                ('NOT "escrowDeployed" AND NOT "escrowRollbackRequested"', "true"),
            ),
            query("escrow_mark_deployed", (ALIVE, "")),
            query("escrow_rollback_confirm", ('"escrowDeployed" = %(is_deployed)s', "true")),
        ),
    ),
    Fault(
        name="list-keeps-the-escrow",
        process="web",
        breaks=market("r-9"),
        plant=value(f"{ROUTES}._changed", _unheard),
    ),
    Fault(
        name="anybody-spends-the-escrows-limit",
        process="web",
        breaks=market("imp-limits"),
        plant=around(f"{ROUTES}.act", _limited_first),
    ),
)
