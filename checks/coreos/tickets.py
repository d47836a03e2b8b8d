"""The ticket's signature, by the contract's formula and an Ed25519 that is not the system's."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from proofbook.instruments.signatures import canonical_json

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
    signed = SigningKey(bytes.fromhex(private_hex)).sign(signable(ticket))
    return base64.b64encode(signed.signature).decode()


def public_hex(private_hex: str) -> str:
    """The public key of a seed."""
    return SigningKey(bytes.fromhex(private_hex)).verify_key.encode().hex()


def verifies(ticket: Mapping[str, Any], public: str) -> bool:
    """Whether the ticket's own signature is right under a public key, in hexadecimal."""
    try:
        raw = base64.b64decode(str(ticket.get("signature")), validate=True)
        VerifyKey(bytes.fromhex(public)).verify(signable(ticket), raw)
    except (BadSignatureError, binascii.Error, ValueError, KeyError):
        return False
    return True
