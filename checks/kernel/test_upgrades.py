"""Upgrades: so many people, each for themselves, and then exactly once."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

import pytest

from checks.kernel.approvals import CREATED, Board, missed_answers
from checks.kernel.known_answers import vectors
from proofbook import exercises
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from checks.kernel.adapter import Kernel
    from checks.kernel.adapter_deployment import Deployment
    from checks.kernel.approvals import Proposal
    from checks.kernel.replies import Reply
    from proofbook import ClaimHandle

pytestmark = pytest.mark.xdist_group("kernel-upgrades")

#: What a Kernel is not told, so that the contract's own rule holds.
UNTOLD = ("UPGRADE_APPROVER_IDS", "UPGRADE_REQUIRED_APPROVALS")
#: As many as the contract names.
MEMBERS = 5
DONE, AGAIN = 200, 409
#: Started beside each other: more would only take the processors from each other.
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class House:
    """Kernels on one database whose approvers' keys the check holds."""

    board: Board
    kernels: tuple[Kernel, ...]

    def approved(self, approvals: int) -> Proposal:
        """An upgrade that so many have approved."""
        proposal = self.board.propose(self.kernels[0])
        for name in list(self.board.seeds)[:approvals]:
            proposal.approve(name)
        return proposal


@dataclass(frozen=True, slots=True)
class Try:
    """One of several calls, and when it was under way."""

    reply: Reply
    began: float
    ended: float


@pytest.fixture(scope="module")
@exercises
def house(standing: Deployment) -> Callable[[int], House]:
    """Gives so many Kernels beside each other; each is started once."""
    board = Board.of(MEMBERS)
    kernels: list[Kernel] = []

    def of(processes: int) -> House:
        while len(kernels) < processes:
            kernels.append(standing.kernel(board.env, without=_untold(standing)))
        return House(board, tuple(kernels[:processes]))

    return of


@pytest.mark.claim("kernel.quorum-of-verified-approvals")
def test_it_takes_so_many_who_prove_it(claim: ClaimHandle, house: Callable[[int], House]) -> None:
    """Neither strangers nor copies nor forgeries make up for one who has not approved."""
    here = house(1)
    first, second, *_ = here.board.seeds
    proposal = here.board.propose(here.kernels[0])

    strangers = [
        proposal.approve(name) for name in ("a-stranger", "Approver-1", f"approver-{MEMBERS + 1}")
    ]
    another = proposal.approve(second, token=first)
    forged = [
        proposal.approve(first, by=second),
        proposal.approve(first, over={**proposal.manifest, "type": "another"}),
        proposal.approve(first, over={**proposal.manifest, "upgradeId": "another"}),
    ]
    taken, again = proposal.approve(first), proposal.approve(first)
    proposal.approve(second)
    worthless = proposal.apply()
    applies = _applies(here)

    claim.require(missed_answers() == (), "the suite signs approvals otherwise than the contract")
    for reply in forged:
        claim.expect(forged=reply.status)
    for reply in strangers:
        claim.expect(stranger=reply.status)
    claim.expect(other=another.status)
    claim.require(taken.status == CREATED, f"a sound approval is not taken: {taken!r}")
    claim.expect(again=again.status)
    for reply in (worthless, *applies[:-1]):
        claim.expect(insufficient=reply.status)
    claim.expect(applied=applies[-1].status, approvals=len(applies) - 1, approvers=_welcome(here))
    wrong = [
        (known, applies[known["approvals"]])
        for known in vectors("multisig")["quorums"]
        if known["approvals"] < len(applies) and not _is_as(applies[known["approvals"]], known)
    ]
    assert wrong == []


@pytest.mark.claim("kernel.quorum-as-configured")
def test_the_quorum_is_as_configured(claim: ClaimHandle, standing: Deployment) -> None:
    """Whoever changes the variables gets what the rule makes of them, however odd they are."""
    cases = vectors("multisig")["configurations"]
    names = {name for case in cases for name in case["approvers"]}

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda case: _ruled(standing, case["env"], names), cases))

    claim.expect(cases=len(found))
    assert found == [(case["required"], set(case["approvers"])) for case in cases]


@pytest.mark.claim("kernel.upgrade-applied-once")
def test_it_is_applied_once(claim: ClaimHandle, house: Callable[[int], House]) -> None:
    """However many try at one instant, wherever: one does it, and one event says so."""
    here = house(claim["processes"])
    proposals, rounds = [], []

    for _ in range(claim["rounds"]):
        proposals.append(here.approved(len(here.board.seeds)))
        rounds.append(_tries(proposals[-1], here.kernels, claim["applies"]))
    events = [each for each in here.kernels[0].events() if each.event_type == "upgrade.applied"]

    most = min(_together(tries) for tries in rounds)
    claim.require(most > 1, "they were never under way at once")
    for proposal, tries in zip(proposals, rounds, strict=True):
        statuses = sorted(each.reply.status for each in tries)
        assert statuses == [DONE, *[AGAIN] * (claim["applies"] - 1)]
        told = [each.payload for each in events if each.payload["upgradeId"] == proposal.id]
        claim.expect(events=len(told))
        assert sorted(told[0]["approvers"]) == sorted(here.board.seeds)


def _is_as(reply: Reply, known: Mapping[str, Any]) -> bool:
    """Whether an answer to an apply says what the contract says; whatever else it says, and in whatever order."""
    wanted = dict(known["body"])
    told = {name: reply.body.get(name) for name in wanted}
    if quorum := wanted.get("quorum"):
        given = told["quorum"] or {}
        approvers = sorted(given.get("approvers", []))
        told["quorum"] = {**{name: given.get(name) for name in quorum}, "approvers": approvers}
    return (reply.status, told) == (known["status"], wanted)


def _ruled(
    standing: Deployment, env: Mapping[str, str], names: Collection[str]
) -> tuple[object, set[str]]:
    """How many approvals a Kernel asks for that is told this, and which of these people may approve."""
    kernel = standing.kernel(env, without=_untold(standing) - env.keys())
    proposal = Board({}).propose(kernel)
    required = proposal.apply().body.get("required")
    welcome = {name for name in names if proposal.approve(name).error != "approver_not_authorized"}
    kernel.process.kill()
    return required, welcome


def _untold(standing: Deployment) -> frozenset[str]:
    return frozenset(UNTOLD) - standing.system.absent


def _applies(here: House) -> list[Reply]:
    """The answers to an apply after no approval, after one and so on, up to the first that does it."""
    proposal = here.board.propose(here.kernels[0])
    answers = [proposal.apply()]
    for name in here.board.seeds:
        if answers[-1].is_done:
            break
        proposal.approve(name)
        answers.append(proposal.apply())
    return answers


def _welcome(here: House) -> int:
    """How many of the board may approve."""
    proposal = here.board.propose(here.kernels[0])
    return [proposal.approve(name).status for name in here.board.seeds].count(CREATED)


def _tries(proposal: Proposal, kernels: Sequence[Kernel], applies: int) -> list[Try]:
    """So many applies at one instant, shared out to the Kernels."""

    def call(kernel: Kernel) -> Callable[[], Try]:
        def tried() -> Try:
            began = time.monotonic()
            reply = proposal.apply(kernel)
            return Try(reply, began, time.monotonic())

        return tried

    turns = cycle(kernels)
    return at_once(*[call(next(turns)) for _ in range(applies)])


def _together(tries: Sequence[Try]) -> int:
    """How many were under way at one time, at most."""
    return max(sum(other.began <= each.began < other.ended for other in tries) for each in tries)
