"""The suite's own tokens: sound ones hold, and each forgery is wrong."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from checks.kernel.adapter_access import NOBODY, Access
from checks.kernel.forgeries import forgeries
from checks.kernel.tokens import Issuer
from proofbook import NotAsked
from proofbook.instruments.signatures import is_ed25519
from proofbook.targets import Names

ISSUER = Issuer(seed=b"\x02" * 32, name="https://issuer.example", audience="kernel", key_id="k")
NOWHERE = Access(names=Names(), credentials={}, issuer=None, where="systems.kernel")


def read(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    """Header, claims and signature of a token."""
    raw = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split(".")]
    return json.loads(raw[0]), json.loads(raw[1]), raw[2]


def test_a_sound_token_says_who_and_is_signed() -> None:
    """By the issuer's key, over header and claims."""
    token = ISSUER.token(sub="s", roles=["Auditor"], jti=None)
    header, claims, signature = read(token)

    assert header == {"alg": "EdDSA", "typ": "JWT", "kid": "k"}
    assert (claims["iss"], claims["aud"], claims["sub"]) == (ISSUER.name, "kernel", "s")
    assert claims["roles"] == ["Auditor"]
    assert "jti" not in claims
    assert is_ed25519(ISSUER.public, token.rpartition(".")[0].encode(), signature)


def test_each_forgery_is_another_token() -> None:
    """None is the sound one, and none comes twice; without an audience there is one less."""
    claims = ISSUER.claims(sub="s", roles=["SuperAdmin"])
    forged = dict(forgeries(ISSUER, claims))
    without = Issuer(seed=ISSUER.seed, name=ISSUER.name, audience=None, key_id=None)

    assert len({*forged.values(), ISSUER.signed(claims)}) == len(forged) + 1
    assert forged.keys() - dict(forgeries(without, claims)).keys() == {"for another audience"}


def test_a_role_has_a_token_made_or_given() -> None:
    """By the issuer's key, or by reference; a principal of the check's own only by the key."""
    made = Access(names=Names(), credentials={}, issuer=ISSUER, where="systems.kernel")
    given = Access(names=Names(), credentials={"Auditor": "t"}, issuer=None, where="systems.kernel")

    assert read(made.token("Auditor"))[1]["roles"] == ["Auditor"]
    assert read(made.token(NOBODY, "me"))[1]["sub"] == "me"
    assert read(made.token(NOBODY))[1]["roles"] == []
    assert given.token("Auditor") == "t"
    assert given.bearer("Auditor") == {"Authorization": "Bearer t"}
    assert given.bearer("kms") == {}


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda: NOWHERE.token("Operator"),
            (
                "systems.kernel.credentials.Operator is not given: "
                "there is no way to have a token of the role Operator"
            ),
        ),
        (
            lambda: NOWHERE.token("Operator", "me"),
            (
                "systems.kernel.credentials.issuer is not given: "
                "there is no way to have a token for a principal that the check names"
            ),
        ),
        (
            NOWHERE.signer,
            (
                "systems.kernel.credentials.issuer is not given: "
                "there is no way to have tokens that the check makes"
            ),
        ),
    ],
)
def test_what_the_target_does_not_give_is_not_asked(ask: Any, message: str) -> None:
    """And the message says what would have to be given."""
    with pytest.raises(NotAsked) as caught:
        ask()

    assert str(caught.value) == message
