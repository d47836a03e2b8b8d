"""
Every way that is known to get an unsigned webhook past its receiver, or to make it stumble.

    attacks(GITHUB, supply, secrets=[secret], at=time.time())

All that is to be refused is made of one message, which is sent as it was signed after them: they must not have used
it up. What is to be taken, or may be, has a message of its own, so that none is taken for the repeat of another.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING

from proofbook.instruments.signatures import strayed
from proofbook.instruments.webhooks import misspelling
from proofbook.instruments.webhooks.judging import ITSELF, KEYS, Attack, Right
from proofbook.instruments.webhooks.signing import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from proofbook.instruments.webhooks.signing import Message, Scheme

#: A secret, in base64 too, that is nobody's.
NOBODYS = "bm9ib2R5J3Mgc2VjcmV0IG9mIDMyIGJ5dGVzLCBvciBz"
#: Room at the edges of the tolerance, in seconds: for two clocks, and for as long as all of this takes.
ROOM_SECONDS = 10


def attacks(
    scheme: Scheme,
    supply: Callable[[], Message],
    *,
    secrets: Sequence[str],
    at: float,
    foreign: Sequence[str] = (),
) -> Iterator[Attack]:
    """
    What is to be sent, in this order.

    `supply` makes messages that were never sent before; `secrets` are those that the receiver takes (several while
    one is being exchanged for another), `foreign` those of other senders to it; `at` is now, in Unix seconds.
    """
    one = _One(scheme, supply(), secrets[0], at)
    return chain(
        _sound(scheme, supply, secrets, at),
        one.signatures(),
        one.keys(foreign),
        one.timestamps(),
        one.headers(),
        one.altered(),
        _odd(scheme, supply, secrets[0], at),
        one.itself(),
    )


def _sound(
    scheme: Scheme, supply: Callable[[], Message], secrets: Sequence[str], at: float
) -> Iterator[Attack]:
    """What is signed as it should be, and must be taken."""

    def taken(name: str, request: Request) -> Attack:
        return Attack(kind="sound", name=name, request=request, right=Right.TAKEN)

    if scheme.timestamp_header:
        for name, sign in (("almost too old", -1), ("almost too far ahead", 1)):
            off = sign * (scheme.tolerance_seconds - ROOM_SECONDS)
            yield taken(name, scheme.signed(supply(), at + off, secrets[0]))
    plain = scheme.signed(supply(), at, secrets[0])
    capitals = {name.upper(): said for name, said in plain.headers.items()}
    yield taken("header names in capitals", replace(plain, headers=capitals))
    for number, secret in enumerate(secrets[1:], start=2):
        yield taken(f"by secret {number}", scheme.signed(supply(), at, secret))
    if scheme.between is None:
        return
    for name, before, after in _lists(scheme, secrets):
        message, stamp = supply(), scheme.stamp(at)
        right = scheme.spelled(scheme.tag(message, stamp, scheme.key(secrets[0])))
        values = scheme.between.join([*before, right, *after])
        yield taken(name, scheme.sealed(message, stamp, values))


def _lists(
    scheme: Scheme, secrets: Sequence[str]
) -> Iterator[tuple[str, Sequence[str], Sequence[str]]]:
    """What may stand before and after the right one of several signatures."""
    wrong = scheme.spelled(bytes(32))
    yield "after a wrong signature", [wrong], []
    yield "before a wrong signature", [], [wrong]
    for other in scheme.other_prefixes:
        yield f"after one that begins with {other}", [other + "AAAA"], []
    if len(secrets) > 1:
        yield "among one for each secret", [wrong] * (len(secrets) - 1), [wrong]


def _odd(scheme: Scheme, supply: Callable[[], Message], secret: str, at: float) -> Iterator[Attack]:
    """Strange messages, signed and unsigned; each signed one made of a message of its own."""
    wrong = scheme.spelled(bytes(32))
    for number, (name, message) in enumerate(scheme.odd(supply())):
        unsigned = scheme.sealed(message, scheme.stamp(at), wrong)
        yield Attack(kind="strange and unsigned", name=name, request=unsigned)
        own = next(islice(scheme.odd(supply()), number, None))[1]
        signed = scheme.signed(own, at, secret)
        yield Attack(kind="strange and signed", name=name, request=signed, right=Right.UNBROKEN)
    sound = scheme.signed(supply(), at, secret)
    headers = {**sound.headers, scheme.signature_header.swapcase(): wrong}
    yield Attack(
        kind="strange and signed",
        name="a wrong signature in a second header",
        request=replace(sound, headers=headers),
        right=Right.UNBROKEN,
    )


class _One:
    """One message, and all that is made of it."""

    def __init__(self, scheme: Scheme, message: Message, secret: str, at: float) -> None:
        self.scheme, self.message, self.secret, self.at = scheme, message, secret, at
        self.stamp = scheme.stamp(at)
        self.key = scheme.key(secret)
        self.signature = scheme.spelled(scheme.tag(message, self.stamp, self.key))

    def signatures(self) -> Iterator[Attack]:
        """Signatures that are none, alone and in lists; and the right one beside another."""
        near = list(misspelling.signatures(self.scheme, self.message, self.stamp, self.key))
        for name, text in near:
            yield self._with("signature", name, self.stamp, text)
        wrong = self.scheme.spelled(bytes(32))
        if self.scheme.between is not None:
            for name, between in (("two wrong ones", self.scheme.between), ("in one, comma", ",")):
                yield self._with("signature", name, self.stamp, between.join([wrong, wrong]))

    def keys(self, foreign: Sequence[str]) -> Iterator[Attack]:
        """Signatures by keys that do not count."""
        found = {"nobody's": self.scheme.key(NOBODYS), "empty": b""}
        found |= {f"of sender {n}": self.scheme.key(s) for n, s in enumerate(foreign, start=2)}
        if self.scheme.key(self.secret) != self.secret.encode():
            found["the secret as it is written"] = self.secret.encode()
        for name, key in found.items():
            tag = self.scheme.tag(self.message, self.stamp, key)
            yield self._with(KEYS, name, self.stamp, self.scheme.spelled(tag))

    def timestamps(self) -> Iterator[Attack]:
        """Times that are too far, that are spelled otherwise, or that are not those that were signed."""
        if not self.scheme.timestamp_header:
            return
        tolerance = self.scheme.tolerance_seconds + ROOM_SECONDS
        for name, instant in strayed(self.at, tolerance):
            yield self._stamped(name, str(int(instant)))
        for name, text in misspelling.timestamps(int(self.at)):
            yield self._stamped(f"{name}, signed so", text)
            yield self._with("timestamp", f"{name}, signed as it was", text, self.signature)
        moved = str(int(self.at) + 1)
        yield self._with("timestamp", "another than was signed", moved, self.signature)

    def headers(self) -> Iterator[Attack]:
        """Headers that are missing, empty, exchanged, or there twice."""
        scheme, stamp, signature = self.scheme, self.stamp, self.signature
        sound = scheme.sealed(self.message, stamp, signature)
        needed = [*scheme.signed_headers, scheme.signature_header]
        needed += [scheme.timestamp_header] if scheme.timestamp_header else []
        for name in needed:
            others = {each: said for each, said in sound.headers.items() if each != name}
            yield self._of(f"{name} missing", others)
            yield self._of(f"{name} empty", {**others, name: ""})
            yield self._of(f"{name} of 8 kB", {**others, name: "a" * misspelling.LONG})
        yield self._of("none", {n: s for n, s in sound.headers.items() if n not in needed})
        if scheme.timestamp_header:
            for name in scheme.signed_headers:
                swapped = {name: stamp, scheme.timestamp_header: sound.headers[name]}
                yield self._of(f"{name} and time exchanged", {**sound.headers, **swapped})
        wrong = dict.fromkeys(
            (scheme.signature_header, scheme.signature_header.swapcase()), scheme.spelled(bytes(32))
        )
        yield self._of("a wrong signature in each of two", {**sound.headers, **wrong})

    def altered(self) -> Iterator[Attack]:
        """Another message under the signature of this one."""
        for name, other in self.scheme.altered(self.message):
            request = self.scheme.sealed(other, self.stamp, self.signature)
            yield Attack(kind="altered", name=name, request=request)

    def itself(self) -> Iterator[Attack]:
        """The message as it was signed, and again: as a copy, and as a sender that heard no answer repeats it."""
        sound = self.scheme.sealed(self.message, self.stamp, self.signature)
        yield Attack(kind=ITSELF, name="as it was signed", request=sound, right=Right.TAKEN)
        later = self.scheme.signed(self.message, self.at + 1, self.secret)
        for name, request in (("copied", sound), ("delivered again", later)):
            yield Attack(kind="repeat", name=name, request=request, right=Right.WITHOUT_EFFECT)

    def _stamped(self, name: str, stamp: str) -> Attack:
        """Signed over the time as it is spelled."""
        tag = self.scheme.tag(self.message, stamp, self.key)
        return self._with("timestamp", name, stamp, self.scheme.spelled(tag))

    def _with(self, kind: str, name: str, stamp: str, signature: str) -> Attack:
        request = self.scheme.sealed(self.message, stamp, signature)
        return Attack(kind=kind, name=name, request=request)

    def _of(self, name: str, headers: dict[str, str]) -> Attack:
        request = Request(path=self.message.path, headers=headers, body=self.message.body)
        return Attack(kind="headers", name=name, request=request)
