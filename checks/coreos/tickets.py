"""The ticket's signature, by the contract's formula and an Ed25519 that is not the system's."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from proofbook.instruments.signatures import canonical_json, ed25519, is_ed25519

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The fields of a ticket that its signature covers.
TICKET_FIELDS = (
    "actorId",
    "expiresAt",
    "jobId",
    "jobType",
    "nonce",
    "payloadHash",
    "policyDecisionId",
    "requestedAt",
    "scope",
    "traceId",
)


def signable(ticket: Mapping[str, Any]) -> bytes:
    """What is signed: the canonical JSON of exactly the covered fields."""
    return canonical_json({name: ticket[name] for name in TICKET_FIELDS}).encode()


def signature(ticket: Mapping[str, Any], private_hex: str) -> str:
    """The ticket's signature under a seed, in standard base64."""
    return base64.b64encode(ed25519(bytes.fromhex(private_hex), signable(ticket))).decode()


def verifies(ticket: Mapping[str, Any], public_hex: str) -> bool:
    """Whether the ticket's own signature is right under a public key."""
    try:
        raw = base64.b64decode(str(ticket.get("signature")), validate=True)
    except binascii.Error:
        return False
    return is_ed25519(bytes.fromhex(public_hex), signable(ticket), raw)
