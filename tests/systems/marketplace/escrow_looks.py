"""What one sees of a job's escrow that is not as it must be."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from psycopg.rows import dict_row

from systems.chassis.seams import value
from systems.marketplace import chain_functions as functions
from systems.marketplace import forms
from tests.systems.marketplace.chains import CLIENT, OWNER, Wallets
from tests.systems.marketplace.escrows import ADMIN, CHAINED, PATIENCE_SECONDS, Escrows, LocalNode
from tests.systems.marketplace.looks import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.systems.marketplace.forks import Told


@contextmanager
def place(told: Told, **environ: str) -> Iterator[Escrows]:
    """A marketplace on a chain; the process is the look's own."""
    wallets = Wallets()
    value("systems.marketplace.service:Node", type("Node", (LocalNode,), {"wallets": wallets}))()
    value("systems.marketplace.escrow_chain:LIMIT_SECONDS", PATIENCE_SECONDS)()
    url = forms.postgres(told.environ["DATABASE_URL"])
    with (
        psycopg.connect(url, autocommit=True, row_factory=dict_row) as database,
        opened(told, **(CHAINED | environ)) as market,
    ):
        database.execute("TRUNCATE users CASCADE")
        yield Escrows(market, wallets, database)


def created(told: Told) -> str:
    """A job is deployed without an id, or by one that the chain does not have."""
    with place(told) as found:
        job_id = found.job()
        answers = [
            found.act(job_id, "mark_deployed")[0],
            found.act(job_id, "mark_deployed", onChainId=7)[0],
        ]
        flags = found.flags(job_id)
    return "" if answers == [400, 409] and not flags[1] else f"{answers} {flags}"


def released(told: Told) -> str:
    """A milestone may be paid that is not completed."""
    with place(told) as found:
        job_id, _ = found.deployed(40, 60)
        answers = [found.act(job_id, "release", milestoneIndex=at)[0] for at in (0, 9)]
    return "" if answers == [409, 409] else f"{answers}"


def identified(told: Told) -> str:
    """The tool says something else than the chain."""
    with place(told) as found:
        job_id, number = found.deployed()
        found.wallets.escrow(OWNER, functions.ROLL_BACK, number)
        status = found.stats(job_id).json()["job"]["chainStatus"]
    return "" if status == "Cancelled" else f"{status}"


def threshold(told: Told) -> str:
    """What has waited for long is not listed, or counts no attempt; what has not is tried again."""
    with place(told) as found:
        job_id = found.job()
        young = (found.stats().json()["stuck"], found.act(job_id, "retry", ADMIN)[0])
        found.sql("UPDATE jobs SET \"escrowPendingSince\" = '2026-01-01'")
        stuck = [item["jobId"] for item in found.stats().json()["stuck"]]
        status, shown = found.act(job_id, "retry", ADMIN)
    seen = (young, stuck == [job_id], status, shown["escrowDeploymentAttempts"])
    return "" if seen == (([], 409), True, 200, 1) else f"{seen}"


def rolled_back(told: Told) -> str:
    """It is confirmed before it is so, or its flags stay."""
    with place(told) as found:
        job_id, number = found.deployed()
        found.act(job_id, "rollback_request")
        before = found.act(job_id, "rollback_confirm", ADMIN)[0]
        found.wallets.escrow(OWNER, functions.ROLL_BACK, number)
        after = found.act(job_id, "rollback_confirm", ADMIN)[0]
        flags = found.flags(job_id)
    seen = (before, after, flags[:4])
    return "" if seen == (409, 200, (False, False, False, True)) else f"{seen}"


def told_of(told: Told) -> str:
    """A rollback is told of by nobody."""
    with place(told) as found:
        job_id = found.job()
        found.act(job_id, "rollback_request", reason="why")
        found.act(job_id, "rollback_confirm")
        said = [each.payload for each in found.events if each.name == "escrow.rollback"]
    wanted = {"jobId": job_id, "onChainId": None, "reason": "why", "actor": found.owner}
    return "" if said == [wanted] else f"{said}"


def invariants(told: Told) -> str:
    """A job is in two states at once, alive after its end, or loses an attempt."""
    with place(told) as found:
        found.wallets.create(100)
        done = found.job()
        found.act(done, "rollback_request")
        late = found.act(done, "mark_deployed", onChainId=0)[0]
        found.act(done, "rollback_confirm")
        dead = [found.act(done, "retry")[0], found.flags(done)]
        nameless = found.job()
        found.act(nameless, "mark_deployed")
        one_by_one = (late, dead, found.flags(nameless))
        raced = [each for each in (_raced(found) for _ in range(2)) if each]
    sound = (409, [400, (False, False, False, True, None)], (True, False, False, False, None))
    return "" if one_by_one == sound and not raced else f"{one_by_one} {raced}"


def _raced(found: Escrows) -> object:
    """What is left of three orders at once, if it cannot be."""
    job_id = found.job(escrowPending=False, escrowRollbackRequested=True)
    won = found.race(job_id, "rollback_confirm", "retry", "mark_deployed")
    other = found.job(escrowPending=False)
    won_other = found.race(other, "mark_deployed", "retry", "rollback_confirm")
    for each, counted in ((job_id, won), (other, won_other)):
        pending, deployed, _, cancelled, number = flags = found.flags(each)
        attempts = found.row(each)["escrowDeploymentAttempts"]
        is_double = (pending and deployed) or (cancelled and (pending or deployed))
        if is_double or (deployed and number is None) or attempts != counted["retry"]:
            return flags, counted, attempts
    return None


def listed(told: Told) -> str:
    """The list shows what was."""
    with place(told) as found:
        before = found.market.counter("event.cache.version.bump")
        found.act(found.job(), "fail")
        bumps = found.market.counter("event.cache.version.bump") - before
    return "" if bumps == 1 else f"{bumps}"


def limits(told: Told) -> str:
    """Who has no token spends the owner's orders."""
    with place(told, RATE_LIMITS="{}") as found:
        job_id = found.job()
        for _ in range(6):
            found.patch(job_id, {"action": "fail"}, headers={"Authorization": None})
        status = found.act(job_id, "fail")[0]
    return "" if status == 200 else f"{status}"


def owner_wallet(told: Told) -> str:
    """Whoever's escrow it is, it is the job's."""
    with place(told) as found:
        found.wallets.create(100)
        found.sql('UPDATE users SET "walletAddress" = %s WHERE id = %s', OWNER, found.owner)
        status = found.act(found.job(), "mark_deployed", onChainId=0)[0]
    return "" if status == 409 else f"{status} {CLIENT}"
