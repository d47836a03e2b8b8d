"""
Schemes that others published.

Standard Webhooks: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
GitHub: docs.github.com, "Validating webhook deliveries".
"""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from proofbook.instruments.signatures import altered_fields, flipped, resized, respelled
from proofbook.instruments.webhooks.signing import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.instruments.webhooks.signing import Message

ID = "webhook-id"
#: What stands before a secret of Standard Webhooks; the rest is base64.
MARK = "whsec_"
#: So deep that a parser which calls itself for each level comes to its end.
DEEP = 20_000
#: Bodies that are no object of JSON, or hardly one.
ODD_BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "not UTF-8": b'{"a": "\xff\xfe"}',
    "null": b"null",
    "a number": b"1",
    "a list": b"[]",
    "a number out of range": b'{"a": 1e999}',
    "a key twice": b'{"a": 1, "a": 2}',
    "a lone surrogate": b'{"a": "\\ud800"}',
    "a zero character": b'{"a": "\\u0000"}',
    "lists in lists": b"[" * DEEP,
}


def odd_bodies(message: Message) -> Iterator[tuple[str, Message]]:
    """The message with each of the odd bodies."""
    return (
        (f"body {name}", replace(message, body=body))
        for name, body in ODD_BODIES.items()
        if body != message.body
    )


def altered_bodies(message: Message) -> Iterator[tuple[str, Message]]:
    """The message with another body: a bit, a length, the same JSON in other bytes."""
    changed = [*flipped(message.body, every_bit=False), *resized(message.body)]
    # What is no JSON cannot be said in other bytes.
    with suppress(ValueError):
        changed += respelled(message.body)
    others = {f"body {name}": body for name, body in changed if body != message.body}
    yield from ((name, replace(message, body=body)) for name, body in others.items())


def _with_other_id(message: Message) -> Iterator[tuple[str, Message]]:
    """The message under another id, or with another body."""
    for name, told in altered_fields({ID: message.headers[ID]}):
        if ID in told:
            yield name, replace(message, headers={**message.headers, **told})
    yield from altered_bodies(message)


def _standard_key(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(MARK))


#: A message's `webhook-id` is among its headers; a secret is given with or without its prefix.
STANDARD_WEBHOOKS = Scheme(
    signature_header="webhook-signature",
    timestamp_header="webhook-timestamp",
    tolerance_seconds=300,
    signed_headers=(ID,),
    text=lambda message, stamp: b".".join((message.headers[ID].encode(), stamp, message.body)),
    altered=_with_other_id,
    odd=odd_bodies,
    encoding="base64",
    prefix="v1,",
    other_prefixes=("v0,", "v1a,", "v2,"),
    between=" ",
    key=_standard_key,
)

#: No time is told: the one protection against a copy is a delivery's id, which is not signed.
GITHUB = Scheme(
    signature_header="X-Hub-Signature-256",
    text=lambda message, _: message.body,
    altered=altered_bodies,
    odd=odd_bodies,
    prefix="sha256=",
    other_prefixes=("sha1=", "sha512="),
)
