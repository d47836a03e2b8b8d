"""
Signed webhooks: how a sender signs one, and everything that a receiver must not take for it.

    scheme = STANDARD_WEBHOOKS                          # or GITHUB, or a Scheme of one's own
    webhook = Webhook(body=b'{"test": 1}', id="msg_1", at=int(time.time()))
    answers = run(attacks(scheme, webhook, secret, tolerance=300), deliver)
    assert broke(answers) == accepted_wrongly(answers) == refused_wrongly(answers) == told_apart(answers) == ()

`deliver` posts a `Delivery` and says whether it was taken: for signed, or, with `once`, for new. What is to be
refused comes first, so that a receiver may be a thing that one webhook uses up.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from proofbook.instruments.signatures.bench import Case, refusals
from proofbook.instruments.signatures.keys import hmac_sha256
from proofbook.instruments.signatures.tampering import (
    base64_spellings,
    flipped,
    forged,
    hex_spellings,
    number_spellings,
    resized,
    respelled,
    strayed,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proofbook.instruments.signatures.bench import Answered

#: A header of this length is more than a receiver expects, and less than a server cuts off.
HUGE_BYTES = 8192
#: Seconds that a request may be on its way.
ROOM_SECONDS = 5
#: A secret that is nobody's.
FOREIGN = b"another tenant's secret"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """What is sent: raw bytes, under an id and at a Unix second where the scheme has them."""

    body: bytes
    id: str = ""
    at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One request as it goes over the wire."""

    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """How a sender signs: HMAC-SHA-256 of a text, spelled into a header."""

    signature_header: str
    #: `None`: there is no id, or no instant.
    id_header: str | None = None
    time_header: str | None = None
    #: Id, time stamp as it is written, body → what is signed.
    text: Callable[[str, str, bytes], bytes]
    #: What goes before the tag.
    prefix: str = ""
    #: Whether the tag is in base64; else in lower-case hex.
    is_base64: bool = False
    #: What stands between several signatures; "": there is only ever one.
    separator: str = ""
    #: Whether the body is signed.
    covers_body: bool = True
    #: Headers that each request has.
    constant: Mapping[str, str] = field(default_factory=dict)

    def spelled(self, tag: bytes) -> str:
        """A signature as it stands in the header."""
        text = base64.b64encode(tag).decode() if self.is_base64 else tag.hex()
        return self.prefix + text

    def tag(self, webhook: Webhook, secret: bytes, stamp: str | None = None) -> bytes:
        """The 32 bytes of a webhook's tag; `stamp`: for its instant spelled otherwise."""
        told = str(webhook.at) if stamp is None else stamp
        return hmac_sha256(secret, self.text(webhook.id, told, webhook.body))

    def delivery(
        self, webhook: Webhook, signature: str | None, stamp: str | None = None
    ) -> Delivery:
        """A request with this signature, or without one."""
        told = str(webhook.at) if stamp is None else stamp
        parts = {
            self.id_header: webhook.id,
            self.time_header: told,
            self.signature_header: signature,
        }
        sent = {name: said for name, said in parts.items() if name and said is not None}
        return Delivery(body=webhook.body, headers={**self.constant, **sent})

    def signed(self, webhook: Webhook, secret: bytes) -> Delivery:
        """A webhook as its sender sends it."""
        return self.delivery(webhook, self.spelled(self.tag(webhook, secret)))


#: https://www.standardwebhooks.com: the secret is what stands in base64 after `whsec_`.
STANDARD_WEBHOOKS = Scheme(
    signature_header="webhook-signature",
    id_header="webhook-id",
    time_header="webhook-timestamp",
    text=lambda id_, stamp, body: f"{id_}.{stamp}.".encode() + body,
    prefix="v1,",
    is_base64=True,
    separator=" ",
)
#: https://docs.github.com/webhooks: the body alone is signed, and nothing says when.
GITHUB = Scheme(
    signature_header="X-Hub-Signature-256",
    text=lambda _id, _stamp, body: body,
    prefix="sha256=",
)


def attacks(
    scheme: Scheme,
    webhook: Webhook,
    secret: bytes,
    *,
    tolerance: int = 0,
    once: bool = False,
) -> Iterator[Case[Delivery]]:
    """
    Everything to refuse, and then what is to be taken: the webhook itself last of all, and, with `once`, again.

    `tolerance`: seconds that it may be old, or ahead; only for a scheme with instants.
    """
    sound = scheme.signed(webhook, secret)
    yield from refusals(_malformed(scheme, webhook, scheme.tag(webhook, secret)), "signature")
    yield from refusals(_missing(scheme, sound), "header")
    yield from refusals(_foreign(scheme, webhook), "secret")
    yield from refusals(_altered(scheme, webhook, sound), "after signing")
    if scheme.time_header:
        yield from refusals(_misspelled(scheme, webhook, secret), "timestamp")
        yield from refusals(_strayed(scheme, webhook, secret, tolerance), "timestamp")
    if scheme.separator:
        yield from _several(scheme, webhook, secret)
    yield Case(name="as it was signed", sent=sound, accepted=True)
    if once:
        yield Case(name="a second time", sent=sound)


def told_apart(answers: Iterable[Answered[Delivery]]) -> tuple[str, ...]:
    """
    How a receiver tells a wrong secret from a wrong signature, which is nobody's business: statuses and texts.

    Empty where it does not. Whatever differs from request to request is for `deliver` to leave out of `said`.
    """
    seen = {
        word: {
            (each.answer.status, each.answer.said)
            for each in answers
            if each.case.name.startswith(f"{word}: ")
        }
        for word in ("secret", "signature")
    }
    extra = seen["secret"] - seen["signature"]
    return tuple(f"a foreign secret is answered {status}: {said}" for status, said in sorted(extra))


def _malformed(scheme: Scheme, webhook: Webhook, tag: bytes) -> Iterator[tuple[str, Delivery]]:
    """The tag changed, and the tag spelled as only a lax reader takes it; a header has one line."""
    changed = [*flipped(tag, every_bit=False), *resized(tag), *forged(tag)]
    texts = [(name, scheme.spelled(data)) for name, data in changed]
    spellings = base64_spellings(tag) if scheme.is_base64 else hex_spellings(tag)
    texts += [(name, scheme.prefix + text) for name, text in spellings]
    right = scheme.spelled(tag)
    if scheme.prefix:
        texts += [
            ("no prefix", right.removeprefix(scheme.prefix)),
            ("the prefix alone", scheme.prefix),
            ("another prefix", "v9," + right.removeprefix(scheme.prefix)),
        ]
    texts += [("empty", ""), ("a word", "signature"), ("huge", scheme.prefix + "A" * HUGE_BYTES)]
    yield from ((name, scheme.delivery(webhook, text)) for name, text in texts if "\n" not in text)


def _missing(scheme: Scheme, sound: Delivery) -> Iterator[tuple[str, Delivery]]:
    for name in filter(None, (scheme.signature_header, scheme.time_header, scheme.id_header)):
        left = {key: said for key, said in sound.headers.items() if key != name}
        yield f"without {name}", replace(sound, headers=left)


def _foreign(scheme: Scheme, webhook: Webhook) -> Iterator[tuple[str, Delivery]]:
    for name, secret in {"another tenant's": FOREIGN, "an empty one": b""}.items():
        yield name, scheme.signed(webhook, secret)


def _altered(scheme: Scheme, webhook: Webhook, sound: Delivery) -> Iterator[tuple[str, Delivery]]:
    """A part exchanged, under the signature of the whole."""
    if scheme.id_header:
        yield "another id", _with(sound, scheme.id_header, webhook.id + "0")
    if scheme.time_header:
        yield "a second later", _with(sound, scheme.time_header, str(webhook.at + 1))
    if scheme.id_header and scheme.time_header:
        swapped = {scheme.id_header: str(webhook.at), scheme.time_header: webhook.id}
        yield "id and time exchanged", replace(sound, headers={**sound.headers, **swapped})
    if scheme.covers_body:
        bodies = [*respelled(webhook.body), *flipped(webhook.body, every_bit=False)]
        bodies += [("no body", b""), ("a body that is no UTF-8", b"\xff\xfe" + webhook.body)]
        yield from ((name, replace(sound, body=body)) for name, body in bodies)


def _misspelled(scheme: Scheme, webhook: Webhook, secret: bytes) -> Iterator[tuple[str, Delivery]]:
    """The instant as a lax reader of numbers takes it, signed as it is spelled and as what it means."""
    for name, text in number_spellings(webhook.at):
        if text.isascii() and text == text.strip():
            for what, stamp in (("as it stands", text), ("as it means", str(webhook.at))):
                signature = scheme.spelled(scheme.tag(webhook, secret, stamp))
                yield f"{name}, signed {what}", scheme.delivery(webhook, signature, text)


def _strayed(
    scheme: Scheme, webhook: Webhook, secret: bytes, tolerance: int
) -> Iterator[tuple[str, Delivery]]:
    for name, at in strayed(webhook.at, tolerance, room=ROOM_SECONDS):
        yield name, scheme.signed(replace(webhook, at=int(at)), secret)


def _several(scheme: Scheme, webhook: Webhook, secret: bytes) -> Iterator[Case[Delivery]]:
    """More than one signature, as while a secret is exchanged: one right one is enough, none is not."""
    right = scheme.spelled(scheme.tag(webhook, secret))
    wrong = scheme.spelled(scheme.tag(webhook, FOREIGN))
    unknown = "v9," + right.removeprefix(scheme.prefix)
    refused = {
        "several, none right": (wrong, wrong),
        "of an unknown version alone": (unknown, wrong),
    }
    taken = {
        "old and new": (wrong, right),
        "new and old": (right, wrong),
        "beside an unknown version": (unknown, right),
    }
    for texts, accepted in ((refused, False), (taken, True)):
        for name, signatures in texts.items():
            sent = scheme.delivery(webhook, scheme.separator.join(signatures))
            yield Case(name=f"signatures: {name}", sent=sent, accepted=accepted)
    if scheme.separator != ",":
        joined = scheme.delivery(webhook, f"{wrong},{right}")
        yield Case(name="signatures: joined by a comma", sent=joined)


def _with(delivery: Delivery, header: str, text: str) -> Delivery:
    return replace(delivery, headers={**delivery.headers, header: text})
