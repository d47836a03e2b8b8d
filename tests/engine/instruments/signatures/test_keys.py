import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import VerifyKey

from proofbook.errors import NoVerdict
from proofbook.instruments.signatures import (
    ORDER,
    check_known_answers,
    ed25519,
    hmac_sha256,
    hmac_tags,
    is_ed25519,
    known,
    missed,
    public_key,
    raised,
    rfc8032,
)

SEED = bytes(range(32))


def test_the_known_answers_come_out() -> None:
    """RFC 8032's five, RFC 4231's seven, GitHub's and Standard Webhooks'."""
    assert missed() == ()
    check_known_answers()
    assert [len(case.message) for case in rfc8032()] == [0, 1, 2, 1023, 64]
    assert len(hmac_tags()) == 9


@pytest.mark.parametrize("name", ["ed25519", "hmac_sha256", "public_key", "is_ed25519"])
def test_a_bench_that_misses_them_judges_nobody(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of its own four functions is held to them."""
    monkeypatch.setattr(known, name, lambda *_: b"")

    assert len(missed()) == (9 if name == "hmac_sha256" else 5)
    with pytest.raises(
        NoVerdict, match=r"^the signature bench misses its own known answers: [TRc]"
    ):
        check_known_answers()


@given(st.binary(min_size=32, max_size=32), st.binary())
def test_what_is_signed_verifies_and_nothing_else_does(seed: bytes, message: bytes) -> None:
    """Another message, another key."""
    signature = ed25519(seed, message)

    assert is_ed25519(public_key(seed), message, signature)
    assert not is_ed25519(public_key(seed), message + b"\0", signature)
    assert not is_ed25519(public_key(SEED), message, signature) or seed == SEED


@given(st.binary(max_size=70), st.binary(max_size=70))
def test_junk_of_any_length_is_no_signature(public: bytes, signature: bytes) -> None:
    """Never an exception."""
    assert not is_ed25519(public, b"message", signature)


def test_the_identity_signs_nothing() -> None:
    """A key of small order, under which R = identity and S = 0 verify any message with some libraries."""
    identity = b"\1" + bytes(31)

    assert not is_ed25519(identity, b"any", identity + bytes(32))


def test_a_raised_signature_is_the_same_modulo_the_order() -> None:
    """It verifies where nobody compares S with L; libsodium does."""
    signature = ed25519(SEED, b"message")

    changed = raised(signature)

    assert changed[:32] == signature[:32]
    assert int.from_bytes(changed[32:], "little") % ORDER == int.from_bytes(
        signature[32:], "little"
    )
    assert not is_ed25519(public_key(SEED), b"message", changed)
    assert VerifyKey(public_key(SEED)).verify(b"message", signature) == b"message"


def test_only_a_signature_is_raised() -> None:
    """Its length tells."""
    with pytest.raises(ValueError, match=r"^an Ed25519 signature has 64 bytes, not 32$"):
        raised(bytes(32))


def test_a_key_is_bytes_as_they_are() -> None:
    """Text of a secret and what its hex stands for are two keys."""
    assert hmac_sha256(b"5a", b"") != hmac_sha256(bytes.fromhex("5a"), b"")
