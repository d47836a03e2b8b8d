"""
Whether a share is kept, by an exact test with three answers.

Of `trials` requests `bad` were bad, and a share `allowed` of them may be. PASS: so few would be as
unlikely as alpha if more were bad in truth; FAIL: so many would be as unlikely if fewer were; MORE:
neither can be said yet. Each further look at more requests spends half of what the last one spent, so
that all looks together are wrong at most with the alpha of the whole.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from proofbook.latency.binomial import at_least, at_most

if TYPE_CHECKING:
    from collections.abc import Iterator

#: How often all looks at one claim together may be wrong.
ALPHA = 0.01


class Decision(StrEnum):
    """What a number of bad requests says."""

    PASS = "pass"  # noqa: S105 - a decision, not a password
    FAIL = "fail"
    MORE = "more"


def decide(bad: int, trials: int, allowed: float, alpha: float = ALPHA) -> Decision:
    """The decision on `bad` of `trials`; of nothing it is MORE."""
    if trials and at_most(bad, trials, allowed) <= alpha:
        return Decision.PASS
    if trials and at_least(bad, trials, allowed) <= alpha:
        return Decision.FAIL
    return Decision.MORE


def alphas(whole: float = ALPHA) -> Iterator[float]:
    """What each look may spend: a half, a quarter, an eighth of the whole, without end."""
    while True:
        whole /= 2
        yield whole


def most_that_pass(trials: int, allowed: float, alpha: float = ALPHA) -> int:
    """The largest number of bad requests that is a PASS; -1 where even none is too few to tell."""
    low, high = -1, int(trials * allowed)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if at_most(middle, trials, allowed) <= alpha else (low, middle - 1)
        )
    return low


def least_that_fails(trials: int, allowed: float, alpha: float = ALPHA) -> int:
    """The smallest number of bad requests that is a FAIL; above `trials` where none is."""
    low, high = int(trials * allowed), trials + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if at_least(middle, trials, allowed) <= alpha else (middle + 1, high)
        )
    return low


def fewest_trials(allowed: float, alpha: float = ALPHA) -> int:
    """How many requests it takes for a PASS when none of them is bad."""
    trials = 1
    while decide(0, trials, allowed, alpha) is not Decision.PASS:
        trials *= 2
    low = trials // 2
    while low + 1 < trials:
        middle = (low + trials) // 2
        is_enough = decide(0, middle, allowed, alpha) is Decision.PASS
        low, trials = (low, middle) if is_enough else (middle, trials)
    return trials
