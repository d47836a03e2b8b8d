"""Upgrades: so many people, each for themselves, and then exactly once."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING

import pytest

from checks.kernel.approvals import CREATED, Board
from proofbook import exercises
from proofbook.instruments.at_once import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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
    without = [name for name in UNTOLD if name not in standing.system.absent]
    kernels: list[Kernel] = []

    def of(processes: int) -> House:
        while len(kernels) < processes:
            kernels.append(standing.kernel(board.env, without=without))
        return House(board, tuple(kernels[:processes]))

    return of


@pytest.mark.claim("kernel.quorum-of-verified-approvals")
def test_it_takes_so_many_who_prove_it(claim: ClaimHandle, house: Callable[[int], House]) -> None:
    """Neither strangers nor copies nor forgeries make up for one who has not approved."""
    here = house(1)
    first, second, *_ = here.board.seeds
    proposal = here.board.propose(here.kernels[0])

    strangers = [proposal.approve("a-stranger"), proposal.approve(f"approver-{MEMBERS + 1}")]
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
