"""
A chain for wallets and contracts: `python -m systems.marketplace.chain`.

Speaks JSON-RPC on PORT (8545) of HOST (127.0.0.1). It holds the three contracts at the addresses that it is told, in
memory: each start begins a fresh chain.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route, Router

from systems.chassis import canonical, logs, server
from systems.chassis.http import Resource, body_of, reply
from systems.chassis.settings import Misconfigured, Reader, integer
from systems.marketplace import chain_rpc, forms, wanted
from systems.marketplace.chain_contracts import Contract
from systems.marketplace.chain_node import Chain
from systems.marketplace.chain_rpc import Node

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

ADDRESSES = {
    Contract.ESCROW: "NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS",
    Contract.REPUTATION: "REPUTATION_CONTRACT_ADDRESS",
    Contract.CERTIFICATE: "CERTIFICATE_CONTRACT_ADDRESS",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSettings:
    """Where it listens, and where its contracts are."""

    host: str
    port: int
    contracts: Mapping[str, Contract]


def read(environ: Mapping[str, str]) -> ChainSettings:
    """The settings of an environment. Raises Misconfigured."""
    reader = Reader(environ)
    told = ChainSettings(
        host=reader.optional("HOST", str, "127.0.0.1"),
        port=reader.optional("PORT", integer(1, 65535), 8545),
        contracts={
            reader.required(name, forms.wallet) or "": contract
            for contract, name in ADDRESSES.items()
        },
    )
    reader.check()
    return told


def application(node: Node) -> ASGIApp:
    """JSON-RPC by HTTP, of a node."""

    async def speak(request: Request) -> Response:
        try:
            asked = canonical.parse(await body_of(request))
        except ValueError:
            return reply(chain_rpc.unreadable())
        return reply(node.answer(asked, int(time.time())))

    return Router([Route("/", Resource(post=speak))], redirect_slashes=False)


def main() -> None:
    """Serve until SIGTERM or SIGINT; exit 1 if the environment is wrong."""
    try:
        told = read(os.environ)
    except Misconfigured as problem:
        wanted.refuse(problem)
    logs.start_stamped()
    server.serve(application(Node(Chain(contracts=told.contracts))), host=told.host, port=told.port)


if __name__ == "__main__":
    main()
