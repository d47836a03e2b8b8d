"""Receivers of signed webhooks: right ones for three schemes, and one wrong one for each mistake that is made."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import math
import re
from typing import TYPE_CHECKING, Any

from proofbook.instruments.webhooks import (
    GITHUB,
    STANDARD_WEBHOOKS,
    Answer,
    Message,
    Scheme,
    attack,
    attacks,
    odd_bodies,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from proofbook.instruments.webhooks import Outcome, Request

NOW = 1_700_000_000
SECRETS = (
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "whsec_" + base64.b64encode(b"the secret that was before").decode(),
)
FOREIGN = "whsec_" + base64.b64encode(b"the secret of another sender").decode()
DIGITS = re.compile(r"[1-9][0-9]{0,9}")


class Refused(Exception):
    """A request that is not taken."""


class Receiver:
    """Standard Webhooks as they should be received; `processed` holds the bodies that took effect."""

    def __init__(self, secrets: Sequence[str] = SECRETS) -> None:
        self.keys = [base64.b64decode(secret.removeprefix("whsec_")) for secret in secrets]
        self.seen: set[str] = set()
        self.processed: list[bytes] = []

    def __call__(self, request: Request) -> Answer:
        """What comes of a request, as `deliver` wants it."""
        before = len(self.processed)
        status, said = self.answer(_on_the_wire(request.headers), request.body)
        return Answer(status=status, said=said, effects=len(self.processed) - before)

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Status and text; whatever is not foreseen is a 500, as everywhere."""
        try:
            self.verify(headers, body)
            self.take(headers, body)
        except Refused:
            return 401, "no"
        except Exception as error:  # noqa: BLE001 - what a framework does
            return 500, repr(error)
        return 200, "ok"

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise Refused unless it was signed, lately."""
        identity, stamp = (
            self.header(headers, "webhook-id"),
            self.header(headers, "webhook-timestamp"),
        )
        signatures = self.header(headers, "webhook-signature")
        if abs(self.seconds(stamp) - NOW) > STANDARD_WEBHOOKS.tolerance_seconds:
            raise Refused
        tags = [self.tag(key, self.signed(identity, stamp, body)) for key in self.keys]
        if not any(self.is_equal(e, t) for e in self.entries(signatures) for t in tags):
            raise Refused

    def header(self, headers: Mapping[str, str], name: str) -> str:
        """A header, in whatever case; the first of several."""
        found = next((said for key, said in headers.items() if key.lower() == name), "")
        if not found:
            raise Refused
        return found

    def seconds(self, stamp: str) -> float:
        """When it was signed."""
        if not DIGITS.fullmatch(stamp):
            raise Refused
        return int(stamp)

    def signed(self, identity: str, stamp: str, body: bytes) -> bytes:
        """The text that is signed."""
        return b".".join([identity.encode("latin-1"), stamp.encode("latin-1"), body])

    def tag(self, key: bytes, text: bytes) -> str:
        """The signature as it should stand there."""
        return base64.b64encode(hmac.digest(key, text, "sha256")).decode()

    def entries(self, signatures: str) -> list[str]:
        """The signatures of the version that is known."""
        return [each[3:] for each in signatures.split(" ") if each.startswith("v1,")]

    def is_equal(self, given: str, expected: str) -> bool:
        """Whether they are the same text."""
        return hmac.compare_digest(given.encode("latin-1"), expected.encode())

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Process it, once."""
        identity = self.header(headers, "webhook-id")
        if identity not in self.seen:
            self.seen.add(identity)
            self.processed.append(body)


class FromGitHub(Receiver):
    """GitHub's webhooks as they should be received."""

    def __init__(self, secrets: Sequence[str] = SECRETS) -> None:
        super().__init__()
        self.keys = [secret.encode() for secret in secrets]

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise Refused unless it was signed."""
        given = self.header(headers, "x-hub-signature-256")
        tags = [f"sha256={hmac.new(key, body, 'sha256').hexdigest()}" for key in self.keys]
        if not any(self.is_equal(given, tag) for tag in tags):
            raise Refused

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Process it, once."""
        super().take({"webhook-id": self.header(headers, "x-github-delivery")}, body)


class FloatTimes(Receiver):
    """The time is read as a number, and what it means is signed: PyPI's `standardwebhooks` 1.1.0."""

    def seconds(self, stamp: str) -> float:
        """Any number will do."""
        try:
            return float(stamp)
        except ValueError:
            raise Refused from None

    def signed(self, identity: str, stamp: str, body: bytes) -> bytes:
        """The seconds without their fraction."""
        return super().signed(identity, str(math.floor(float(stamp))), body)


class EndlessTimes(Receiver):
    """What is no number is never too far from now."""

    def seconds(self, stamp: str) -> float:
        """As JavaScript's `Number` has it."""
        try:
            return float(stamp)
        except ValueError:
            return math.nan


class PastOnly(Receiver):
    """What is ahead of now is never too far."""

    def seconds(self, stamp: str) -> float:
        """At most now."""
        return min(super().seconds(stamp), NOW)


class Ageless(Receiver):
    """Nothing grows old."""

    def seconds(self, stamp: str) -> float:
        """Always now."""
        super().seconds(stamp)
        return NOW


class Hasty(Receiver):
    """A tolerance narrower than it is said to be."""

    def seconds(self, stamp: str) -> float:
        """Twice as far as it is."""
        return NOW + 2 * (super().seconds(stamp) - NOW)


class WhenPresent(Receiver):
    """Whoever says that nothing is signed is let in."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Only with a signature."""
        if any(name.lower() == "webhook-signature" for name in headers):
            super().verify(headers, body)


class CaseOfNames(Receiver):
    """Names of headers are compared as texts."""

    def header(self, headers: Mapping[str, str], name: str) -> str:
        """In lower case alone."""
        return super().header({name: headers.get(name, "")}, name)


class AsLongAsGiven(Receiver):
    """As much is compared as was sent."""

    def is_equal(self, given: str, expected: str) -> bool:
        """Whether it begins so."""
        return bool(given) and expected.startswith(given)


class HalfCompared(Receiver):
    """A tag of 128 bits is thought to be enough."""

    def is_equal(self, given: str, expected: str) -> bool:
        """The first half."""
        return super().is_equal(given[:22], expected[:22])


class LaxBase64(Receiver):
    """Signatures are compared as bytes, whatever stands between them."""

    def is_equal(self, given: str, expected: str) -> bool:
        """As Python's decoder likes it."""
        try:
            return base64.b64decode(given) == base64.b64decode(expected)
        except ValueError:
            return False


class BrokenByBase64(Receiver):
    """Signatures are decoded without looking."""

    def is_equal(self, given: str, expected: str) -> bool:
        """Raises for what is no base64."""
        return base64.b64decode(given) == base64.b64decode(expected)


class BrokenByCommas(Receiver):
    """An entry has one comma, it is hoped."""

    def entries(self, signatures: str) -> list[str]:
        """Raises for any other number."""
        pairs = [each.split(",") for each in signatures.split(" ")]
        return [tag for version, tag in pairs if version == "v1"]


class BrokenByLetters(Receiver):
    """`compare_digest` takes texts of ASCII alone."""

    def is_equal(self, given: str, expected: str) -> bool:
        """Raises for others."""
        return hmac.compare_digest(given, expected)


class BrokenByBytes(Receiver):
    """The body is read as text before anything."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises for what is no UTF-8."""
        super().verify(headers, body.decode().encode())


class BrokenByDepth(Receiver):
    """The body is parsed before it is known whose it is."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raises for lists in lists in lists."""
        try:
            json.loads(body)
        except ValueError:
            raise Refused from None
        super().verify(headers, body)


class BrokenByLength(Receiver):
    """Long headers are the end of the connection."""

    def __call__(self, request: Request) -> Answer:
        """No answer."""
        if any(len(said) > 4096 for said in request.headers.values()):
            return Answer(status=0, said="connection reset")
        return super().__call__(request)


class Reserialised(Receiver):
    """What is verified is not what came, but what was understood."""

    def signed(self, identity: str, stamp: str, body: bytes) -> bytes:
        """The body said again."""
        try:
            body = json.dumps(json.loads(body)).encode()
        except (ValueError, RecursionError):
            raise Refused from None
        return super().signed(identity, stamp, body)


class AnyVersion(Receiver):
    """Whatever stands before the comma."""

    def entries(self, signatures: str) -> list[str]:
        """Of each version."""
        return [each.partition(",")[2] for each in signatures.split(" ")]


class FirstOnly(Receiver):
    """One signature is enough, it is thought."""

    def entries(self, signatures: str) -> list[str]:
        """The first."""
        return super().entries(signatures)[:1]


class NewestKeyOnly(Receiver):
    """The secret was exchanged on this side alone."""

    def __init__(self) -> None:
        super().__init__(SECRETS[:1])


class EverybodysKeys(Receiver):
    """One sender signs for another."""

    def __init__(self) -> None:
        super().__init__([*SECRETS, FOREIGN])


class EmptyKey(Receiver):
    """A secret that is not configured is an empty one."""

    def __init__(self) -> None:
        super().__init__([*SECRETS, ""])


class TextAsKey(Receiver):
    """The secret is taken as it is written."""

    def __init__(self) -> None:
        super().__init__()
        self.keys += [secret.encode() for secret in SECRETS]


class WithoutKey(Receiver):
    """A checksum instead of a signature."""

    def tag(self, key: bytes, text: bytes) -> str:
        """The body's hash, whoever sends it."""
        del key
        return base64.b64encode(hashlib.sha256(text.split(b".", 2)[2]).digest()).decode()


class TellsKeys(Receiver):
    """It says more than no to whom it knows."""

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Another status for a key that exists."""
        status, said = super().answer(headers, body)
        other = EverybodysKeys()
        return (403, "not yours") if other.answer(headers, body)[0] < status else (status, said)


class Forgets(Receiver):
    """Each delivery takes effect."""

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Without looking back."""
        del headers
        self.processed.append(body)


class BurnsIds(Receiver):
    """The id is noted before it is known whose it is."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Whoever comes first has the id."""
        identity = self.header(headers, "webhook-id")
        is_new, already = identity not in self.seen, self.seen | {identity}
        self.seen = already
        super().verify(headers, body)
        if is_new:
            self.seen.discard(identity)


class ServesNobody(Receiver):
    """Everything is refused."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Always."""
        super().verify(headers, body)
        raise Refused


class Answers200(Receiver):
    """Whatever came, the sender hears that all is well."""

    def answer(self, headers: Mapping[str, str], body: bytes) -> tuple[int, str]:
        """Also where nothing was taken."""
        super().answer(headers, body)
        return 200, ""


class AnyCase(FromGitHub):
    """Hexadecimal digits in capitals are the same number."""

    def is_equal(self, given: str, expected: str) -> bool:
        """In lower case."""
        return super().is_equal(given.lower(), expected)


class OldHash(FromGitHub):
    """The hash that GitHub signed with before is taken, too, by what stands before it alone."""

    def is_equal(self, given: str, expected: str) -> bool:
        """After the sign."""
        return given.rpartition("=")[2] == expected.rpartition("=")[2]


#: Order numbers, signed without the body: `order.<number>.<time>`.
ORDERS = Scheme(
    signature_header="x-order-signature",
    timestamp_header="x-order-time",
    tolerance_seconds=60,
    text=lambda message, stamp: b".".join((message.parts["order"].encode(), stamp)),
    altered=lambda message: [("another order", _order("order 0", message.body))],
    odd=odd_bodies,
)


class Orders(Receiver):
    """Orders by a scheme of one's own."""

    def verify(self, headers: Mapping[str, str], body: bytes) -> None:
        """Raise Refused unless the path's order was signed, lately."""
        del body
        stamp = self.header(headers, "x-order-time")
        if abs(self.seconds(stamp) - NOW) > ORDERS.tolerance_seconds:
            raise Refused
        text = f"{self.header(headers, 'x-order')}.{stamp}".encode()
        tag = hmac.new(b"a secret", text, "sha256").hexdigest()
        if not self.is_equal(self.header(headers, "x-order-signature"), tag):
            raise Refused

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        """Process it, once."""
        super().take({"webhook-id": self.header(headers, "x-order")}, body)


def _order(name: str, body: bytes) -> Message:
    return Message(body=body, headers={"x-order": name}, parts={"order": name})


def orders() -> Callable[[], Message]:
    """A supply of orders."""
    return _each(lambda number: _order(f"order {number}", b"{}"))


def standard(body: bytes = b'{"test": 2432232314, "b": "\\u00fc"}') -> Callable[[], Message]:
    """A supply of messages with ids of their own."""
    return _each(lambda number: Message(body=body, headers={"webhook-id": f"msg_{number}"}))


def github(body: bytes = b'{"test": 2432232314}') -> Callable[[], Message]:
    """A supply of deliveries with ids of their own."""
    return _each(lambda number: Message(body=body, headers={"X-GitHub-Delivery": f"d-{number}"}))


def tried(receiver: Any, supply: Callable[[], Message] | None = None) -> tuple[Outcome, ...]:
    """All attacks on a receiver of Standard Webhooks or GitHub's."""
    is_github = isinstance(receiver, FromGitHub)
    scheme = GITHUB if is_github else STANDARD_WEBHOOKS
    supply = supply or (github() if is_github else standard())
    return attack(
        attacks(scheme, supply, secrets=SECRETS, at=NOW, foreign=[FOREIGN]),
        receiver,
    )


def _each(make: Callable[[int], Message]) -> Callable[[], Message]:
    numbers: Iterator[int] = iter(range(1, 10_000))
    return lambda: make(next(numbers))


def _on_the_wire(headers: Mapping[str, str]) -> dict[str, str]:
    """As a server sees them: bytes for letters, no white space around."""
    return {
        name: said.encode("utf-8", "surrogateescape").decode("latin-1").strip(" \t")
        for name, said in headers.items()
    }
