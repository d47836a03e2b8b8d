"""The claim as its check holds it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proofbook.claims import read
from proofbook.errors import ClaimError, NoVerdict
from proofbook.evidence import Measurement
from proofbook.handle import Bounds, ClaimHandle

_PAGE = "---\nowner: a\nescalation: b\n---\n\n> **shop.counts** — {}\n"


def handle(sentence: str, **scale: float) -> ClaimHandle:
    """The handle of the claim with that sentence."""
    (claim,) = read(_PAGE.format(sentence), "runbooks/shop/index.md").claims
    return ClaimHandle(claim, scale)


@pytest.mark.parametrize(
    ("stated", "literal"),
    [
        ("x = 40", 40),
        ("x = 1.5", 1.5),
        ("x <= 600 ms", timedelta(milliseconds=600)),
        ("x < 5 %", 0.05),
        ("x >= 2 KiB", 2048),
        ("x = 200 req/s", 200),
        ("x != bypass", "bypass"),
        ('x = "on call"', "on call"),
        ("x = 401, 403", (401, 403)),
    ],
)
def test_a_value_is_had_by_its_name(stated: str, literal: object) -> None:
    """Indexing gives the literal as the reader made it, whatever its operator."""
    assert handle(f"It is `{stated}`.")["x"] == literal


def test_a_claim_says_who_it_is() -> None:
    """Its id and its sentence are there for messages."""
    claim = handle("It holds `jobs = 5`.")

    assert (claim.id, claim.sentence, repr(claim)) == (
        "shop.counts",
        "It holds `jobs = 5`.",
        "<claim shop.counts>",
    )


def test_a_value_that_is_not_stated_names_those_that_are() -> None:
    """The message says where the sentence is and what it does state."""
    with pytest.raises(ClaimError) as caught:
        handle("With `workers = 4` and `jobs = 5`.")["job"]

    assert str(caught.value) == (
        "runbooks/shop/index.md:6: shop.counts states no 'job' (it states: workers, jobs)"
    )


def test_a_claim_without_values_states_nothing() -> None:
    """Values of the engine's own count as none: a check does not read them."""
    with pytest.raises(ClaimError) as caught:
        handle("It holds (`valid_for = 92 d`).")["valid_for"]

    assert str(caught.value) == (
        "runbooks/shop/index.md:6: shop.counts states no 'valid_for' (it states: nothing)"
    )


def test_two_bounds_of_one_name_are_read_together() -> None:
    """A lower and an upper bound have one name; indexing would have to choose, so it does not."""
    claim = handle("It takes `time >= 2 s` and `time <= 3 s`.")

    with pytest.raises(ClaimError) as caught:
        claim["time"]

    assert str(caught.value) == (
        "runbooks/shop/index.md:6: shop.counts states 'time' twice "
        "(`time >= 2 s`, `time <= 3 s`); read both with claim.bound('time')"
    )
    assert claim.bound("time") == Bounds(timedelta(seconds=2), timedelta(seconds=3))


@pytest.mark.parametrize(
    ("stated", "bounds"), [("x < 3", Bounds(None, 3)), ("x >= 3", Bounds(3, None))]
)
def test_one_bound_leaves_the_other_side_open(stated: str, bounds: Bounds) -> None:
    """What the sentence does not limit is `None`."""
    assert handle(f"It is `{stated}`.").bound("x") == bounds


def test_a_value_that_is_no_bound_has_none() -> None:
    """`workers = 4` sets something; there is nothing to stay between."""
    with pytest.raises(ClaimError) as caught:
        handle("With `workers = 4`.").bound("workers")

    assert str(caught.value) == (
        "runbooks/shop/index.md:6: shop.counts states no bound of 'workers' but `workers = 4`; "
        "read it with claim['workers']"
    )


def test_what_holds_is_recorded_beside_its_promise() -> None:
    """Each bound of that name gets the measurement, in the unit of the sentence."""
    claim = handle("It takes `time >= 2 s`, `time <= 3 s` and answers `status = 200`.")

    claim.expect(time=timedelta(milliseconds=2500), status=200)

    assert claim.measured == (
        Measurement(name="time", promised="time >= 2 s", measured="2.5 s", holds=True),
        Measurement(name="time", promised="time <= 3 s", measured="2.5 s", holds=True),
        Measurement(name="status", promised="status = 200", measured="200", holds=True),
    )
    assert claim.shortfall() == ""


def test_what_does_not_hold_is_an_assertion_with_all_that_broke() -> None:
    """Every measurement is recorded, also those that broke; the message names each of these."""
    claim = handle("It takes `p50 <= 1 s`, `p95 <= 600 ms` and `p99 <= 2 s`.")

    with pytest.raises(AssertionError) as caught:
        claim.expect(p50=timedelta(seconds=0.2), p95=612, p99=timedelta(seconds=3))

    assert str(caught.value) == (
        "p95 is 612 ms, promised `p95 <= 600 ms`; p99 is 3 s, promised `p99 <= 2 s`"
    )
    assert [m.holds for m in claim.measured] == [True, False, False]


def test_what_was_not_measured_hides_nothing_that_broke() -> None:
    """A promise that is seen broken is broken, whatever else could not be measured beside it."""
    claim = handle("It ends with `exit = 0`, `within <= 5 s`, after `polls = 3`.")

    with pytest.raises(AssertionError) as caught:
        claim.expect(within=None, exit=1, polls=3)
    with pytest.raises(NoVerdict) as unmeasured:
        claim.expect(within=None, polls=3)

    assert str(caught.value) == "exit is 1, promised `exit = 0`"
    assert str(unmeasured.value) == (
        "runbooks/shop/index.md:6: shop.counts states `within <= 5 s`, "
        "and its check measured nothing: None"
    )
    assert [m.name for m in claim.measured] == ["exit", "polls"]


def test_a_later_measurement_replaces_an_earlier_one() -> None:
    """A check that measures in a loop records where it ended."""
    claim = handle("It takes `p95 <= 600 ms`.")

    claim.expect(p95=500)
    claim.expect(p95=400)

    assert [m.measured for m in claim.measured] == ["400 ms"]


def test_expecting_what_is_not_stated_is_an_error() -> None:
    """A measurement without a promise is a slip of the check's."""
    with pytest.raises(ClaimError) as caught:
        handle("It takes `p95 <= 600 ms`.").expect(p99=3)

    assert str(caught.value) == (
        "runbooks/shop/index.md:6: shop.counts states no 'p99' (it states: p95)"
    )


def test_a_value_may_be_called_self() -> None:
    """Names are the runbook's business."""
    claim = handle("It is `self = 1`.")

    claim.expect(self=1)

    assert claim.shortfall() == ""


@pytest.mark.parametrize("nothing", [[], 0, "", None, False])
def test_a_guard_that_fails_gives_no_verdict(nothing: object) -> None:
    """Nothing happened, and why that says nothing."""
    with pytest.raises(NoVerdict) as caught:
        handle("It holds.").require(nothing, "no job was claimed")

    assert str(caught.value) == "no job was claimed"


def test_a_guard_that_holds_is_quiet() -> None:
    """Something happened."""
    handle("It holds.").require([7], "no job was claimed")


def test_values_that_were_never_used_are_named() -> None:
    """All of them, with the place of the sentence."""
    claim = handle("With `workers = 4`, `jobs = 5` and `p95 <= 1 s` (`valid_for = 9 d`).")

    claim["jobs"]

    assert claim.shortfall() == (
        "runbooks/shop/index.md:6: shop.counts states 'workers' and 'p95', "
        "which its check never used"
    )


def test_indexing_bounding_and_expecting_all_are_use() -> None:
    """There are three ways to use a value."""
    claim = handle("With `a = 1`, `b <= 2`, `c <= 3`.")

    claim["a"]
    claim.bound("b")
    claim.expect(c=1)

    assert claim.shortfall() == ""


def test_an_expectation_that_broke_and_was_swallowed_is_told() -> None:
    """A check that catches the assertion does not turn it into a pass."""
    claim = handle("It takes `p95 <= 600 ms`.")

    with pytest.raises(AssertionError):
        claim.expect(p95=700)

    assert claim.shortfall() == "p95 is 700 ms, promised `p95 <= 600 ms`"


def test_a_scaled_value_is_the_smaller_one() -> None:
    """The check gets what the small environment bears, and the evidence says so."""
    claim = handle("With `workers = 40` it takes `p95 <= 1 s`.", workers=4)

    assert (claim["workers"], claim.scaled) == (4, "scaled 4/40")


def test_an_unscaled_claim_says_nothing_of_a_scale() -> None:
    """No note where nothing was lowered."""
    assert handle("With `workers = 40`.").scaled == ""
