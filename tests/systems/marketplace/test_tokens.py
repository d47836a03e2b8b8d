"""Tokens, scopes, passwords and wallets, on the contract's vectors and beyond them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from coincurve import PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from systems.chassis import jose
from systems.chassis.jose import TokenInvalid
from systems.marketplace import keccak, passwords, scopes, tokens, wallets
from systems.marketplace.forms import wallets as wallets_of
from tests.systems.marketplace.contract import VECTORS, cases

SECRET, OLD, NOW = "s" * 32, "o" * 32, 1_760_000_000


def token(secret: str = SECRET, **claims: Any) -> str:
    """A token of somebody, with these claims otherwise; None leaves one out."""
    told = {"sub": "u1", "typ": "access", "exp": NOW + 900} | claims
    kept = {key: value for key, value in told.items() if value is not None}
    return jose.signed_with(secret, kept)


def refusal(told: str, *secrets: str) -> str:
    """Why a token is refused."""
    with pytest.raises(TokenInvalid) as caught:
        tokens.claims_of(told, secrets or [SECRET, OLD], now_seconds=NOW)
    return str(caught.value)


@pytest.mark.parametrize(
    "case", VECTORS["access_token_sign"]["cases"], ids=lambda case: case["payload"]["usr"]
)
def test_a_token_is_signed_as_the_public_system_does(case: dict[str, Any]) -> None:
    """To the byte."""
    vectors = VECTORS["access_token_sign"]
    made = tokens.access_token(
        {key: case["payload"][key] for key in ("sub", "usr", "scope") if key in case["payload"]},
        vectors["secret"],
        now_seconds=vectors["now_ms"] // 1000,
        lives_seconds=900,
    )
    assert made == case["token"]


@pytest.mark.parametrize("case", cases("access_token_verify"), ids=lambda case: case["name"])
def test_a_token_counts_or_does_not(case: dict[str, Any]) -> None:
    """As the contract says of each."""
    vectors = VECTORS["access_token_verify"]
    expected = case.get("expect", case).get("accepted", case["accepted"])
    try:
        found = tokens.claims_of(
            case["token"], [vectors["secret"]], now_seconds=vectors["now_ms"] / 1000
        )
    except TokenInvalid:
        assert not expected
    else:
        # Made with `iat` alone, these two count for nothing until they have an end.
        assert expected, found
        assert scopes.held(found) == case["live"]["claims"].get("scope", ())


def test_both_secrets_of_a_rotation_count() -> None:
    """And no third; the rest is judged alike under both."""
    for secret in (SECRET, OLD):
        assert tokens.claims_of(token(secret), [SECRET, OLD], now_seconds=NOW)["sub"] == "u1"
        assert refusal(token(secret, exp=NOW)) == "it counts no more, or for ever"
    assert refusal(token("t" * 32)) == "another secret signed it"
    assert refusal(token(OLD), SECRET) == "another secret signed it"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": None}, "it counts no more, or for ever"),
        ({"exp": True}, "it counts no more, or for ever"),
        ({"nbf": NOW + 1}, "it does not count yet"),
        ({"nbf": "0"}, "it does not count yet"),
        ({"typ": "refresh"}, "another kind of token"),
        ({"sub": 1}, "another kind of token"),
    ],
)
def test_a_token_is_refused_for_what_it_claims(claims: dict[str, Any], why: str) -> None:
    """Though its signature is right."""
    assert refusal(token(**claims)) == why


@given(st.text())
def test_no_text_is_taken_for_a_token(text: str) -> None:
    """Whatever is sent is refused, never a failure."""
    assert refusal(text)
    assert refusal(f"{text}.{text}.{text}")


@pytest.mark.parametrize("case", VECTORS["scopes"]["cases"], ids=lambda case: str(case["userType"]))
def test_scopes_follow_the_type(case: dict[str, Any]) -> None:
    """In the contract's order."""
    assert scopes.scopes(case["userType"], None, ()) == case["scopes"]


@pytest.mark.parametrize("case", cases("admin_allowlist"), ids=lambda case: case["address"])
def test_a_listed_wallet_is_an_admin_s(case: dict[str, Any]) -> None:
    """In any case."""
    listed = wallets_of(VECTORS["admin_allowlist"]["ADMIN_WALLETS"])
    found = scopes.scopes("BOTH", case["address"], listed)
    assert (found[-1] == scopes.ADMIN) is case["admin"]


@pytest.mark.parametrize("told", [None, "admin:all", {"admin:all": 1}, 1])
def test_what_is_no_list_grants_nothing(told: object) -> None:
    """Not even the word itself."""
    assert not scopes.held({"scope": told})


@pytest.mark.parametrize("case", cases("refresh_token_hash"), ids=lambda case: case["raw"])
def test_a_refresh_token_is_kept_as_its_hash(case: dict[str, Any]) -> None:
    """With the pepper, where there is one."""
    assert tokens.stored(case["raw"], case.get("pepper", "")) == case["tokenHash"]


@pytest.mark.parametrize("case", cases("password_hash"), ids=lambda case: len(case["password"]))
def test_a_password_is_the_one_that_is_kept(case: dict[str, Any]) -> None:
    """And one with another tail is not, however long it is."""
    expected = case.get("expect", case)
    word = case["password"]
    assert not asyncio.run(passwords.is_right(word + "y", case["hash"]))
    if "register_status" in expected:
        assert not passwords.is_storable(word)
        return
    assert passwords.is_storable(word)
    assert asyncio.run(passwords.is_right(word, case["hash"]))


def test_a_password_is_stored_at_cost_12(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody's hash is kept, or no hash at all, none is right."""
    kept = asyncio.run(passwords.stored("Straße"))
    assert kept.startswith("$2b$12$")
    monkeypatch.setattr(passwords, "_nobodys", lambda: kept)
    for nobody in (None, "no hash"):
        assert not asyncio.run(passwords.is_right("Straße", nobody))


def test_a_password_has_its_bounds() -> None:
    """5 characters, 72 bytes."""
    assert [passwords.is_storable(word) for word in ("abcd", "abcde", "ü" * 36, "ü" * 37)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("case", cases("wallet_signature"), ids=lambda case: case["message"][:20])
def test_a_signature_tells_who_signed(case: dict[str, Any]) -> None:
    """The message's digest, the signature and the address are the public system's."""
    key = PrivateKey.from_hex(case["privateKey"][2:])
    signed = key.sign_recoverable(wallets.digest(case["message"]), hasher=None)

    assert wallets.digest(case["message"]).hex() == case["eip191_digest"][2:]
    assert f"0x{signed[:-1].hex()}{27 + signed[-1]:02x}" == case["signature"]
    assert wallets.address(key.public_key) == case["address"].lower()
    assert wallets.signer(case["message"], case["signature"]) == case["address"].lower()
    assert wallets.signer(case["message"] + "!", case["signature"]) != case["address"].lower()


@pytest.mark.parametrize(
    "signature", ["", "0x", "0x" + "0" * 130, "0x" + "f" * 128 + "1b", "0x" + "1" * 128 + "1d", "ü"]
)
def test_what_is_no_signature_is_nobody_s(signature: str) -> None:
    """Nor does it fail."""
    assert wallets.signer("m", signature) is None


def test_keccak_is_not_sha_3() -> None:
    """The hash of nothing, as everybody who knows Ethereum knows it."""
    assert keccak.digest(b"").hex()[:16] == "c5d2460186f7233c"
