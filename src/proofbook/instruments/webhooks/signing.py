"""
A webhook before and after it is signed, and a scheme of signing as a value.

A scheme says which headers tell the signature and the time, what text is signed, and how the tag is spelled.
Whatever else a receiver reads (an event's id, a run in the path) is in the message that the caller makes.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from proofbook.instruments.signatures import base64_spellings, hex_spellings, hmac_sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    #: Messages close to another, each by its name.
    Changed = Iterable[tuple[str, "Message"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a sender has to say, unsigned."""

    body: bytes
    path: str = "/"
    #: The sender's own headers: the event's id, the content's type.
    headers: Mapping[str, str] = field(default_factory=dict)
    #: What a scheme signs beside or in place of the body, in its order; for the scheme's `text` alone.
    parts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST as it goes over the wire. Two names that differ in case are one header, sent twice."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One way to sign a webhook with HMAC-SHA-256."""

    signature_header: str
    #: Message and the bytes of the time as the header spells it (none where there is none) → what is signed.
    text: Callable[[Message, bytes], bytes]
    #: Messages of which a signed part is another, each with a name: the old signature is none of theirs.
    altered: Callable[[Message], Changed]
    #: Messages that are signed as they should be and say something strange: they may be refused.
    odd: Callable[[Message], Changed]
    encoding: Literal["hex", "base64"] = "hex"
    #: What stands before the tag, such as `sha256=`; and before tags of versions that nobody takes.
    prefix: str = ""
    other_prefixes: tuple[str, ...] = ()
    #: What stands between several signatures; `None`: there is one.
    between: str | None = None
    #: Where the time is told, in Unix seconds; `None`: nowhere, and no signature grows old.
    timestamp_header: str | None = None
    tolerance_seconds: int = 0
    #: Headers of the message that are signed, too.
    signed_headers: tuple[str, ...] = ()
    #: A secret as it is handed out → the key.
    key: Callable[[str], bytes] = str.encode

    def tag(self, message: Message, stamp: str, key: bytes) -> bytes:
        """The 32 bytes of a message's HMAC."""
        return hmac_sha256(key, self.text(message, stamp.encode("utf-8", "surrogateescape")))

    def spelled(self, tag: bytes) -> str:
        """A tag as the header has it, its prefix before it."""
        return self.prefix + (
            tag.hex() if self.encoding == "hex" else base64.b64encode(tag).decode()
        )

    def respelled(self, tag: bytes) -> Iterator[tuple[str, str]]:
        """The same tag as only a lax reader takes it."""
        spell = hex_spellings if self.encoding == "hex" else base64_spellings
        return ((name, self.prefix + text) for name, text in spell(tag))

    def stamp(self, at: float) -> str:
        """An instant as the header spells it."""
        return str(int(at)) if self.timestamp_header else ""

    def sealed(self, message: Message, stamp: str | None, signature: str | None) -> Request:
        """A message with these headers; one that is `None` is left out."""
        told = {self.signature_header: signature}
        if self.timestamp_header:
            told[self.timestamp_header] = stamp
        held = {name: said for name, said in told.items() if said is not None}
        return Request(path=message.path, headers={**message.headers, **held}, body=message.body)

    def signed(self, message: Message, at: float, secret: str) -> Request:
        """A message as its sender sends it at an instant, in Unix seconds."""
        stamp = self.stamp(at)
        tag = self.tag(message, stamp, self.key(secret))
        return self.sealed(message, stamp, self.spelled(tag))
