"""A chain of a test's own, and the wallets that act on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from systems.marketplace import chain_functions as functions
from systems.marketplace.chain_contracts import Contract
from systems.marketplace.chain_node import ACCOUNTS, Chain
from systems.marketplace.chain_rpc import Node

if TYPE_CHECKING:
    from systems.marketplace.abi import Function

OWNER, CLIENT, FREELANCER, STRANGER = ACCOUNTS
ADDRESSES = {contract: f"0x{number:040x}" for number, contract in enumerate(Contract, 1)}
NOW = 1_760_000_000
ETHER = 10**18
OK = "ok"


def fresh() -> Node:
    """A node on which nothing happened yet."""
    return Node(Chain(contracts={address: each for each, address in ADDRESSES.items()}))


@dataclass
class Wallets:
    """Everybody's wallet; what is sent answers `ok` or the reason of the revert."""

    node: Node = field(default_factory=fresh)
    now: int = NOW

    def rpc(self, method: str, *params: object) -> Any:
        """What the node answers: a result, or an error's message."""
        asked = {"jsonrpc": "2.0", "id": 7, "method": method, "params": list(params)}
        told: Any = self.node.answer(asked, self.now)
        assert (told["jsonrpc"], told["id"]) == ("2.0", 7)
        return told["result"] if "result" in told else told["error"]["message"]

    def send(
        self, who: str, contract: Contract, function: Function, *values: object, value: int = 0
    ) -> str:
        """A transaction; `ok`, or the reason."""
        data = f"0x{function.call(*values).hex()}"
        told = {"from": who, "to": ADDRESSES[contract], "data": data, "value": hex(value)}
        answer = str(self.rpc("eth_sendTransaction", told))
        return OK if answer.startswith("0x") else answer.removeprefix("execution reverted: ")

    def ask(self, contract: Contract, function: Function, *values: object) -> tuple[Any, ...]:
        """What a view answers."""
        told = {"to": ADDRESSES[contract], "data": f"0x{function.call(*values).hex()}"}
        return function.answered(bytes.fromhex(self.rpc("eth_call", told, "latest")[2:]))

    def balance(self, who: str) -> int:
        """What somebody has, in wei."""
        return int(self.rpc("eth_getBalance", who, "latest"), 16)

    def held(self) -> int:
        """What the escrow contract holds."""
        return self.balance(ADDRESSES[Contract.ESCROW])

    def logs(self) -> list[dict[str, Any]]:
        """What was said in the last block."""
        return list(self.rpc("eth_getLogs", {"fromBlock": "latest", "toBlock": "latest"}))

    def create(self, *amounts: int, more: int = 0, deadline: int = 3600) -> str:
        """An escrow of the client's for the freelancer; with `more` wei than it is worth."""
        fee = sum(amounts) * 250 // 10_000
        terms = (["part"] * len(amounts), list(amounts), self.now + deadline, "the work")
        worth = sum(amounts) + fee + more
        return self.escrow(CLIENT, functions.CREATE_ESCROW, FREELANCER, *terms, value=worth)

    def escrow(self, who: str, function: Function, *values: object, value: int = 0) -> str:
        """A transaction of the escrow contract."""
        return self.send(who, Contract.ESCROW, function, *values, value=value)

    def completed(self, *amounts: int) -> int:
        """The id of an escrow whose milestones are all paid."""
        number = int(self.ask(Contract.ESCROW, functions.NEXT_ID)[0])
        assert self.create(*amounts) == OK
        for index in range(len(amounts)):
            self.pay(number, index)
        return number

    def pay(self, number: int, index: int) -> None:
        """Complete a milestone and pay it."""
        assert self.escrow(FREELANCER, functions.COMPLETE_MILESTONE, number, index) == OK
        assert self.escrow(CLIENT, functions.RELEASE_PAYMENT, number, index) == OK

    def status(self, number: int) -> int:
        """The status of an escrow."""
        return int(self.ask(Contract.ESCROW, functions.GET_ESCROW, number)[5])

    def review(self, who: str, number: int, **changes: Any) -> str:
        """A review of the other party's."""
        other = CLIENT if who == FREELANCER else FREELANCER
        told = {"reviewee": other, "rating": 5, "comment": "fine"} | changes
        values = (told["reviewee"], number, told["rating"], told["comment"], who == CLIENT)
        return self.send(who, Contract.REPUTATION, functions.SUBMIT_REVIEW, *values)

    def mint(self, number: int, *, who: str = OWNER, rating: int = 5, value: int = ETHER) -> str:
        """A certificate for an escrow."""
        texts = ("Title", "Description", "python")
        values = (FREELANCER, CLIENT, number, *texts, value, rating, "ipfs")
        return self.send(who, Contract.CERTIFICATE, functions.MINT, *values)
