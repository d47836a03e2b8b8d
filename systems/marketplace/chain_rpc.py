"""
JSON-RPC 2.0 as an Ethereum node speaks it, for what the marketplace and its wallets ask.

Pure but for the chain that it holds: a request and the time go in, an answer comes out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from systems.marketplace import chain_node, chain_params
from systems.marketplace.abi import reverted
from systems.marketplace.chain_messages import Revert
from systems.marketplace.chain_params import NO_PARAMS, Params, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from systems.marketplace.chain_node import Block, Chain, Log

UNREADABLE, NO_REQUEST, NO_METHOD = -32700, -32600, -32601
#: The code by which nodes say that a contract refused.
REVERTED = 3
Answer = dict[str, Any]


class Node:
    """Answers requests; what is sent changes its chain."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self._methods: Mapping[str, Callable[[Params, int], object]] = {
            "eth_chainId": lambda *_: hex(chain_node.CHAIN_ID),
            "eth_accounts": lambda *_: list(chain_node.ACCOUNTS),
            "eth_blockNumber": lambda *_: hex(len(self.chain.blocks)),
            "eth_getBalance": self._balance,
            "eth_call": self._call,
            "eth_sendTransaction": self._send,
            "eth_getTransactionReceipt": self._receipt,
            "eth_getLogs": self._logs,
        }

    def answer(self, asked: object, now: int) -> object:
        """The answer to a request, or to each of a list of them; `now` in Unix seconds."""
        if isinstance(asked, list) and asked:
            return [self._answer(each, now) for each in asked]
        return self._answer(asked, now)

    def _answer(self, asked: object, now: int) -> Answer:
        request = asked if isinstance(asked, dict) else {}
        head = {"jsonrpc": "2.0", "id": request.get("id")}
        try:
            return head | {"result": self._result(request, now)}
        except Refused as refused:
            return head | {"error": refused.error}
        except Revert as revert:
            message = f"execution reverted: {revert.reason}".removesuffix(": ")
            error = {"code": REVERTED, "message": message, "data": _hex(reverted(revert.reason))}
            return head | {"error": error}

    def _result(self, request: Mapping[str, Any], now: int) -> object:
        name, params = request.get("method"), request.get("params", [])
        if not isinstance(name, str) or not isinstance(params, list):
            raise Refused(NO_REQUEST, "invalid request")
        if name not in self._methods:
            raise Refused(NO_METHOD, f"the method {name} does not exist")
        return self._methods[name](Params(params), now)

    def _balance(self, params: Params, _now: int) -> str:
        params.check_tag(1)
        return hex(self.chain.balances.get(params.address(0), 0))

    def _call(self, params: Params, now: int) -> str:
        params.check_tag(1)
        return _hex(self.chain.ask(params.call(), now))

    def _send(self, params: Params, now: int) -> str:
        call = params.call()
        if call.sender not in chain_node.ACCOUNTS:
            raise Refused(NO_PARAMS, f"unknown account {call.sender}")
        self.chain = self.chain.mined(call, now)
        return _hex(self.chain.blocks[-1].transaction)

    def _receipt(self, params: Params, _now: int) -> object:
        name = params.data(0)
        for block in reversed(self.chain.blocks):
            if block.transaction == name:
                return _receipt(block)
        return None

    def _logs(self, params: Params, _now: int) -> list[Answer]:
        wanted = params.mapping(0)
        last = len(self.chain.blocks)
        first = chain_params.block(wanted.get("fromBlock", "latest"), last)
        final = chain_params.block(wanted.get("toBlock", "latest"), last)
        return [
            _shown(block, index)
            for block in self.chain.blocks[max(first - 1, 0) : max(final, 0)]
            for index, log in enumerate(block.logs)
            if _is_wanted(log, wanted)
        ]


def unreadable() -> Answer:
    """The answer to what is no JSON."""
    error = {"code": UNREADABLE, "message": "parse error"}
    return {"jsonrpc": "2.0", "id": None, "error": error}


def _receipt(block: Block) -> Answer:
    return {
        "transactionHash": _hex(block.transaction),
        "transactionIndex": "0x0",
        "blockHash": _hex(block.hash),
        "blockNumber": hex(block.number),
        "from": block.call.sender,
        "to": block.call.to,
        "status": "0x1",
        "gasUsed": "0x0",
        "cumulativeGasUsed": "0x0",
        "effectiveGasPrice": "0x0",
        "contractAddress": None,
        "logs": [_shown(block, index) for index in range(len(block.logs))],
    }


def _shown(block: Block, index: int) -> Answer:
    log = block.logs[index]
    return {
        "address": log.address,
        "topics": [_hex(topic) for topic in log.topics],
        "data": _hex(log.data),
        "blockNumber": hex(block.number),
        "blockHash": _hex(block.hash),
        "transactionHash": _hex(block.transaction),
        "transactionIndex": "0x0",
        "logIndex": hex(index),
        "removed": False,
    }


def _is_wanted(log: Log, wanted: Mapping[str, Any]) -> bool:
    """Whether a filter takes a log: one address of those named, and at each place one topic of those named."""
    addresses = wanted.get("address")
    if addresses is not None and log.address not in map(
        chain_params.address, chain_params.listed(addresses)
    ):
        return False
    topics = wanted.get("topics") or []
    if len(topics) > len(log.topics):
        return False
    return all(
        named is None or topic in map(chain_params.data, chain_params.listed(named))
        for named, topic in zip(topics, log.topics, strict=False)
    )


def _hex(raw: bytes) -> str:
    return f"0x{raw.hex()}"
