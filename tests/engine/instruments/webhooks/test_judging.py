"""What answers to attacks say."""

from __future__ import annotations

from proofbook.instruments.webhooks import (
    Answer,
    Attack,
    Outcome,
    Request,
    Right,
    broke,
    mistakes,
    not_refused,
    not_taken,
    repeated,
    told_apart,
    unasked,
)

REQUEST = Request(path="/", headers={}, body=b"")


def outcome(
    right: Right, status: int, said: str = "", *, effects: int | None = None, kind: str = "kind"
) -> Outcome:
    """An attack and its answer."""
    return Outcome(
        Attack(kind=kind, name="name", request=REQUEST, right=right),
        Answer(status=status, said=said, effects=effects),
    )


def test_a_5xx_and_no_answer_are_breaks_whatever_was_right() -> None:
    """And nothing else: a break is counted once."""
    outcomes = [outcome(right, status) for right in Right for status in (500, 503, 0)]

    assert len(broke(outcomes)) == len(mistakes(outcomes)) == len(outcomes)
    assert broke([outcome(Right.UNBROKEN, 200), outcome(Right.UNBROKEN, 499)]) == ()
    assert broke([outcome(Right.REFUSED, 0, "connection  reset")]) == (
        "kind: name: no answer connection reset",
    )


def test_a_refusal_is_a_4xx_without_effect() -> None:
    """Who answers 200 and drops it has told its sender a lie; who redirects has not refused."""
    assert not_refused([outcome(Right.REFUSED, 401), outcome(Right.REFUSED, 431, effects=0)]) == ()
    assert not_refused(
        [outcome(Right.REFUSED, s) for s in (200, 302)] + [outcome(Right.REFUSED, 400, effects=1)]
    ) == ("kind: name: 200", "kind: name: 302", "kind: name: 400")


def test_what_is_taken_takes_effect_once() -> None:
    """Where somebody counts; else its status is all there is."""
    assert not_taken([outcome(Right.TAKEN, 202), outcome(Right.TAKEN, 200, effects=1)]) == ()
    assert not_taken(
        [outcome(Right.TAKEN, 401, "no"), *(outcome(Right.TAKEN, 200, effects=n) for n in (0, 2))]
    ) == ("kind: name: 401 no", "kind: name: 200", "kind: name: 200")


def test_a_repeat_takes_no_effect() -> None:
    """Whether it is answered with 200 or with 409."""
    quiet = [outcome(Right.WITHOUT_EFFECT, s, effects=0) for s in (200, 409)]

    assert repeated([*quiet, outcome(Right.WITHOUT_EFFECT, 200)]) == ()
    assert repeated([outcome(Right.WITHOUT_EFFECT, 200, effects=1)]) == ("kind: name: 200",)


def test_keys_that_do_not_count_are_answered_alike() -> None:
    """Status and text; other kinds may differ."""
    alike = [outcome(Right.REFUSED, 401, "no", kind="other key")] * 2

    assert told_apart([*alike, outcome(Right.REFUSED, 400)]) == ()
    assert told_apart([*alike, outcome(Right.REFUSED, 401, "not yours", kind="other key")]) == (
        "other key: name: 401 no",
        "other key: name: 401 not yours",
    )


def test_who_takes_nothing_has_refused_nothing() -> None:
    """The request that attacks were made of must have been sent, and taken."""
    itself = outcome(Right.TAKEN, 200, kind="the request itself")

    assert unasked([outcome(Right.REFUSED, 401), itself]) == ()
    assert unasked([]) == (
        "nothing was to be refused",
        "the request that the attacks were made of was not sent",
    )
    assert unasked(
        [outcome(Right.REFUSED, 401), outcome(Right.TAKEN, 401, kind="the request itself")]
    ) == ("not taken: the request itself: name: 401",)
