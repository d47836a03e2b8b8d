"""Each mistake that a receiver can make is found, and a right one makes none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofbook.instruments.webhooks import (
    GITHUB,
    STANDARD_WEBHOOKS,
    Right,
    attack,
    attacks,
    mistakes,
    unasked,
)
from tests.engine.instruments.webhooks import receivers
from tests.engine.instruments.webhooks.receivers import (
    FOREIGN,
    NOW,
    ORDERS,
    SECRETS,
    FromGitHub,
    Orders,
    Receiver,
    github,
    orders,
    standard,
    tried,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.instruments.webhooks import Message, Scheme

#: A wrong receiver → how one of the mistakes found begins that are found in no right one.
WRONG = {
    "FloatTimes": "not refused: timestamp: with a fraction, signed as it was: 200",
    "EndlessTimes": "not refused: timestamp: not a number, signed so: 200",
    "PastOnly": "not refused: timestamp: just too far ahead: 200",
    "Ageless": "not refused: timestamp: just too old: 200",
    "Hasty": "not taken: sound: almost too old: 401",
    "WhenPresent": "not refused: headers: webhook-signature missing: 200",
    "CaseOfNames": "not taken: sound: header names in capitals: 401",
    "AsLongAsGiven": "not refused: signature: first half: 200",
    "HalfCompared": "not refused: signature: bit 7 of byte 31 flipped: 200",
    "LaxBase64": "not refused: signature: junk inside: 200",
    "BrokenByBase64": "broke: signature: junk after the prefix, one character: 500",
    "BrokenByCommas": "broke: signature: no base64: 500",
    "BrokenByLetters": "broke: signature: junk after the prefix, a byte of Latin-1: 500",
    "BrokenByBytes": "broke: strange and unsigned: body not UTF-8: 500",
    "BrokenByDepth": "broke: strange and unsigned: body lists in lists: 500",
    "BrokenByLength": "broke: signature: 8 kB: no answer connection reset",
    "Reserialised": "not refused: altered: body re-serialised, indented: 200",
    "AnyVersion": "not refused: signature: as v2,: 200",
    "FirstOnly": "not taken: sound: after a wrong signature: 401",
    "NewestKeyOnly": "not taken: sound: by secret 2: 401",
    "EverybodysKeys": "not refused: other key: of sender 2: 200",
    "EmptyKey": "not refused: other key: empty: 200",
    "TextAsKey": "not refused: other key: the secret as it is written: 200",
    "WithoutKey": "not refused: signature: of the body alone, without a key: 200",
    "TellsKeys": "tells keys apart: other key: of sender 2: 403",
    "Forgets": "took effect again: repeat: copied: 200",
    "BurnsIds": "not taken: the request itself: as it was signed: 200",
    "ServesNobody": "not taken: the request itself: as it was signed: 401",
    "Answers200": "not refused: headers: none: 200",
    "AnyCase": "not refused: signature: upper case: 200",
    "OldHash": "not refused: signature: as sha1=: 200",
}


@pytest.mark.parametrize("receiver", [Receiver, FromGitHub])
def test_a_right_receiver_makes_no_mistake(receiver: Callable[[], Receiver]) -> None:
    """Everything sound is taken once, and nothing else: also not what was strange and signed twice."""
    outcomes = tried(receiver())

    assert mistakes(outcomes) == unasked(outcomes) == ()
    refused = [each for each in outcomes if each.attack.right is Right.REFUSED]
    assert len(refused) > 100
    assert {each.attack.right for each in outcomes} == {*Right}


def test_every_wrong_receiver_is_tried() -> None:
    """None of them stands there for nothing."""
    kinds = [each for each in vars(receivers).values() if isinstance(each, type)]
    right = {Receiver, FromGitHub, Orders}

    assert {k.__name__ for k in kinds if issubclass(k, Receiver)} == {
        *WRONG,
        *(k.__name__ for k in right),
    }


@pytest.mark.parametrize(("name", "mistake"), WRONG.items(), ids=list(WRONG))
def test_a_wrong_receiver_is_found_out(name: str, mistake: str) -> None:
    """By an attack that says what it was."""
    found = mistakes(tried(getattr(receivers, name)()))

    assert [each for each in found if each.startswith(mistake)], found


@pytest.mark.parametrize("supply", [standard, github])
@settings(max_examples=10)
@given(body=st.binary(max_size=40))
def test_a_right_receiver_makes_none_whatever_is_sent(
    supply: Callable[[bytes], Callable[[], Message]], body: bytes
) -> None:
    """Bodies are bytes."""
    receiver = Receiver() if supply is standard else FromGitHub()

    assert mistakes(tried(receiver, supply(body))) == ()


def test_one_secret_is_enough() -> None:
    """Nothing is sent for a second one, nor for other senders."""
    sent = attacks(STANDARD_WEBHOOKS, standard(), secrets=SECRETS[:1], at=NOW)

    outcomes = attack(sent, Receiver(SECRETS[:1]))

    names = {each.attack.name for each in outcomes}
    assert mistakes(outcomes) == unasked(outcomes) == ()
    assert {"by secret 2", "among one for each secret", "of sender 2"} & names == set()


def test_a_scheme_of_ones_own_is_a_value() -> None:
    """Here without the body, and in a path."""
    sent = attacks(ORDERS, orders(), secrets=["a secret"], at=NOW)

    assert mistakes(attack(sent, Orders())) == ()


@pytest.mark.parametrize(
    ("scheme", "supply"),
    [(STANDARD_WEBHOOKS, standard), (GITHUB, github)],
    ids=["standard", "github"],
)
def test_attacks_have_names_and_headers_that_can_be_sent(
    scheme: Scheme, supply: Callable[[], Callable[[], Message]]
) -> None:
    """One name each, one line a header; what is to be refused is not the sound request."""
    sent = list(attacks(scheme, supply(), secrets=SECRETS, at=NOW, foreign=[FOREIGN]))

    names = [(each.kind, each.name) for each in sent]
    itself = next(each.request for each in sent if each.kind == "the request itself")
    assert sorted({n for n in names if names.count(n) > 1}) == []
    assert [
        n
        for each, n in zip(sent, names, strict=True)
        if "\n" in "".join(each.request.headers.values())
    ] == []
    assert itself not in [each.request for each in sent if each.right is Right.REFUSED]


def test_one_message_is_attacked_and_all_others_are_sent_once() -> None:
    """So that nothing is taken for the repeat of another."""
    sent = list(attacks(GITHUB, github(), secrets=SECRETS, at=NOW))

    taken = [s for s in sent if s.right in (Right.TAKEN, Right.UNBROKEN)]
    ids = [{n.lower(): v for n, v in s.request.headers.items()}["x-github-delivery"] for s in taken]
    assert len(set(ids)) == len(ids)
    attacked = {s.request.headers["X-GitHub-Delivery"] for s in sent if s.kind == "signature"}
    assert len(attacked) == 1
    assert not attacked & {*ids[:-1]}
