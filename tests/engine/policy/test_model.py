"""Who counts when, which claims a row means, and what a policy may not name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from proofbook.errors import PolicyError
from proofbook.policy import Policy, Principal, check, find, parse

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ADA = Principal(name="ada", keys=("SHA256:a",), roles=frozenset({"SRE"}))
BOB = Principal(
    name="bob",
    keys=("SHA256:b", "SHA256:c"),
    roles=frozenset({"SRE", "DBA"}),
    begins=NOON,
    ends=NOON + HOUR,
)
EVE = Principal(name="eve", keys=("SHA256:e",), roles=frozenset({"SRE"}), revoked=NOON)
POLICY = Policy(path="gates.toml", digest="", principals=(ADA, BOB, EVE))

TEXT = """\
schema = 1
[gates.promote]
waivers = "coreos.*"
never_waived = "coreos.b"
waived_by = "SRE"
rows = [
  { select = "coreos", without = "coreos.b", on = "twin" },
]
"""


@pytest.mark.parametrize(
    ("who", "dated", "why"),
    [
        (ADA, NOON, ""),
        (BOB, NOON, ""),
        (BOB, NOON - HOUR, "whose key counts from 2026-11-21T12:00:00+00:00 on"),
        (BOB, NOON + HOUR, "whose key counted until 2026-11-21T13:00:00+00:00"),
        (EVE, NOON - HOUR, "whose key was revoked on 2026-11-21T12:00:00+00:00"),
    ],
)
def test_a_key_counts_within_its_time(who: Principal, dated: datetime, why: str) -> None:
    """A revoked one counts for nothing, however early it dates what it signs."""
    assert who.why_not(dated, NOON + 2 * HOUR) == why
    assert who.may_speak(dated, NOON + 2 * HOUR) is (not why)


def test_each_person_speaks_once() -> None:
    """Two keys of one person are one person; a foreign key and another role are nobody."""
    signers = ("SHA256:b", "SHA256:c", "SHA256:a", "SHA256:x", "SHA256:e")
    assert POLICY.speakers(signers, {"SRE"}, dated=NOON, now=NOON) == (BOB, ADA)
    assert POLICY.speakers(signers, {"DBA"}, dated=NOON, now=NOON) == (BOB,)
    assert POLICY.holders("DBA") == (BOB,)
    assert POLICY.principal("SHA256:x") is None


def test_a_row_chooses_without_what_it_leaves_out() -> None:
    """And a gate waives what it allows, without what it never does."""
    gate = find(parse(TEXT, "gates.toml"), "promote")
    assert gate.rows[0].chosen(["coreos.a", "coreos.b", "kernel.c"]) == {"coreos.a"}
    assert gate.rows[0].fits("staging", "twin")
    assert not gate.rows[0].fits("staging", "deployment")
    assert not gate.rows[0].fits("twin", "stand-in")
    assert gate.may_waive("coreos.a")
    assert not gate.may_waive("coreos.b")
    assert not gate.may_waive("kernel.c")


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (
            "promote",
            "schema = 1",
            "gates.toml:1: states no gate, so nothing can pass one; add [gates.<name>] with rows.",
        ),
        (
            "promot",
            TEXT,
            "gates.toml:1: states no gate 'promot'; did you mean promote? There are: promote.",
        ),
        ("x", TEXT, "gates.toml:1: states no gate 'x'. There are: promote."),
    ],
)
def test_a_gate_that_is_not_there_is_named(name: str, text: str, said: str) -> None:
    """With those that are."""
    with pytest.raises(PolicyError) as refusal:
        find(parse(text, "gates.toml"), name)
    assert str(refusal.value) == said


def test_a_policy_that_names_what_nobody_states_is_refused() -> None:
    """Claims, kinds of places and targets, all at once."""
    text = """\
schema = 1
[gates.promote]
waivers = "coreos.x"
waived_by = "SRE"
rows = [
  { select = ["coreos.claimed-onc", "coreos.*"], on = "twin" },
  { select = "kernel", without = "coreos.y", on = ["deployment", "moon"] },
]
"""
    with pytest.raises(PolicyError) as refusal:
        check(parse(text, "gates.toml"), ["coreos.claimed-once"], ["local"])
    assert str(refusal.value).splitlines() == [
        'gates.toml:2: gates.promote.waivers names "coreos.x", which no runbook states; correct it, or take it out.',
        'gates.toml:6: gates.promote: select names "coreos.claimed-onc", which no runbook states; did you mean coreos.claimed-once?',
        'gates.toml:7: gates.promote: on = "moon" is no kind of place and no target. Known are stand-in, twin, deployment, local.',
        'gates.toml:7: gates.promote: select names "kernel", which no runbook states; correct it, or take it out.',
        'gates.toml:7: gates.promote: without names "coreos.y", which no runbook states; correct it, or take it out.',
    ]
