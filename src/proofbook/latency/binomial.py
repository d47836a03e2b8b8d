"""
Exact tails of the binomial distribution, by the standard library alone.

Terms are summed from the one asked about outwards, each from the one before by their ratio, so that
nothing is lost to cancellation; the first is taken in logarithms, which reach any number of trials.
"""

from __future__ import annotations

import math

#: A term this small beside the sum changes no digit of it.
_NOTHING = 1e-18


def at_most(count: int, trials: int, chance: float) -> float:
    """The probability of `count` or fewer successes in `trials`, each with `chance`."""
    if count < 0:
        return 0.0
    if count >= trials:
        return 1.0
    if count > trials * chance:
        return max(0.0, 1.0 - _upwards(count + 1, trials, chance))
    return _downwards(count, trials, chance)


def at_least(count: int, trials: int, chance: float) -> float:
    """The probability of `count` or more successes in `trials`, each with `chance`."""
    if count <= 0:
        return 1.0
    if count > trials:
        return 0.0
    if count <= trials * chance:
        return max(0.0, 1.0 - _downwards(count - 1, trials, chance))
    return _upwards(count, trials, chance)


def _upwards(count: int, trials: int, chance: float) -> float:
    """From `count`, above the mean, to `trials`."""
    if chance <= 0:
        return 0.0
    total = term = _term(count, trials, chance)
    odds = chance / (1 - chance) if chance < 1 else math.inf
    for number in range(count, trials):
        term *= (trials - number) / (number + 1) * odds
        total += term
        if term <= total * _NOTHING:
            break
    return min(1.0, total)


def _downwards(count: int, trials: int, chance: float) -> float:
    """From `count`, not above the mean, to none."""
    if chance >= 1:
        return 0.0
    total = term = _term(count, trials, chance)
    odds = (1 - chance) / chance if chance > 0 else 0.0
    for number in range(count, 0, -1):
        term *= number / (trials - number + 1) * odds
        total += term
        if term <= total * _NOTHING:
            break
    return min(1.0, total)


def _term(count: int, trials: int, chance: float) -> float:
    """The probability of exactly `count` successes."""
    if chance <= 0 or chance >= 1:
        return float(count == (trials if chance >= 1 else 0))
    ways = math.lgamma(trials + 1) - math.lgamma(count + 1) - math.lgamma(trials - count + 1)
    return math.exp(ways + count * math.log(chance) + (trials - count) * math.log1p(-chance))
