"""The exact test: known figures, and what must hold of all others."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.latency.binomial import at_least, at_most
from proofbook.latency.deciding import (
    Decision,
    alphas,
    decide,
    fewest_trials,
    least_that_fails,
    most_that_pass,
)

TRIALS = st.integers(1, 60)
CHANCES = st.sampled_from([Fraction(1, 20), Fraction(1, 2), Fraction(1, 1000), Fraction(99, 100)])


def exact(count: int, trials: int, chance: Fraction) -> float:
    """The probability of `count` or fewer, in fractions."""
    each = (
        comb(trials, n) * chance**n * (1 - chance) ** (trials - n) for n in range(max(0, count + 1))
    )
    return float(sum(each))


@given(st.data(), TRIALS, CHANCES)
def test_tails_are_exact(data: st.DataObject, trials: int, chance: Fraction) -> None:
    """To eleven digits, in both directions."""
    count = data.draw(st.integers(-1, trials + 1))

    assert at_most(count, trials, float(chance)) == pytest.approx(
        exact(min(count, trials), trials, chance), rel=1e-11, abs=1e-300
    )
    assert at_least(count + 1, trials, float(chance)) == pytest.approx(
        1 - exact(min(count, trials), trials, chance), rel=1e-11, abs=1e-12
    )


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_certainties_are_certain(chance: float) -> None:
    """What never happens, and what always does."""
    assert at_most(2, 5, chance) == (0.0 if chance else 1.0)
    assert at_least(2, 5, chance) == (1.0 if chance else 0.0)
    assert at_most(5, 5, chance) == at_least(0, 5, chance) == 1.0


@pytest.mark.parametrize(
    ("trials", "passes", "fails"),
    [(200, 3, 19), (1000, 34, 68), (5000, 214, 287), (20_000, 928, 1073), (100_000, 4839, 5162)],
)
def test_the_known_limits_are_met(trials: int, passes: int, fails: int) -> None:
    """Of a p95 at 1 %, as scipy's exact binomial gives them."""
    assert (most_that_pass(trials, 0.05), least_that_fails(trials, 0.05)) == (passes, fails)
    assert decide(passes, trials, 0.05) is Decision.PASS
    assert decide(passes + 1, trials, 0.05) is decide(fails - 1, trials, 0.05) is Decision.MORE
    assert decide(fails, trials, 0.05) is Decision.FAIL


def test_a_pass_takes_so_many_at_least() -> None:
    """Without a single bad one: p95, p99 and p99.9 at 1 %."""
    assert [fewest_trials(allowed) for allowed in (0.05, 0.01, 0.001)] == [90, 459, 4603]
    assert most_that_pass(89, 0.05) == -1


def test_nothing_decides_nothing() -> None:
    """Zero requests ask for more."""
    assert decide(0, 0, 0.05) is Decision.MORE


@given(TRIALS, st.data())
def test_more_bad_ones_are_never_better(trials: int, data: st.DataObject) -> None:
    """From PASS over MORE to FAIL, in this order."""
    order = [Decision.PASS, Decision.MORE, Decision.FAIL]
    allowed = data.draw(st.floats(0.001, 0.5))

    found = [order.index(decide(bad, trials, allowed)) for bad in range(trials + 1)]

    assert found == sorted(found)


def test_all_looks_together_spend_no_more_than_the_whole() -> None:
    """Each half of the last one's."""
    assert list(islice(alphas(0.01), 3)) == [0.005, 0.0025, 0.00125]
