"""
Tickets: what the API signs and the worker checks before it runs a job.

The signature covers ten fields in canonical JSON, Ed25519 over its UTF-8; the payload comes in by its hash.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from nacl.exceptions import CryptoError

from systems.chassis.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nacl.signing import SigningKey, VerifyKey

STRINGS = ("actorId", "jobId", "jobType", "nonce", "payloadHash", "policyDecisionId", "traceId")
TIMES = ("expiresAt", "requestedAt")
SIGNATURE_LENGTH = 88


def signable(ticket: Mapping[str, object]) -> bytes:
    """The bytes that are signed. Raises ValueError if a field is absent or of a wrong type."""
    fields = {name: ticket.get(name) for name in (*STRINGS, *TIMES, "scope")}
    if not all(isinstance(fields[name], str) for name in STRINGS):
        raise ValueError("a field that must be a string is none")
    if not all(type(fields[name]) is int for name in TIMES):
        raise ValueError("a time is no integer")
    scope = fields["scope"]
    if not isinstance(scope, list) or not all(isinstance(item, str) for item in scope):
        raise ValueError("scope is no list of strings")
    return canonical(fields).encode()


def sign(key: SigningKey, ticket: Mapping[str, object]) -> dict[str, object]:
    """The ticket with its signature."""
    signature = key.sign(signable(ticket)).signature
    return {**ticket, "signature": base64.b64encode(signature).decode()}


def is_signed(key: VerifyKey, ticket: Mapping[str, object]) -> bool:
    """Whether the ticket's signature is this key's, in the one spelling that base64 has for it."""
    try:
        key.verify(signable(ticket), _signature(ticket.get("signature")))
    except (ValueError, CryptoError):
        return False
    return True


def _signature(text: object) -> bytes:
    if not isinstance(text, str) or len(text) != SIGNATURE_LENGTH or not text.isascii():
        raise ValueError("a signature has 88 characters")
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("no base64") from error
    if base64.b64encode(raw).decode() != text:
        raise ValueError("no standard base64")
    return raw
