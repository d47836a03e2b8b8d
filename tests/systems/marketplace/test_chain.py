"""The node: JSON-RPC, balances, blocks and logs."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from systems.chassis.settings import Misconfigured
from systems.marketplace import abi, chain, chain_escrows, chain_functions
from systems.marketplace.abi import NotAbi
from systems.marketplace.chain_contracts import Contract
from tests.systems.marketplace.chains import (
    ADDRESSES,
    CLIENT,
    ETHER,
    FREELANCER,
    NOW,
    OK,
    OWNER,
    STRANGER,
    Wallets,
    fresh,
)

ESCROW = ADDRESSES[Contract.ESCROW]


def test_a_chain_begins_with_four_rich_accounts() -> None:
    """On the chain that tests are made on."""
    wallets = Wallets()

    assert wallets.rpc("eth_chainId") == "0x7a69"
    assert wallets.rpc("eth_accounts") == [OWNER, CLIENT, FREELANCER, STRANGER]
    assert wallets.rpc("eth_blockNumber") == "0x0"
    assert min(map(wallets.balance, wallets.rpc("eth_accounts"))) >= 100 * ETHER
    assert [wallets.ask(each, chain_functions.OWNER) for each in Contract] == [(OWNER,)] * 3
    assert wallets.ask(Contract.ESCROW, chain_functions.FEE_PERCENTAGE) == (250,)


def test_a_transaction_has_a_block_and_a_receipt_of_its_own() -> None:
    """And its logs are found by address, by block and by topic."""
    wallets = Wallets()
    assert (wallets.create(ETHER), wallets.create(ETHER)) == (OK, OK)
    topic = f"0x{chain_escrows.CREATED.topic.hex()}"
    client = f"0x{CLIENT[2:]:0>64}"

    logs = wallets.rpc("eth_getLogs", {"fromBlock": "earliest", "address": ESCROW})

    assert [log["blockNumber"] for log in logs] == ["0x1", "0x2"]
    receipt = wallets.rpc("eth_getTransactionReceipt", logs[1]["transactionHash"])
    assert (receipt["status"], receipt["logs"], receipt["to"]) == ("0x1", [logs[1]], ESCROW)
    assert wallets.rpc("eth_getTransactionReceipt", f"0x{0:064x}") is None

    def found(**wanted: Any) -> int:
        return len(wallets.rpc("eth_getLogs", {"fromBlock": "0x0"} | wanted))

    assert found(topics=[topic]) == 2
    assert found(topics=[None, f"0x{1:064x}", [topic, client]]) == 1
    assert found(topics=[topic, None, None, None, None]) == 0
    assert found(topics=[client]) == 0
    assert found(toBlock="0x1") == 1
    assert found(address=[ADDRESSES[Contract.REPUTATION], ESCROW]) == 2
    assert found(address=STRANGER) == 0


def test_what_reverts_leaves_no_trace() -> None:
    """No block, no money gone; the reason is told, and stands in the data as contracts write it."""
    wallets = Wallets()
    before = wallets.balance(CLIENT)
    create = chain_functions.CREATE_ESCROW
    call = create.call(FREELANCER, ["a"], [5], NOW, "text")
    told = {"from": CLIENT, "to": ESCROW, "data": f"0x{call.hex()}", "value": "0x5"}
    asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [told]}

    answer: Any = wallets.node.answer(asked, NOW)

    assert answer["error"] == {
        "code": 3,
        "message": "execution reverted: Deadline must be in the future",
        "data": f"0x{abi.reverted('Deadline must be in the future').hex()}",
    }
    assert (wallets.rpc("eth_blockNumber"), wallets.balance(CLIENT)) == ("0x0", before)
    simulated = told | {"value": "0x0", "data": f"0x{call.hex()}"}
    assert wallets.rpc("eth_call", simulated) == answer["error"]["message"]


def test_money_moves_without_a_contract_too() -> None:
    """As long as it is there."""
    wallets = Wallets()
    told = {"from": STRANGER, "to": OWNER, "value": hex(ETHER)}
    before = wallets.balance(OWNER)

    assert wallets.rpc("eth_sendTransaction", told).startswith("0x")
    assert wallets.balance(OWNER) - before == ETHER
    assert wallets.rpc("eth_sendTransaction", told | {"value": hex(10**6 * ETHER)}) == (
        "execution reverted: Insufficient funds"
    )
    assert wallets.rpc("eth_sendTransaction", told | {"from": ESCROW}) == (
        f"unknown account {ESCROW}"
    )
    assert wallets.rpc("eth_call", {"to": STRANGER}) == "0x"


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ([], -32600),
        ({"method": 1}, -32600),
        ({"method": "eth_call", "params": {}}, -32600),
        ({"method": "eth_sign"}, -32601),
        ({"method": "eth_getBalance"}, -32602),
        ({"method": "eth_getBalance", "params": [OWNER, "0x1"]}, -32602),
        ({"method": "eth_call", "params": [{"to": ESCROW, "data": "0x1"}]}, -32602),
        ({"method": "eth_call", "params": [{"to": ESCROW, "value": 1}]}, -32602),
        ({"method": "eth_call", "params": ["0x"]}, -32602),
        ({"method": "eth_call", "params": [{"to": ESCROW, "data": "0x01020304"}]}, 3),
        (
            {
                "method": "eth_call",
                "params": [
                    {"to": ESCROW, "data": f"0x{chain_functions.GET_ESCROW.selector.hex()}"}
                ],
            },
            3,
        ),
    ],
)
def test_what_is_malformed_is_refused(asked: Any, code: int) -> None:
    """By the code that the protocol has for it."""
    answer: Any = fresh().answer(asked, NOW)

    assert answer["error"]["code"] == code


def test_a_list_is_answered_one_by_one() -> None:
    """In its order."""
    asked = [{"jsonrpc": "2.0", "id": each, "method": "eth_chainId"} for each in (1, "b")]

    assert fresh().answer(asked, NOW) == [
        {"jsonrpc": "2.0", "id": each, "result": "0x7a69"} for each in (1, "b")
    ]


def test_a_call_that_pays_what_takes_nothing_reverts() -> None:
    """No money is lost in a contract."""
    wallets = Wallets()
    wallets.create(ETHER)
    complete = chain_functions.COMPLETE_MILESTONE

    assert wallets.escrow(FREELANCER, complete, 0, 0, value=1) == "Function is not payable"


def test_values_that_are_none_are_refused() -> None:
    """Both ways."""
    with pytest.raises(NotAbi, match=r"no \(uint256\)"):
        chain_functions.GET_ESCROW.call(-1)
    with pytest.raises(NotAbi, match=r"no \(uint256\)"):
        chain_functions.GET_ESCROW.arguments(b"\0" * 35)
    with pytest.raises(NotAbi, match=r"no \(string\)"):
        abi.decoded(("string",), abi.encoded(("bytes",), (b"\xff",)))


def test_the_process_speaks_http() -> None:
    """POST only; what is no JSON is told to be none."""

    async def spoken() -> list[httpx.Response]:
        transport = httpx.ASGITransport(chain.application(fresh()))
        async with httpx.AsyncClient(transport=transport, base_url="http://chain") as client:
            asked = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId"}
            answers = [await client.post("/", json=asked), await client.post("/", content=b"{")]
            return [*answers, await client.get("/")]

    known, unreadable, got = asyncio.run(spoken())

    assert known.json() == {"jsonrpc": "2.0", "id": 1, "result": "0x7a69"}
    assert unreadable.json()["error"] == {"code": -32700, "message": "parse error"}
    assert got.status_code == 405


def test_a_chain_wants_to_know_where_its_contracts_are() -> None:
    """All three."""
    names = list(chain.ADDRESSES.values())
    told = chain.read(dict(zip(names, ADDRESSES.values(), strict=True)) | {"PORT": "1"})

    assert told.contracts == {address: each for each, address in ADDRESSES.items()}
    with pytest.raises(Misconfigured) as refused:
        chain.read({names[0]: "0x1"})
    assert (refused.value.invalid, refused.value.missing) == ((names[0],), tuple(names[1:]))
