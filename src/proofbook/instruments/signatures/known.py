"""
Known answers: what others published, by which this bench is checked before it judges anybody.

RFC 8032 (Ed25519), RFC 4231 (HMAC-SHA-256), and the examples of GitHub's and Standard Webhooks' pages.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

from proofbook.errors import NoVerdict
from proofbook.instruments.signatures.keys import ed25519, hmac_sha256, is_ed25519, public_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A published Ed25519 signature."""

    name: str
    seed: bytes
    public: bytes
    message: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """A published HMAC-SHA-256 tag; shorter than 32 bytes where it was published cut."""

    name: str
    key: bytes
    message: bytes
    tag: bytes


def rfc8032() -> tuple[Signed, ...]:
    """The five signatures of RFC 8032, section 7.1."""
    return tuple(
        Signed(
            name=case["name"],
            seed=bytes.fromhex(case["seed"]),
            public=bytes.fromhex(case["public"]),
            message=bytes.fromhex(case["message"]),
            signature=bytes.fromhex(case["signature"]),
        )
        for case in _cases("rfc8032.json")
    )


def hmac_tags() -> tuple[Tagged, ...]:
    """The seven tags of RFC 4231, section 4, and two webhooks'."""
    return tuple(
        Tagged(
            name=case["name"],
            key=bytes.fromhex(case["key"]),
            message=bytes.fromhex(case["message"]),
            tag=bytes.fromhex(case["tag"]),
        )
        for case in _cases("hmac_sha256.json")
    )


def _cases(name: str) -> list[dict[str, str]]:
    text = (files("proofbook.instruments") / "vectors" / name).read_text(encoding="utf-8")
    cases: list[dict[str, str]] = json.loads(text)["cases"]
    return cases


def missed() -> tuple[str, ...]:
    """Known answers that this bench does not reproduce, by name; none, unless something is broken here."""
    signed = [
        case.name
        for case in rfc8032()
        if public_key(case.seed) != case.public
        or ed25519(case.seed, case.message) != case.signature
        or not is_ed25519(case.public, case.message, case.signature)
    ]
    tagged = [
        case.name
        for case in hmac_tags()
        if hmac_sha256(case.key, case.message)[: len(case.tag)] != case.tag
    ]
    return (*signed, *tagged)


def check_known_answers() -> None:
    """Raise `NoVerdict` unless every known answer comes out: a wrong measure measures nothing."""
    wrong = missed()
    if wrong:
        raise NoVerdict(f"the signature bench misses its own known answers: {', '.join(wrong)}")
