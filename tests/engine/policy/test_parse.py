"""A policy file is read whole, or refused with everything that is wrong with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from proofbook.errors import PolicyError
from proofbook.policy import parse
from proofbook.signing import fingerprint, line_of

ADA = bytes(SigningKey(bytes(32)).verify_key)
BOB = bytes(SigningKey(bytes(31) + b"\1").verify_key)

WHOLE = f"""\
schema = 1

[principals.ci]
keys = ["{fingerprint(BOB)}"]
roles = ["ci"]
from = 2026-01-01T00:00:00Z
until = 2027-01-01T00:00:00+01:00
revoked = 2026-06-01T00:00:00Z

[principals.ada]
keys = ["{line_of(ADA, "ada@example")}"]
roles = ["SRE", "Release engineer"]

[gates.promote]
trusts = ["ci"]
clean_reruns = 5
waivers = ["coreos.*"]
never_waived = "coreos.claimed-once"
waived_by = "SRE"
longest_waiver = "7 d"
overridden_by = ["SRE", "Release engineer"]
retired_by = ["Release engineer"]
rows = [
  {{ select = "coreos", without = "coreos.image-*", on = ["twin", "staging"], max_age = "7 d", at_least = 3, scaled = true }},
  {{ select = ["coreos.*", "kernel"], on = "deployment" }},
]
"""

NEVER = f"""\
schema = 1
[principals.a]
roles = ["x"]
keys = ["{fingerprint(ADA)}"]
from = 2026-01-01T00:00:00Z
until = 2026-01-01T00:00:00Z
"""


def problems(text: str) -> list[str]:
    """What is wrong with a policy, as a person reads it."""
    with pytest.raises(PolicyError) as refusal:
        parse(text, "gates.toml")
    return str(refusal.value).splitlines()


def test_a_whole_policy_is_read() -> None:
    """Every key that a policy can hold has its place."""
    policy = parse(WHOLE, "gates.toml")

    ci, ada = policy.principals
    assert policy.digest == sha256(WHOLE.encode()).hexdigest()
    assert ci.keys == (fingerprint(BOB),)
    assert ci.begins == datetime(2026, 1, 1, tzinfo=UTC)
    assert ci.ends == datetime(2026, 12, 31, 23, tzinfo=UTC)
    assert ci.revoked == datetime(2026, 6, 1, tzinfo=UTC)
    assert ada.keys == (fingerprint(ADA),)
    assert ada.roles == {"SRE", "Release engineer"}
    gate = policy.gates["promote"]
    assert (gate.name, sorted(gate.trusts), gate.clean_reruns) == ("promote", ["ci"], 5)
    assert (gate.waivers, gate.never_waived) == (("coreos.*",), ("coreos.claimed-once",))
    assert (sorted(gate.waived_by), gate.longest_waiver) == (["SRE"], timedelta(days=7))
    assert gate.overridden_by == {"SRE", "Release engineer"}
    assert gate.retired_by == {"Release engineer"}
    first, second = gate.rows
    assert first.on == ("twin", "staging")
    assert first.max_age == timedelta(days=7)
    assert (first.at_least, first.scaled) == (3, True)
    assert (second.at_least, second.scaled, second.max_age) == (1, False, None)
    assert [str(row.place) for row in gate.rows] == ["gates.toml:24", "gates.toml:25"]
    assert first.name == "coreos on twin or staging"


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """In reading order, with the line, what stood there, and what to write."""
    text = """\
schema = 2
owner = "ada"

[principals.ci]
keys = ["ssh-rsa AAAA ci", "SHA256:short"]
roles = ["local"]
from = 2026-01-01
until = "tomorrow"

[principals.ada]

[gates.promote]
trusts = ["local"]
clean_reruns = 0
waivers = ["coreos.*"]
rows = [
  { select = "coreos", max_age = "a week", om = "twin" },
  "coreos",
  { on = 3, at_least = true },
]

[gates.empty]
longest_waiver = "never"
"""
    assert problems(text) == [
        "gates.toml:1: schema: 2 is not a schema that this Proofbook reads; that is 1.",
        "gates.toml:2: owner: is no key here. Known are schema, principals, gates.",
        "gates.toml:5: principals.ci.keys[0]: is no key: its kind is ssh-rsa, and only ssh-ed25519 is read. Write a line of id_ed25519.pub, or SHA256:… of one.",
        "gates.toml:5: principals.ci.keys[1]: is no key: its kind is SHA256:short, and only ssh-ed25519 is read. Write a line of id_ed25519.pub, or SHA256:… of one.",
        'gates.toml:6: principals.ci.roles: "local" is the role of each clone\'s own key; name another.',
        "gates.toml:7: principals.ci.from: 2026-01-01 is not an instant with its offset such as 2027-01-31T12:00:00Z, without quotes.",
        'gates.toml:8: principals.ci.until: "tomorrow" is not an instant with its offset such as 2027-01-31T12:00:00Z, without quotes.',
        'gates.toml:10: principals.ada: has no keys; add keys = ["ssh-ed25519 AAAA…"], the line of a .pub file.',
        'gates.toml:10: principals.ada: has no roles; add roles = ["SRE"], the words that claims and gates use.',
        'gates.toml:13: gates.promote.trusts: "local" opens no gate but "local": anybody has such a key.',
        "gates.toml:14: gates.promote.clean_reruns: 0 is not a whole number above zero.",
        'gates.toml:15: gates.promote.waivers: says nobody who may waive; add waived_by = ["…"], roles.',
        'gates.toml:17: gates.promote.rows[0].max_age: "a week" is not a duration such as "20 s" (units: ms, s, min, h, d, w).',
        "gates.toml:17: gates.promote.rows[0].om: is no key here. Known are select, without, on, max_age, at_least, scaled.",
        'gates.toml:17: gates.promote.rows[0]: has no on; add on = "deployment".',
        'gates.toml:18: gates.promote.rows[1]: "coreos" is not a table such as { select = "coreos", on = "twin" }.',
        "gates.toml:19: gates.promote.rows[2].at_least: true is not a whole number above zero.",
        'gates.toml:19: gates.promote.rows[2].on: 3 is not a word such as "a", or a list of them.',
        'gates.toml:19: gates.promote.rows[2]: has no select; add select = "coreos.*".',
        'gates.toml:22: gates.empty: asks for nothing; add rows = [{ select = "coreos", on = "deployment" }].',
        'gates.toml:23: gates.empty.longest_waiver: "never" is not a duration such as "20 s" (units: ms, s, min, h, d, w).',
    ]


def test_a_key_is_one_persons() -> None:
    """Two roles need two people, and a key under two names would be two of them."""
    key = fingerprint(ADA)
    text = f'schema = 1\n[principals.ada]\nkeys = ["{key}"]\nroles = ["SRE"]\n'
    text += f'[principals.eve]\nkeys = ["{key}"]\nroles = ["DBA"]\n'
    assert problems(text) == [
        f"gates.toml:3: principals.ada.keys: {key} is the key of ada and eve; a key stands once.",
        f"gates.toml:6: principals.eve.keys: {key} is the key of ada and eve; a key stands once.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "gates.toml:1: says no schema; add schema = 1."),
        (
            "schema = true",
            "gates.toml:1: schema: true is not a schema that this Proofbook reads; that is 1.",
        ),
        (
            "schema = ?",
            "gates.toml:1: is not TOML: Invalid value (column 10); text stands in quotes.",
        ),
        (
            'schema = 1\n[gates.a]\nrows = "all"',
            'gates.toml:3: gates.a.rows: "all" is not a list such as [{ select = "coreos", on = "deployment" }].',
        ),
        (
            NEVER,
            "gates.toml:6: principals.a.until: is not after from; nothing is ever signed between them.",
        ),
    ],
)
def test_what_is_no_policy_says_why(text: str, said: str) -> None:
    """One line for one mistake."""
    assert problems(text) == [said]


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is a policy or a refusal with a line."""
    with suppress(PolicyError):
        parse(text, "gates.toml")
