"""Escrows: what may be done with them in which state, by whom, and what the chain must show."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from psycopg.rows import dict_row

from systems.marketplace import chain_functions as functions
from systems.marketplace import forms, service
from systems.marketplace.node import ChainAway
from tests.systems.marketplace.chains import (
    CLIENT,
    ETHER,
    FREELANCER,
    OK,
    OWNER,
    STRANGER,
    Wallets,
)
from tests.systems.marketplace.escrows import ADMIN, CHAINED, PATIENCE_SECONDS, Escrows, LocalNode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.systems.marketplace.escrows import Flags
    from tests.systems.marketplace.markets import Market

    Opener = Callable[..., Escrows]

PLAIN, DEPLOYED = (False, False), (False, True)


@pytest.fixture
def chained(
    opens: Callable[..., Market], stores: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Opener]:
    """Opens marketplaces on a chain: `chained(ESCROW_PENDING_THRESHOLD_SEC="0")`."""
    monkeypatch.setattr("systems.marketplace.escrow_chain.LIMIT_SECONDS", PATIENCE_SECONDS)
    url = forms.postgres(stores["DATABASE_URL"])
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as database:

        def opened(**environ: str) -> Escrows:
            wallets = Wallets()
            monkeypatch.setattr(service, "Node", type("Node", (LocalNode,), {"wallets": wallets}))
            return Escrows(opens(**(CHAINED | environ)), wallets, database)

        yield opened


@pytest.fixture
def place(chained: Opener) -> Escrows:
    """A marketplace on a chain."""
    return chained()


def test_who_may_act(place: Escrows) -> None:
    """In the order of the contract: pair, type, token, scope, body, job, owner."""
    job_id, freelancer = place.job(), place.market.user("FREELANCER")

    def told(who: str = "", **headers: str | None) -> tuple[int, str]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = place.patch(job_id, {}, who, headers=headers)
        return answer.status_code, answer.json()["error"]

    assert told(Content_Type="text/plain", X_CSRF_Token=None) == (403, "Missing CSRF token")
    assert told(Content_Type="text/plain", Authorization=None)[0] == 415
    assert told(Authorization=None) == (401, "Unauthorized")
    assert told(Authorization="Bearer x") == (401, "Invalid token")
    assert told(who=freelancer) == (403, "Forbidden: missing scope escrow:manage")
    assert told(who=place.other) == (400, "Invalid body")
    assert place.act("nothing", "fail", place.other) == (404, "Job not found")
    assert place.refused(job_id, "fail", place.other) == (403, "Forbidden")
    assert place.act(job_id, "fail", ADMIN)[0] == 200


def test_without_its_flag_it_is_not_there(chained: Opener) -> None:
    """Whoever asks."""
    place = chained(FEATURE_FLAGS='{"escrow": false}')
    answer = place.patch("nothing", {}, headers={"Authorization": None})

    assert (answer.status_code, answer.json()["error"]) == (404, "Feature disabled")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"action": "explode"},
        {"action": ["fail"]},
        {"action": "fail", "onChainId": -1},
        {"action": "fail", "onChainId": 2**31},
        {"action": "fail", "onChainId": 1.5},
        {"action": "fail", "onChainId": "1"},
        {"action": "fail", "milestoneIndex": True},
        {"action": "rollback_request", "reason": "x" * 501},
        {"action": "rollback_request", "reason": 5},
    ],
)
def test_what_is_no_order_is_refused(place: Escrows, body: dict[str, Any]) -> None:
    """And nothing is looked up."""
    answer = place.patch("nothing", body)

    assert (answer.status_code, answer.json()["error"]) == (400, "Invalid body")


def test_a_retry_counts(place: Escrows) -> None:
    """Where it is not pending, or has been for long enough."""
    job_id = place.job()

    assert place.refused(job_id, "retry") == (409, "Deployment still pending")
    place.sql('UPDATE jobs SET "escrowPendingSince" = "escrowPendingSince" - interval \'15 min\'')
    told = {"id": job_id, "escrowPending": True, "escrowDeploymentAttempts": 1}
    assert place.act(job_id, "retry", ADMIN) == (200, told)
    assert place.refused(job_id, "retry") == (409, "Deployment still pending")
    assert place.act(job_id, "fail") == (200, {"id": job_id, "escrowPending": False})
    assert place.act(job_id, "retry") == (200, told | {"escrowDeploymentAttempts": 2})
    assert place.row(job_id)["escrowPendingSince"] is not None


def test_no_threshold_no_waiting(chained: Opener) -> None:
    """A threshold of 0 lets anything be tried at once."""
    place = chained(ESCROW_PENDING_THRESHOLD_SEC="0")
    job_id = place.job()

    assert [place.act(job_id, "retry")[0] for _ in range(3)] == [200] * 3
    assert [item["jobId"] for item in place.stats().json()["stuck"]] == [job_id]


def test_deployed_is_what_the_chain_shows(place: Escrows) -> None:
    """Alive, of the owner's wallet; a second time nothing changes, another id is refused."""
    strangers, wallets = place.job(), place.wallets
    terms = (FREELANCER, ["part"], [100], wallets.now + 60, "text")
    create = functions.CREATE_ESCROW
    assert wallets.escrow(STRANGER, create, *terms, value=102) == OK
    assert wallets.create(100) == OK
    assert wallets.create(100) == OK
    assert wallets.escrow(OWNER, functions.ROLL_BACK, 2) == OK
    job_id = place.job()

    assert place.refused(job_id, "mark_deployed") == (400, "Missing onChainId")
    for number in (0, 2, 3, 2**31 - 1):
        answer = place.refused(job_id, "mark_deployed", onChainId=number)
        assert answer == (409, "Escrow not found on chain")
    told = {"id": job_id, "escrowDeployed": True, "escrowOnChainId": 1}
    assert place.act(job_id, "mark_deployed", onChainId=1) == (200, told)
    assert place.flags(job_id) == (*DEPLOYED, False, False, 1)
    assert place.refused(job_id, "mark_deployed", onChainId=1) == (200, told)
    assert place.refused(job_id, "mark_deployed", onChainId=0) == (409, "Escrow already deployed")
    assert place.refused(job_id, "retry") == (400, "Escrow already deployed")
    assert place.refused(job_id, "fail") == (400, "Cannot mark failed after deployment")
    place.sql('UPDATE users SET "walletAddress" = NULL WHERE id = %s', place.owner)
    assert place.act(strangers, "mark_deployed", onChainId=0)[0] == 200


def test_a_milestone_is_released_once(place: Escrows) -> None:
    """After it is completed, before it is paid; the client's own wallet pays."""
    job_id, number = place.deployed(40, 60)
    wallets = place.wallets
    fresh = place.job()
    assert place.refused(fresh, "release", milestoneIndex=0) == (400, "Escrow not deployed yet")
    assert place.refused(fresh, "released", milestoneIndex=0) == (400, "Escrow not deployed yet")

    refused = (409, "Milestone not releasable")
    for index in (None, 0, 2):
        assert place.refused(job_id, "release", milestoneIndex=index) == refused
    wallets.escrow(FREELANCER, functions.COMPLETE_MILESTONE, number, 0)
    answer = place.patch(job_id, {"action": "release", "milestoneIndex": 0})
    assert place.refused(job_id, "released", milestoneIndex=0) == (409, "Milestone not paid")
    wallets.escrow(CLIENT, functions.RELEASE_PAYMENT, number, 0)

    assert answer.json() == {
        "success": True,
        "action": "release",
        "escrowId": number,
        "milestoneIndex": 0,
    }
    assert place.refused(job_id, "release", milestoneIndex=0) == refused
    still = {"id": job_id, "status": "OPEN"}
    assert place.refused(job_id, "released", milestoneIndex=0) == (200, still)
    wallets.pay(number, 1)
    done = {"id": job_id, "status": "COMPLETED"}
    assert place.act(job_id, "released", milestoneIndex=1) == (200, done)


def test_a_job_that_was_cancelled_stays_so(place: Escrows) -> None:
    """Though its escrow was paid."""
    job_id, number = place.deployed(100, status="CANCELLED")
    place.wallets.pay(number, 0)

    assert place.act(job_id, "released", milestoneIndex=0)[1]["status"] == "CANCELLED"


def test_a_rollback_is_asked_for_then_confirmed(place: Escrows) -> None:
    """Nothing else goes on meanwhile, nothing at all afterwards."""
    job_id = place.job()

    assert place.refused(job_id, "rollback_confirm") == (400, "No rollback requested")
    asked = {"id": job_id, "escrowRollbackRequested": True, "escrowRollbackReason": "why"}
    assert place.act(job_id, "rollback_request", reason="why") == (200, asked)
    assert place.refused(job_id, "retry") == (409, "Rollback requested")
    place.wallets.create(100)
    assert place.refused(job_id, "mark_deployed", onChainId=0) == (409, "Rollback requested")
    status, told = place.act(job_id, "rollback_confirm")
    assert (status, told.pop("escrowCancelledAt")[-1]) == (200, "Z")
    assert told == {"id": job_id, "escrowDeployed": False, "escrowPending": False}
    assert place.flags(job_id) == (*PLAIN, False, True, None)
    for action in ("retry", "fail", "release", "rollback_request", "rollback_confirm"):
        assert place.refused(job_id, action) == (400, "Escrow cancelled")
    strange = place.job(useBlockchain=False)
    assert place.refused(strange, "fail") == (400, "Escrow not enabled for this job")


def test_what_is_deployed_is_rolled_back_on_the_chain_first(place: Escrows) -> None:
    """By an admin; the id stays, and an event says what was rolled back, why and by whom."""
    job_id, number = place.deployed()
    assert place.act(job_id, "rollback_request", reason="stuck")[0] == 200

    assert place.refused(job_id, "rollback_confirm") == (403, "Forbidden")
    not_yet = (409, "Escrow not rolled back on chain")
    assert place.refused(job_id, "rollback_confirm", ADMIN) == not_yet
    assert [event.name for event in place.events if event.name == "escrow.rollback"] == []
    place.wallets.escrow(OWNER, functions.ROLL_BACK, number)
    assert place.act(job_id, "rollback_confirm", ADMIN)[0] == 200

    assert place.flags(job_id) == (*PLAIN, False, True, number)
    names = [event.name for event in place.events]
    assert names[-2:] == ["escrow.action", "escrow.rollback"]
    assert place.events[-2].payload == {"action": "rollback_confirm", "jobId": job_id}
    told = {"jobId": job_id, "onChainId": number, "reason": "stuck", "actor": ADMIN}
    assert place.events[-1].payload == told
    counters = place.market.service.metrics.counters
    assert (counters["event.escrow.action"], counters["event.escrow.rollback"]) == (2, 1)


def test_each_success_and_nothing_else_changes_the_list(place: Escrows) -> None:
    """So that nobody sees what was."""
    job_id = place.job()
    before = place.market.service.metrics.counters["event.cache.version.bump"]

    for action in ("retry", "fail", "rollback_confirm", "rollback_request"):
        place.act(job_id, action)

    assert place.market.service.metrics.counters["event.cache.version.bump"] - before == 2


@pytest.mark.parametrize(
    ("action", "status"),
    [("mark_deployed", 503), ("retry", 200), ("fail", 200), ("rollback_request", 200)],
)
def test_without_a_chain(
    place: Escrows, monkeypatch: pytest.MonkeyPatch, action: str, status: int
) -> None:
    """Who needs it is told so, and nothing changes; everybody else goes on."""
    monkeypatch.setattr(place.market.service.node, "is_away", True, raising=False)
    job_id = place.job(escrowPending=False)

    answer = place.act(job_id, action, onChainId=0)

    assert answer[0] == status
    if status == 503:
        assert answer[1] == "Escrow chain unavailable"
        assert place.flags(job_id) == (*PLAIN, False, False, None)


def test_a_node_that_hangs_is_away(place: Escrows, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within the limit."""

    async def hang(*_: object) -> Any:
        await asyncio.Event().wait()

    job_id, _ = place.deployed()
    monkeypatch.setattr("systems.marketplace.escrow_chain.LIMIT_SECONDS", 0.05)
    monkeypatch.setattr(place.market.service.node, "call", hang)

    for action in ("release", "released"):
        assert place.refused(job_id, action, milestoneIndex=0) == (503, "Escrow chain unavailable")
    place.act(job_id, "rollback_request")
    answer = place.refused(job_id, "rollback_confirm", ADMIN)
    assert answer == (503, "Escrow chain unavailable")


@pytest.mark.parametrize("answer", ["0x", "0x00", "no hex", ChainAway("odd")])
def test_a_node_without_the_contract_is_no_chain(
    place: Escrows, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    """Whatever it says instead."""

    async def call(*_: object) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(place.market.service.node, "call", call)

    told = place.act(place.job(), "mark_deployed", onChainId=0)
    assert told == (503, "Escrow chain unavailable")


def test_five_in_ten_minutes_for_each_user_and_job(chained: Opener) -> None:
    """And nobody spends another's: who may not act takes nothing away from who may."""
    place = chained(RATE_LIMITS="{}")
    job_id, other = place.job(), place.job()
    for _ in range(6):
        assert place.act(job_id, "fail", place.other) == (403, "Forbidden")

    assert [place.act(job_id, "fail")[0] for _ in range(6)] == [200] * 5 + [429]

    assert place.act(job_id, "fail") == (429, "Rate limit exceeded")
    assert (place.act(other, "fail")[0], place.act(job_id, "fail", ADMIN)[0]) == (200, 200)


def test_the_tool_shows_flags_and_chain(place: Escrows) -> None:
    """One of each status; what must be looked after, and for how many each holds."""
    active, _ = place.deployed(escrowRollbackRequested=True)
    completed, first = place.deployed()
    place.wallets.pay(first, 0)
    disputed, second = place.deployed()
    place.wallets.escrow(CLIENT, functions.RAISE_DISPUTE, second, "late")
    cancelled, third = place.deployed(escrowCancelledAt="2026-01-01", escrowDeployed=False)
    place.wallets.escrow(OWNER, functions.ROLL_BACK, third)
    missing, _ = place.deployed(escrowOnChainId=99)
    young, plain = place.job(), place.job(escrowPending=False)
    old = place.job(escrowPendingSince="2026-01-01")

    told = place.stats().json()

    assert told.pop("success") is True
    assert told["counts"] == {"none": 1, "pending": 2, "deployed": 4, "cancelled": 1}
    assert told["thresholdSec"] == 900
    assert {item["jobId"] for item in told["stuck"]} == {active, old}
    found = {
        each: place.stats(each).json()["job"]["chainStatus"]
        for each in (active, completed, disputed, cancelled, missing, young, plain)
    }
    assert list(found.values()) == [
        "Active",
        "Completed",
        "Disputed",
        "Cancelled",
        "Missing",
        None,
        None,
    ]
    (item,) = (item for item in told["stuck"] if item["jobId"] == old)
    assert item == {
        "jobId": old,
        "title": "A job",
        "clientId": place.owner,
        "escrowPending": True,
        "escrowDeployed": False,
        "escrowOnChainId": None,
        "escrowDeploymentAttempts": 0,
        "escrowRollbackRequested": False,
        "pendingSince": "2026-01-01T00:00:00.000Z",
        "chainStatus": None,
    }
    place.market.service.node.is_away = True  # type: ignore[attr-defined]  # the node of these tests
    assert place.stats(active).json()["job"]["chainStatus"] == "Unreachable"


def test_the_tool_is_for_admins(place: Escrows) -> None:
    """By token; of a job that is not there it says so."""
    assert [place.stats(who=who).status_code for who in ("", place.owner, ADMIN)] == [401, 403, 200]
    assert place.stats("nothing").status_code == 404


def is_sound(flags: Flags) -> bool:
    """Never pending and deployed, deployed without an id, or alive after it was cancelled."""
    pending, deployed, requested, cancelled, number = flags
    if cancelled and (pending or deployed or requested):
        return False
    return not (pending and deployed) and not (deployed and number is None)


def test_no_race_leaves_a_job_in_two_states(place: Escrows) -> None:
    """Three orders at once, on job after job; no attempt is lost."""
    place.wallets.create(ETHER)
    done: Counter[str] = Counter()
    for number in range(8):
        job_id = place.job(escrowPending=False, escrowRollbackRequested=number % 2 == 0)
        won = place.race(job_id, "retry", "mark_deployed", "rollback_confirm")
        done.update(action for action, is_done in won.items() if is_done)
        assert is_sound(place.flags(job_id)), place.flags(job_id)
        assert place.row(job_id)["escrowDeploymentAttempts"] == won["retry"]

    assert len(done) == 3


def test_no_order_of_orders_leaves_a_job_in_two_states(place: Escrows) -> None:
    """Whatever is asked for next, at random."""
    draw = random.Random(5)
    place.wallets.create(ETHER)
    jobs, attempts = [place.job(escrowPending=False) for _ in range(4)], Counter[str]()
    actions = ("retry", "fail", "mark_deployed", "rollback_request", "rollback_confirm")
    for _ in range(60):
        job_id, action = draw.choice(jobs), draw.choice(actions)
        status, _ = place.act(job_id, action, draw.choice(("", ADMIN)), onChainId=0)
        attempts[job_id] += action == "retry" and status == 200
        assert is_sound(place.flags(job_id))
        assert place.row(job_id)["escrowDeploymentAttempts"] == attempts[job_id]
