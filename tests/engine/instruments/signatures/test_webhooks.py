"""Webhooks as their senders publish them, and receivers that fall for something."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass, field
from hashlib import sha256

import pytest

from proofbook.instruments.signatures import (
    GITHUB,
    STANDARD_WEBHOOKS,
    Answer,
    Answered,
    Case,
    Delivery,
    Scheme,
    Webhook,
    accepted_wrongly,
    attacks,
    broke,
    refused_wrongly,
    run,
    told_apart,
    unasked,
)

#: The example of Standard Webhooks' page, and of GitHub's.
SECRET = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
MESSAGE = Webhook(body=b'{"test": 2432232314}', id="msg_p5jXN8AQM9LWM0D4loKWxJek", at=1_614_265_330)
TOLERANCE = 300
DIGITS = re.compile("[1-9][0-9]{0,9}")


@dataclass
class Receiver:
    """One of Standard Webhooks that does as it should, unless it has a weakness."""

    weakness: str = ""
    seen: set[str] = field(default_factory=set)

    def deliver(self, delivery: Delivery) -> Answer:
        """204 for what it takes, 401 for what it does not; 500 where it breaks."""
        try:
            return self._judged(delivery)
        except (ValueError, KeyError, OverflowError) as error:
            return Answer(accepted=False, status=500, said=type(error).__name__)

    def _judged(self, delivery: Delivery) -> Answer:
        refused = Answer(accepted=False, status=401, said="refused")
        given = delivery.headers
        if {"webhook-id", "webhook-timestamp", "webhook-signature"} - {*given}:
            return Answer(accepted=self.weakness == "unsigned is fine", status=401, said="refused")
        stamp, id_ = given["webhook-timestamp"], given["webhook-id"]
        if self.weakness == "breaks at words":
            stamp = str(int(float(stamp)))
        if not DIGITS.fullmatch(stamp) or not self._is_now(int(stamp)):
            return refused
        body = b"{}" if self.weakness == "body unsigned" else delivery.body
        tags = {
            base64.b64encode(hmac.digest(key, f"{id_}.{stamp}.".encode() + body, "sha256")).decode()
            for key in (SECRET, *([b""] if self.weakness == "takes an empty secret" else []))
        }
        if not any(self._is_one(each, tags) for each in given["webhook-signature"].split(" ")):
            return refused
        is_new = id_ not in self.seen or self.weakness == "has no memory"
        self.seen.add(id_)
        return Answer(accepted=is_new, status=204)

    def _is_now(self, at: int) -> bool:
        age = MESSAGE.at - at
        return (age if self.weakness == "any future" else abs(age)) <= TOLERANCE

    def _is_one(self, text: str, tags: set[str]) -> bool:
        version, _, tag = text.partition(",")
        if self.weakness == "breaks at junk":
            base64.b64decode(tag, validate=True)
        if self.weakness == "cuts short":
            return any(each.startswith(tag) for each in tags)
        return (version == "v1" or self.weakness == "any version") and tag in tags


def _bench(receiver: Receiver) -> tuple[Answered[Delivery], ...]:
    scheme = STANDARD_WEBHOOKS
    if receiver.weakness == "body unsigned":
        # What it was sent was signed as it reads it.
        scheme = Scheme(
            signature_header="webhook-signature",
            id_header="webhook-id",
            time_header="webhook-timestamp",
            text=lambda id_, stamp, _: f"{id_}.{stamp}.{{}}".encode(),
            prefix="v1,",
            is_base64=True,
        )
    return run(attacks(scheme, MESSAGE, SECRET, tolerance=TOLERANCE, once=True), receiver.deliver)


def test_standard_webhooks_are_signed_as_published() -> None:
    """The header of its page comes out."""
    assert STANDARD_WEBHOOKS.signed(MESSAGE, SECRET).headers == {
        "webhook-id": MESSAGE.id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_githubs_webhooks_are_signed_as_published() -> None:
    """The header of its page comes out, and it is the only one."""
    hello = Webhook(body=b"Hello, World!")

    assert GITHUB.signed(hello, b"It's a Secret to Everybody") == Delivery(
        body=hello.body,
        headers={
            "X-Hub-Signature-256": "sha256="
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
    )


def test_a_sound_receiver_falls_for_nothing() -> None:
    """It takes what is signed, once, refuses the rest, and never breaks."""
    receiver = Receiver()

    answers = _bench(receiver)
    named = {answered.case.name for answered in answers if answered.answer.accepted}

    assert (
        broke(answers) == accepted_wrongly(answers) == told_apart(answers) == unasked(answers) == ()
    )
    assert len(answers) > 100
    assert named == {"signatures: old and new"}, "the id is used up by the first that is taken"


def test_a_receiver_without_memory_takes_each_sound_one() -> None:
    """Nothing that is signed is refused; all that is wrong is the second time."""
    answers = _bench(Receiver("has no memory"))

    assert refused_wrongly(answers) == ()
    assert accepted_wrongly(answers) == ("a second time (204)",)


@pytest.mark.parametrize(
    ("weakness", "found"),
    [
        ("unsigned is fine", "header: without webhook-signature (401): refused"),
        ("takes an empty secret", "secret: an empty one (204)"),
        ("any future", "timestamp: just too far ahead (204)"),
        ("any version", "signature: another prefix (204)"),
        ("cuts short", "signature: the prefix alone (204)"),
        ("body unsigned", "after signing: no body (204)"),
    ],
)
def test_a_weak_receiver_is_found_out(weakness: str, found: str) -> None:
    """Each weakness is seen by a case that is about it."""
    receiver = Receiver(weakness)
    case = found.partition(" (")[0]

    answers = [
        Answered(each.case, Receiver(weakness).deliver(each.case.sent)) for each in _bench(receiver)
    ]

    assert found in accepted_wrongly(answers)
    assert case in {answered.case.name for answered in answers}


@pytest.mark.parametrize(
    ("weakness", "found"),
    [
        ("breaks at words", "timestamp: a word, signed as it stands (500): ValueError"),
        ("breaks at junk", "signature: junk inside (500): Error"),
    ],
)
def test_a_receiver_that_breaks_is_found_out(weakness: str, found: str) -> None:
    """A 5xx says that nobody thought of it."""
    assert found in broke(_bench(Receiver(weakness)))


def test_a_scheme_without_instants_or_lists_has_no_such_cases() -> None:
    """GitHub signs the body alone, in hexadecimal."""
    secret = b"It's a Secret to Everybody"
    webhook = Webhook(body=b'{"action": "opened"}')

    def deliver(delivery: Delivery) -> Answer:
        right = "sha256=" + hmac.new(secret, delivery.body, sha256).hexdigest()
        is_right = delivery.headers.get("X-Hub-Signature-256") == right
        return Answer(accepted=is_right, status=204 if is_right else 401)

    answers = run(attacks(GITHUB, webhook, secret), deliver)

    assert broke(answers) == accepted_wrongly(answers) == refused_wrongly(answers) == ()
    assert {each.case.name.partition(":")[0] for each in answers} == {
        "signature", "header", "secret", "after signing", "as it was signed",
    }  # fmt: skip


def test_a_plain_scheme_has_no_prefix_to_lose() -> None:
    """Whatever is not there cannot be taken away; a list joined by commas is a list."""
    scheme = Scheme(signature_header="sig", text=lambda *_: b"", separator=",", covers_body=False)

    names = [case.name for case in attacks(scheme, Webhook(body=b""), b"k")]

    assert "signature: no prefix" not in names
    assert "signatures: joined by a comma" not in names


def test_a_receiver_that_tells_secrets_apart_is_found_out() -> None:
    """Who is told that a tenant exists has learned something."""
    sent = Delivery(body=b"", headers={})
    answers = [
        Answered(Case(name=f"{word}: x", sent=sent), Answer(accepted=False, status=status))
        for word, status in (("signature", 401), ("secret", 404))
    ]

    assert told_apart(answers) == ("a foreign secret is answered 404: ",)
