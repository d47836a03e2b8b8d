"""The checks' own view of the audit chain, held against the contract's answers and against literal damage."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from checks.kernel import formulas, known_answers
from checks.kernel.adapter_kms import public_bytes
from checks.kernel.chain import (
    Event,
    broken,
    dangling,
    event_hash,
    exported,
    forks,
    iso,
    mishashed,
    misnumbered,
    missigned,
    ordered,
    shown,
    signature_bytes,
    stored,
    unlinked,
)
from checks.kernel.manifests import manifest_text, verifies
from proofbook import NoVerdict
from proofbook.instruments.signatures import canonical_json, ed25519, public_key

if TYPE_CHECKING:
    from collections.abc import Mapping

SEED = b"\x01" * 32
PUBLIC = public_key(SEED)
TS = "2026-01-01T00:00:00.000Z"


def keys(_signer: str, _version: str) -> tuple[bytes, ...]:
    """The one key that signs here."""
    return (PUBLIC,)


def chain(count: int) -> list[Event]:
    """So many sound events."""
    events: list[Event] = []
    for number in range(1, count + 1):
        bare = Event(
            id=f"e{number}",
            event_type="t",
            payload={"n": number},
            prev_hash=events[-1].hash if events else None,
            hash="",
            signature="",
            signer_id="s",
            key_version="v1",
            ts=TS,
            seq=number,
        )
        digest = event_hash(bare)
        raw = ed25519(SEED, canonical_json({"data": digest, "ts": TS}).encode())
        events.append(replace(bare, hash=digest, signature=base64.b64encode(raw).decode()))
    return events


def test_every_known_answer_comes_out() -> None:
    """Canonical forms, manifests, events, a chain and heads of the contract."""
    assert formulas.missed_answers() == ()


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("manifests", {"payload": '{"manifest":{"x":1},"ts":"t"}', "signature": ""}),
        ("hashes", {"eventType": "t", "payload": "{}", "prevHash": None, "ts": TS, "hash": ""}),
        ("heads", {"count": 1, "headHash": "h", "ts": TS, "data": "", "signature": ""}),
    ],
)
def test_a_missed_answer_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, wrong: Mapping[str, Any]
) -> None:
    """A wrong formula says on which case it is wrong."""
    known = {**known_answers.vectors("formulas"), name: [wrong]}
    monkeypatch.setattr(formulas, "vectors", lambda asked: known if asked == "formulas" else [])

    assert formulas.missed_answers() == (wrong.get("payload", "head 1"),)


def test_a_sound_chain_shows_nothing() -> None:
    """In whatever order its rows come."""
    events = chain(3)

    assert broken(events, keys) == ()
    assert broken(events[1:], keys, events[0].hash) == ()
    assert (forks(events), dangling(events)) == ((), ())
    assert ordered(reversed(events)) == events


def test_each_damage_is_named() -> None:
    """A link, a place, a payload, a signature, a fork, a gap: each by the event that shows it."""
    one, two, three = chain(3)

    assert unlinked([one, three]) == (f"e3 follows {two.hash} and stands after {one.hash}",)
    assert misnumbered([one, three]) == ("number 3 stands after number 1",)
    assert mishashed([replace(two, payload={})])[0].startswith(f"e2 (t): its hash is {two.hash}, ")
    assert missigned([replace(two, signature=None)], keys) == (
        "e2 (t): None is no signature of its hash and ts",
    )
    assert forks([one, two, two]) == (f"2 events follow {one.hash}",)
    assert forks([one, one]) == ("2 events follow no event",)
    assert dangling([one, three]) == (f"e3 follows {two.hash}, which is no event's hash",)
    assert ordered([one, three]) == [one]


def test_an_event_is_read_as_it_is_shown_exported_and_stored() -> None:
    """The first one tells of none before it; a store without versions tells of none."""
    one = chain(1)[0]
    told = {
        "id": "e1",
        "eventType": "t",
        "payload": {"n": 1},
        "hash": one.hash,
        "signature": one.signature,
        "signerId": "s",
        "keyVersion": "v1",
        "ts": TS,
    }
    row = {
        "id": "e1",
        "event_type": "t",
        "payload": {"n": 1},
        "prev_hash": None,
        "hash": one.hash,
        "signature": one.signature,
        "signer_id": "s",
        "ts": datetime(2026, 1, 1, tzinfo=UTC),
    }
    lines = [canonical_json({**told, "seq": 1}), '{"head":{"count":1}}']

    assert shown(told) == replace(one, seq=None)
    assert exported("\n".join(lines)) == ([one], {"count": 1})
    assert stored(row) == replace(one, seq=None, key_version="")


def test_an_instant_is_written_with_three_decimals() -> None:
    """In UTC, with a Z."""
    assert iso(datetime(2026, 1, 2, 3, 4, 5, 6000, tzinfo=UTC)) == "2026-01-02T03:04:05.006Z"


def test_a_signature_in_another_spelling_is_none() -> None:
    """Standard base64 alone is read."""
    assert signature_bytes("AA==") == b"\0"
    assert signature_bytes("A_") == signature_bytes("AA") == b""


def test_a_record_verifies_over_its_own_manifest_alone() -> None:
    """Manifest and instant are both covered."""
    raw = ed25519(SEED, manifest_text({"a": 1}, TS))
    record = {"ts": TS, "signature": base64.b64encode(raw).decode()}

    assert verifies({"a": 1}, record, [PUBLIC])
    assert not verifies({"a": 2}, record, [PUBLIC])
    assert not verifies({"a": 1}, {**record, "ts": "other"}, [PUBLIC])


def test_a_public_key_is_read_however_it_is_spelled() -> None:
    """PEM, DER and bare bytes; what is shorter than a key is none."""
    der = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + PUBLIC).decode()
    pem = f"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----\n"
    bare = base64.b64encode(PUBLIC).decode()

    assert [public_bytes(text) for text in (pem, der, bare, f'"{bare}"')] == [PUBLIC] * 4
    with pytest.raises(NoVerdict, match=r"^'no key' is no public key$"):
        public_bytes("no key")
