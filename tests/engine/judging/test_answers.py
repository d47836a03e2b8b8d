"""What people answer: each role by somebody who has it, two roles by two people, until an instant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from proofbook.acts import NO, NOT_APPLICABLE, YES, SignOff
from proofbook.gate import decide
from proofbook.policy import Principal
from tests.engine.gate import world
from tests.engine.gate.world import BOTH, DAY, HOUR, MINUTE, NOON, SIGNED

if TYPE_CHECKING:
    from datetime import datetime

    from proofbook.claims import Claim
    from proofbook.gate import Question
    from proofbook.log import Act

UNTIL = (NOON + DAY).isoformat()
WORD = SignOff(
    claim=SIGNED.id,
    digest=SIGNED.digest,
    target="copy",
    kind="twin",
    release=world.RELEASE,
    role="SRE",
    answer=YES,
    note="",
    until=UNTIL,
)


def said(question: Question) -> tuple[str, str]:
    """The verdict in words, and why."""
    (answer,) = decide(question).answers
    return answer.standing.shown, answer.standing.reason


def asked(*acts: Act, claim: Claim = SIGNED, **facts: Any) -> Question:
    """A question of one claim that people answer, on a release that is named."""
    return world.question(world.log(*acts), claim, **{"release": world.RELEASE, **facts})


def test_nobody_has_answered() -> None:
    """It says who can."""
    assert said(asked()) == ("no_verdict", "awaits SRE (ada, bob)")
    assert said(asked(policy=world.policy(people=()))) == (
        "no_verdict",
        "awaits SRE (nobody has that role)",
    )


def test_a_yes_is_a_pass_until_it_ends() -> None:
    """Then it is stale."""
    question = asked(world.act(WORD, "SHA256:ada"))
    assert said(question) == ("pass", "")
    assert decide(question).answers[0].standing.valid_until == NOON + DAY
    assert said(replace(question, now=NOON + DAY)) == (
        "stale",
        "ada (SRE) answered, but it ran out on 2026-11-22T12:00:00+00:00",
    )


def test_not_applicable_passes_with_its_note() -> None:
    """So that everybody sees why."""
    word = replace(WORD, answer=NOT_APPLICABLE, note="nobody is on call here")
    assert said(asked(world.act(word, "SHA256:ada"))) == (
        "pass",
        "not applicable: nobody is on call here",
    )


def test_a_no_stands_until_the_same_person_says_otherwise() -> None:
    """Neither another's yes nor time clears it."""
    no = world.act(replace(WORD, answer=NO, note="the pager is off"), "SHA256:ada")
    yes = world.act(WORD, "SHA256:bob", at=NOON - MINUTE)
    told = ("fail", "ada (SRE) says no: the pager is off")
    assert said(asked(no, yes)) == told
    assert said(replace(asked(no, yes), now=NOON + 2 * DAY)) == told
    assert said(asked(no, yes, world.act(WORD, "SHA256:ada", at=NOON - MINUTE))) == ("pass", "")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"digest": "ab" * 32}, "the sentence has changed since"),
        (
            {"release": {"shop.api": "sha256:bbbb"}},
            "another release by now: shop.api was sha256:bbbb, is sha256:aaaa",
        ),
    ],
)
def test_an_answer_to_another_question_is_stale(changed: dict[str, object], reason: str) -> None:
    """A sentence or a release later it is asked again."""
    word = replace(WORD, **changed)  # type: ignore[arg-type] # fields as they come
    assert said(asked(world.act(word, "SHA256:ada"))) == (
        "stale",
        f"ada (SRE) answered, but {reason}",
    )


@pytest.mark.parametrize(
    ("word", "signer", "at"),
    [
        (WORD, "SHA256:eve", NOON),
        (WORD, "SHA256:ci", NOON),
        (WORD, "SHA256:ada", NOON + MINUTE),
        (replace(WORD, role="DBA"), "SHA256:bob", NOON),
        (replace(WORD, target="other", kind="deployment"), "SHA256:ada", NOON),
        (replace(WORD, claim="shop.other"), "SHA256:ada", NOON),
    ],
    ids=["foreign", "machine", "future", "role", "place", "claim"],
)
def test_what_is_no_answer_to_it_counts_for_nothing(
    word: SignOff, signer: str, at: datetime
) -> None:
    """Another key, role, place or claim, or a date to come."""
    assert said(asked(world.act(word, signer, at=at)))[0] == "no_verdict"


def test_two_roles_need_two_people() -> None:
    """Whoever has both roles answers for one of them."""
    sre = replace(WORD, claim=BOTH.id, digest=BOTH.digest)
    dba = replace(sre, role="DBA")
    mine = [world.act(sre, "SHA256:bob"), world.act(dba, "SHA256:bob")]
    assert said(asked(mine[0], claim=BOTH)) == ("no_verdict", "awaits DBA (bob)")
    assert said(asked(*mine, claim=BOTH)) == (
        "no_verdict",
        "SRE and DBA are 2 people, and one answered for both",
    )
    assert said(asked(*mine, world.act(sre, "SHA256:ada"), claim=BOTH)) == ("pass", "")


def test_one_act_of_two_signers_is_two_peoples() -> None:
    """They may sign the same bytes."""
    question = asked(world.act(replace(WORD, role="SRE"), "SHA256:ada", "SHA256:bob"))
    assert said(question) == ("pass", "")


def test_a_row_may_want_fresher_answers() -> None:
    """`max_age` holds for people, too."""
    rules = world.policy(world.GATES.replace('on = "twin"', 'on = "twin", max_age = "2 h"'))
    question = asked(world.act(WORD, "SHA256:ada"), policy=rules)
    assert said(question) == ("pass", "")
    assert said(replace(question, now=NOON + HOUR))[0] == "stale"


def test_a_revoked_yes_counts_no_more_and_a_revoked_no_still_does() -> None:
    """Losing a key opens nothing."""
    gone = Principal(name="ada", keys=("SHA256:ada",), roles=frozenset({"SRE"}), revoked=NOON)
    rules = world.policy(people=(gone,))
    yes, no = world.act(WORD, "SHA256:ada"), world.act(replace(WORD, answer=NO), "SHA256:ada")
    assert said(asked(yes, policy=rules))[0] == "no_verdict"
    assert said(asked(no, policy=rules))[0] == "fail"
