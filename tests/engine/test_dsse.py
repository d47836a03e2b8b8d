"""Envelopes: what others verify, and what nobody may open."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined] # its door is older than __all__

from proofbook import dsse

#: RFC 8032, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNER = dsse.Signer("ci", lambda data: SigningKey(SEED).sign(data).signature)
OTHER_KEY = SigningKey(b"o" * 32)
OTHER = dsse.Signer("other", lambda data: OTHER_KEY.sign(data).signature)
STATEMENT = (
    '{"_type":"https://in-toto.io/Statement/v1","predicate":{"configuration":[{"digest":{"sha256":'
    '"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"},"name":"runbooks/restore.md"'
    '}],"failedTests":[],"passedTests":["restore.row-count"],"result":"PASSED","warnedTests":[]},'
    '"predicateType":"https://in-toto.io/attestation/test-result/v0.1","subject":[{"digest":{"sha256":'
    '"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},"name":"ghcr.io/acme/worker"}]}'
)


def elsewhere(text: str, key: bytes = PUBLIC, keyid: str = "ci") -> bytes:
    """The body as the verifier of in-toto's authors opens it; raises what that raises."""
    known = SSlibKey(keyid, "ed25519", "ed25519", {"public": key.hex()})
    envelope = Envelope.from_dict(json.loads(text))
    envelope.verify([known], 1)
    return bytes(envelope.payload)


def test_the_signed_bytes_are_those_of_the_specification() -> None:
    """The example that the specification gives, and a kind that is longer in bytes than in letters."""
    assert dsse.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert dsse.pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


@pytest.mark.parametrize(
    ("kind", "body", "signature"),
    [
        (
            "http://example.com/HelloWorld",
            b"hello world",
            "4DHX3Zn4qpBKvEj7maE8O9u9bjXEnPLLnyXVUJ2PXJR8DSLcL3QDpFvfJOj3pB/SPHsl6Jg4boxsMb6KvuYABw==",
        ),
        (
            dsse.INTOTO,
            STATEMENT.encode(),
            "ZmiIN8jyReoqsJzG8QA31x0wKtfFwftfCYbxL+643F34FrzrUBPyH1h7GE1W+MPhm2BSJQKmc9L1GeZs2KsQDA==",
        ),
    ],
    ids=["hello", "statement"],
)
def test_a_known_key_signs_what_it_is_known_to_sign(kind: str, body: bytes, signature: str) -> None:
    """Ed25519 has one signature for a key and a message: these were made elsewhere."""
    text = dsse.sealed(body, SIGNER, kind=kind)
    assert json.loads(text) == {
        "payload": b64encode(body).decode(),
        "payloadType": kind,
        "signatures": [{"keyid": "ci", "sig": signature}],
    }
    assert dsse.opened(text, {"ci": PUBLIC}, kind=kind) == dsse.Opened(body, ("ci",))


@given(st.binary(max_size=200), st.text(max_size=20))
def test_another_verifier_opens_every_envelope(body: bytes, kind: str) -> None:
    """`securesystemslib`, which knows nothing of us, gets the same bytes out."""
    kind = kind.encode(errors="ignore").decode()
    assert elsewhere(dsse.sealed(body, SIGNER, kind=kind)) == body


def test_no_byte_of_an_envelope_can_be_flipped() -> None:
    """Each bit of payload, kind and signature counts, for that verifier and for ours."""
    whole = json.loads(dsse.sealed(b"every claim holds", SIGNER))
    signature = whole["signatures"][0]
    flipped = [
        *(whole | {"payload": broken} for broken in flips(whole["payload"])),
        *(whole | {"signatures": [signature | {"sig": b}]} for b in flips(signature["sig"])),
        *(whole | {"payloadType": whole["payloadType"][:n] + "X"} for n in range(5)),
    ]
    assert len(flipped) == 8 * (17 + 64) + 5
    for envelope in map(json.dumps, flipped):
        with pytest.raises(VerificationError):
            elsewhere(envelope)
        with pytest.raises(ValueError, match="none of its 1 signatures is by a trusted key"):
            dsse.opened(envelope, {"ci": PUBLIC})


def flips(text: str) -> list[str]:
    """The base64 of every byte string that differs from this one's in a single bit."""
    data = b64decode(text)
    number = int.from_bytes(data)
    changed = [(number ^ (1 << bit)).to_bytes(len(data)) for bit in range(8 * len(data))]
    return [b64encode(each).decode() for each in changed]


def test_no_byte_of_its_text_can_be_changed_unseen() -> None:
    """Only what a signature is called may differ: it decides nothing."""
    text = dsse.sealed(b"every claim holds", SIGNER)
    name = '"keyid":"ci",'
    called = range(text.index(name), text.index(name) + len(name))
    for place in set(range(len(text))) - set(called):
        for bit in range(7):
            changed = f"{text[:place]}{chr(ord(text[place]) ^ 1 << bit)}{text[place + 1 :]}"
            with pytest.raises(ValueError, match=r"it is no envelope|by a trusted key"):
                dsse.opened(changed, {"ci": PUBLIC})


def test_several_may_sign_and_a_foreign_signature_does_no_harm() -> None:
    """Whoever is trusted counts, under the name that the reader gives the key."""
    text = dsse.sealed(b"x", OTHER, SIGNER)
    keys = {"their name for it": PUBLIC, "other": bytes(OTHER_KEY.verify_key)}
    assert dsse.opened(text, {"ci": PUBLIC}).signers == ("ci",)
    assert dsse.opened(text, keys).signers == ("other", "their name for it")


def test_a_key_s_name_in_the_envelope_decides_nothing() -> None:
    """A foreign key that calls itself by a trusted one's name opens nothing."""
    text = dsse.sealed(b"x", dsse.Signer("ci", OTHER.sign))
    with pytest.raises(ValueError, match="none of its 1 signatures is by a trusted key"):
        dsse.opened(text, {"ci": PUBLIC})


def test_the_url_safe_alphabet_is_read_too() -> None:
    """As the specification asks; with or without padding."""
    body = b"\xfb\xff\xfe?"
    whole = json.loads(dsse.sealed(body, SIGNER))
    whole["payload"] = urlsafe_b64encode(body).decode().rstrip("=")
    assert dsse.opened(json.dumps(whole), {"ci": PUBLIC}).body == body


NO_ENVELOPE = "it is no envelope: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", NO_ENVELOPE + "JSONDecodeError, Expecting value: line 1 column 1 (char 0)"),
        ("[]", NO_ENVELOPE + "TypeError, list indices must be integers or slices, not str"),
        ("{}", NO_ENVELOPE + "KeyError, 'signatures'"),
        ("[" * 10**5, NO_ENVELOPE + "RecursionError"),
        ('{"payload":"","payloadType":"x","signatures":[]}', "none of its 0 signatures"),
        (
            '{"payload":"","payloadType":1,"signatures":[]}',
            NO_ENVELOPE + "ValueError, 1 is no text",
        ),
        (
            '{"payload":"a","payloadType":"x","signatures":[]}',
            NO_ENVELOPE + "ValueError, it is not base64: ",
        ),
        (
            '{"payload":"eB==","payloadType":"x","signatures":[]}',
            NO_ENVELOPE + "ValueError, it is not base64: bits are set that belong to no byte",
        ),
        (
            '{"payload":"","payloadType":"x","signatures":[{"sig":"AAAA"}]}',
            "none of its 1 signatures is by a trusted key",
        ),
    ],
    ids=[
        "empty",
        "list",
        "object",
        "deep",
        "unsigned",
        "kind",
        "base64",
        "stray-bits",
        "short-signature",
    ],
)
def test_what_is_no_envelope_says_why(text: str, message: str) -> None:
    """Each refusal has its own words."""
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the words are compared below
        dsse.opened(text, {"ci": PUBLIC})
    assert str(refused.value).startswith(message)


def test_another_kind_of_payload_is_refused_although_it_is_signed() -> None:
    """A signature on one thing is none on another."""
    text = dsse.sealed(b"x", SIGNER, kind="text/plain")
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the words are compared below
        dsse.opened(text, {"ci": PUBLIC})
    assert str(refused.value) == (
        "it is signed as 'text/plain' and was taken for 'application/vnd.in-toto+json'"
    )


def test_a_huge_text_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody fills our memory with an envelope."""
    monkeypatch.setattr(dsse, "LARGEST", 10)
    with pytest.raises(ValueError, match="it is longer than 10 characters"):
        dsse.opened("x" * 11, {})


def test_a_trusted_key_that_is_none_opens_nothing() -> None:
    """A key of the wrong length is a key that has signed nothing."""
    with pytest.raises(ValueError, match="none of its 1 signatures is by a trusted key"):
        dsse.opened(dsse.sealed(b"x", SIGNER), {"short": b"x"})
