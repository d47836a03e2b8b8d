"""
A chain that holds three contracts and a few wallets: balances, blocks, logs.

Each transaction is mined at once, in a block of its own; one that reverts leaves no trace. There is no gas. Pure: the
time of a block is told.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from systems.marketplace import chain_contracts, keccak
from systems.marketplace.chain_contracts import Books
from systems.marketplace.chain_escrows import Escrows
from systems.marketplace.chain_messages import Effect, Message, require

if TYPE_CHECKING:
    from collections.abc import Mapping

    from systems.marketplace.chain_contracts import Contract

CHAIN_ID = 31337
#: The first accounts of the mnemonic that chains for tests start with; the first one is the platform's.
ACCOUNTS = (
    "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266",
    "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
    "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc",
    "0x90f79bf6eb2c4f870365e785982e1f101e93b906",
)
#: What each account has at first, in wei.
PURSE = 10_000 * 10**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Who calls whom, with what, and how many wei come along."""

    sender: str
    to: str
    data: bytes = b""
    value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What a contract said."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block: its one transaction, and what was said in it."""

    number: int
    transaction: bytes
    call: Call
    logs: tuple[Log, ...]

    @property
    def hash(self) -> bytes:
        """What the block is called."""
        return keccak.digest(b"block" + self.transaction)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The state of everything; the block of number 0 is not kept."""

    contracts: Mapping[str, Contract]
    books: Books = field(default_factory=lambda: Books(escrows=Escrows(owner=ACCOUNTS[0])))
    balances: Mapping[str, int] = field(default_factory=lambda: dict.fromkeys(ACCOUNTS, PURSE))
    blocks: tuple[Block, ...] = ()

    def ask(self, call: Call, now: int) -> bytes:
        """What a call answers; nothing, if it is one that would change something. Raises Revert."""
        contract = self.contracts.get(call.to)
        if contract is None:
            return b""
        if chain_contracts.is_view(contract, call.data):
            return chain_contracts.ask(self.books, contract, call.data)
        self.mined(call, now)
        return b""

    def mined(self, call: Call, now: int) -> Chain:
        """The chain with a transaction on it. Raises Revert."""
        effect = self._effect(call, now)
        balances = _moved(self.balances, call.sender, call.to, call.value)
        for recipient, amount in effect.payments:
            balances = _moved(balances, call.to, recipient, amount)
        number = len(self.blocks) + 1
        logs = tuple(
            Log(address=call.to, topics=event.topics(*values), data=event.data(*values))
            for event, values in effect.events
        )
        name = keccak.digest(
            f"{number} {now} {call.sender} {call.to} {call.value} ".encode() + call.data
        )
        block = Block(number=number, transaction=name, call=call, logs=logs)
        blocks = (*self.blocks, block)
        return replace(self, books=effect.state, balances=balances, blocks=blocks)

    def _effect(self, call: Call, now: int) -> Effect[Books]:
        contract = self.contracts.get(call.to)
        if contract is None:
            return Effect(state=self.books)
        message = Message(sender=call.sender, value=call.value, now=now)
        return chain_contracts.act(self.books, contract, message, call.data)


def _moved(balances: Mapping[str, int], source: str, sink: str, amount: int) -> dict[str, int]:
    require(balances.get(source, 0) >= amount, "Insufficient funds")
    found = dict(balances)
    found[source] = found.get(source, 0) - amount
    found[sink] = found.get(sink, 0) + amount
    return found
