"""The node of the chain, asked by JSON-RPC."""

from __future__ import annotations

from typing import Any

import httpx

LIMIT_SECONDS = 2.0


class ChainAway(Exception):
    """There is no node, or it does not answer in time."""


class NodeRefused(Exception):
    """The node answered that it does not: the reason, in its words."""


class Node:
    """One node; without an address it is always away."""

    def __init__(self, url: str) -> None:
        self._url = url
        # To read the certificates of the world takes longer than most answers.
        needs_tls = url.startswith("https:")
        self._client = httpx.AsyncClient(trust_env=False, timeout=LIMIT_SECONDS, verify=needs_tls)

    @property
    def is_configured(self) -> bool:
        """Whether there is to be one."""
        return bool(self._url)

    async def call(self, method: str, *params: object) -> Any:
        """The result of one call. Raises ChainAway or NodeRefused."""
        if not self._url:
            raise ChainAway("CHAIN_RPC_URL is not set")
        asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        try:
            told = (await self._client.post(self._url, json=asked)).json()
        except (httpx.HTTPError, ValueError) as error:
            raise ChainAway(type(error).__name__) from error
        match told:
            case {"result": result}:
                return result
            case {"error": {"message": str(message)}}:
                raise NodeRefused(message)
            case _:
                raise ChainAway("no answer of JSON-RPC")

    async def answers(self) -> bool:
        """Whether it answers in time."""
        try:
            await self.call("eth_chainId")
        except (ChainAway, NodeRefused):
            return False
        return True

    async def close(self) -> None:
        """Let go of all connections."""
        await self._client.aclose()
