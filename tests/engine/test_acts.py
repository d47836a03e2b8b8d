"""What people and the tool put on the log: bodies are read exactly, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from proofbook.acts import Cited, Override, Ruling, SignOff, Waiver, body, kind_of, said
from tests.engine.gate import world

WORDS = (
    SignOff(
        claim="a.b",
        digest="d",
        target="t",
        kind="twin",
        role="SRE",
        answer="yes",
        note="",
        until="2027-01-01T00:00:00Z",
    ),
    Override(gate="g", target="t", release={"api": "1"}, reason="r", until="2027-01-01T00:00:00Z"),
    Ruling(
        gate="g",
        target=None,
        policy="p",
        opens=True,
        exit=0,
        claims=(Cited(claim="a.b", verdict="pass", digest="d", sentence="s", place="p:1", run=""),),
        heads=("x:1:" + "ab" * 16,),
        cites=("x",),
    ),
)


@pytest.mark.parametrize("word", WORDS, ids=kind_of)
def test_an_act_says_what_was_put_into_it(word: SignOff | Override | Ruling) -> None:
    """Through its body and back."""
    act = world.act(word, "SHA256:ada")
    assert act.kind == kind_of(word)
    assert said(act) == word


def test_kinds_that_are_not_read_here_say_nothing() -> None:
    """A prune is the store's own."""
    assert said(replace(world.act(WORDS[0], "SHA256:ada"), kind="prune")) is None


@pytest.mark.parametrize(
    ("word", "changed", "why"),
    [
        (WORDS[0], {"answer": "perhaps"}, "its answer is 'perhaps', not yes, no, not applicable"),
        (
            WORDS[0],
            {"until": "2027-01-01T00:00:00"},
            "2027-01-01T00:00:00 is an instant without an offset",
        ),
        (WORDS[0], {"role": 3}, "answer.role is a whole number where a text belongs"),
        (WORDS[0], {"extra": ""}, "answer has unknown keys: extra"),
        (
            WORDS[2],
            {"heads": ["x"]},
            "'x' is no head of a log. Copy the line that a run ends with: CHAIN:COUNT:DIGEST.",
        ),
        (
            WORDS[2],
            {"claims": [{**body(WORDS[2])["claims"][0], "place": "p"}]},  # type: ignore[index] # a list
            "a.b: its place is 'p', not path:line",
        ),
    ],
)
def test_what_is_no_body_says_why(
    word: SignOff | Ruling, changed: dict[str, object], why: str
) -> None:
    """Nobody guesses."""
    act = world.act(word, "SHA256:ada")
    with pytest.raises(ValueError, match=r".") as refusal:
        said(replace(act, body={**act.body, **changed}))
    assert str(refusal.value) == why


def test_every_kind_has_a_name() -> None:
    """By which the log calls it."""
    waiver = Waiver(
        claim="a.b",
        digest="d",
        target="t",
        kind="twin",
        verdict="fail",
        owner="o",
        reason="r",
        until="u",
    )
    assert kind_of(waiver) == "waiver"
