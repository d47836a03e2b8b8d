"""What the chain says of an escrow."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from systems.marketplace import chain_functions
from systems.marketplace.abi import NotAbi
from systems.marketplace.chain_escrows import Milestone, Status
from systems.marketplace.node import LIMIT_SECONDS, ChainAway, NodeRefused

if TYPE_CHECKING:
    from systems.marketplace.abi import Function
    from systems.marketplace.node import Node

NOBODY = f"0x{0:040x}"
#: What every node says where a contract refuses.
REVERTED = "revert"


@dataclass(frozen=True, slots=True, kw_only=True)
class OnChain:
    """An escrow, as its contract has it; the client in lower case."""

    client: str
    status: Status
    milestones: tuple[Milestone, ...] = ()

    def milestone(self, index: int | None) -> Milestone | None:
        """One of its milestones, if there is such a one."""
        is_there = index is not None and index < len(self.milestones)
        return self.milestones[index] if is_there and index is not None else None


class EscrowChain:
    """The escrow contract, asked through a node."""

    def __init__(self, node: Node, address: str) -> None:
        self._node = node
        self._address = address

    async def find(self, number: int) -> OnChain | None:
        """An escrow and its milestones; None if there is none. Raises ChainAway."""
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                told, milestones = await asyncio.gather(
                    self._ask(chain_functions.GET_ESCROW, number),
                    self._ask(chain_functions.GET_MILESTONES, number),
                )
        except TimeoutError as error:
            raise ChainAway("it took too long") from error
        if told is None or milestones is None or told[1] == NOBODY:
            return None
        parts = tuple(
            Milestone(description=text, amount=amount, is_completed=completed, is_paid=paid)
            for text, amount, completed, paid in milestones[0]
        )
        return OnChain(client=told[1], status=Status(told[5]), milestones=parts)

    async def status(self, number: int | None) -> str | None:
        """A word for where an escrow stands; None without an id."""
        if number is None:
            return None
        try:
            found = await self.find(number)
        except ChainAway:
            return "Unreachable"
        return "Missing" if found is None else found.status.name.capitalize()

    async def _ask(self, function: Function, number: int) -> tuple[Any, ...] | None:
        """What a view answers; None where the contract refuses."""
        called = {"to": self._address, "data": f"0x{function.call(number).hex()}"}
        try:
            told = await self._node.call("eth_call", called, "latest")
            return function.answered(bytes.fromhex(str(told).removeprefix("0x")))
        except NodeRefused as refused:
            if REVERTED in str(refused):
                return None
            raise ChainAway(str(refused)) from refused
        except (NotAbi, ValueError) as error:
            raise ChainAway("it holds no such contract") from error
