"""Where the chain is, and its contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.marketplace import forms

if TYPE_CHECKING:
    from systems.chassis.settings import Reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """The node and its contracts; no address: there is none."""

    url: str
    escrow: str
    reputation: str
    certificate: str
    pending_seconds: float


def read(reader: Reader) -> Chain:
    """CHAIN_RPC_URL, and the addresses that go with it."""
    url = reader.optional("CHAIN_RPC_URL", forms.address, "")

    def contract(name: str) -> str:
        if url:
            return reader.required(name, forms.wallet) or ""
        return reader.optional(name, forms.wallet, "")

    return Chain(
        url=url,
        escrow=contract("NEXT_PUBLIC_ESCROW_CONTRACT_ADDRESS"),
        reputation=contract("REPUTATION_CONTRACT_ADDRESS"),
        certificate=contract("CERTIFICATE_CONTRACT_ADDRESS"),
        pending_seconds=reader.optional("ESCROW_PENDING_THRESHOLD_SEC", forms.number, 900.0),
    )
