"""A claim's bound against a recording: the decision, and the figures that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proofbook.latency.binomial import at_most
from proofbook.latency.blocks import blocks
from proofbook.latency.deciding import ALPHA, Decision, decide
from proofbook.latency.quantiles import Interval, interval, quantile
from proofbook.latency.recording import UNANSWERED
from proofbook.measurements import Estimate

if TYPE_CHECKING:
    from collections.abc import Callable

    from proofbook.latency.blocks import Blocks
    from proofbook.latency.recording import Answer, Recording

#: How sure the interval beside a measurement is.
CONFIDENCE = 0.99
#: The statuses of success.
_SUCCESS = range(200, 300)
#: As often as a float can be halved before nothing is left of it.
_HALVINGS = 53


def succeeded(status: int) -> bool:
    """Whether a status is one of 200 to 299."""
    return status in _SUCCESS


@dataclass(frozen=True, slots=True)
class Percentile:
    """That a share of all requests is answered well within a time."""

    share: float
    #: An answer that takes longer is bad.
    most_seconds: float
    #: Whether a status is a good answer.
    is_good: Callable[[int], bool] = succeeded

    def is_bad(self, answer: Answer, patience: float) -> bool:
        """Too slow, refused or unanswered."""
        return _took(answer, patience, self.is_good) > self.most_seconds


@dataclass(frozen=True, slots=True)
class Share:
    """That a share of all requests is answered well at all."""

    share: float
    is_good: Callable[[int], bool] = succeeded

    def is_bad(self, answer: Answer, patience: float) -> bool:
        """Refused, unanswered, or answered when nobody waited any more."""
        return _took(answer, patience, self.is_good) >= patience


Question = Percentile | Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a recording says of a question."""

    decision: Decision
    trials: int
    bad: int
    #: Those that the generator started late; how many of the bad ones are none of them.
    late: int
    punctual_bad: int
    allowed: float
    alpha: float
    #: The percentile in seconds, or the share of good answers; with its interval.
    estimate: Estimate
    #: The same in view of requests that share their fate.
    blocks: Blocks = field(repr=False)
    #: The decision if only so many requests as are independent had been sent.
    cautious: Decision

    def __str__(self) -> str:
        """For a person, in one line."""
        return (
            f"{self.bad} of {self.trials} requests were bad, {self.allowed:.4g} of them may be "
            f"({self.decision} at {self.alpha:g}; design effect {self.blocks.design_effect:.3g})"
        )


def judge(recording: Recording, question: Question, alpha: float = ALPHA) -> Finding:
    """
    What a recording says of a question, wrong at most with probability `alpha`.

    PASS counts every bad request, FAIL only those that started when they were due.
    """
    answers, allowed = recording.answers, round(1 - question.share, 12)
    bad = [question.is_bad(answer, recording.patience) for answer in answers]
    trials, count = len(bad), sum(bad)
    punctual = sum(is_bad and not each.is_late for each, is_bad in zip(answers, bad, strict=True))
    seen = blocks([answer.due for answer in answers], bad)
    scale = seen.effective / trials if trials else 0.0
    return Finding(
        decision=_decided(count, punctual, trials, allowed, alpha),
        trials=trials,
        bad=count,
        late=sum(answer.is_late for answer in answers),
        punctual_bad=punctual,
        allowed=allowed,
        alpha=alpha,
        estimate=_estimate(recording, question, trials, count),
        blocks=seen,
        cautious=decide(round(count * scale), seen.effective, allowed, alpha),
    )


def _decided(bad: int, punctual: int, trials: int, allowed: float, alpha: float) -> Decision:
    if decide(bad, trials, allowed, alpha) is Decision.PASS:
        return Decision.PASS
    is_broken = decide(punctual, trials, allowed, alpha) is Decision.FAIL
    return Decision.FAIL if is_broken else Decision.MORE


def _estimate(recording: Recording, question: Question, trials: int, bad: int) -> Estimate:
    if isinstance(question, Share):
        good = (trials - bad) / trials if trials else float("nan")
        within = _of_share(trials, bad)
        return Estimate(good, within.low, within.high, CONFIDENCE)
    took = sorted(_took(each, recording.patience, question.is_good) for each in recording.answers)
    within = interval(took, question.share, CONFIDENCE)
    high = min(within.high, recording.patience)
    return Estimate(quantile(took, question.share), within.low, high, CONFIDENCE)


def _of_share(trials: int, bad: int) -> Interval:
    """The shares of good answers that fit so many bad ones: each end leaves half of the rest out."""
    rest = (1 - CONFIDENCE) / 2
    low, high = (_share(trials, bad, rest), _share(trials, bad - 1, 1 - rest))
    return Interval(1 - low, 1 - high if bad else 1.0)


def _share(trials: int, bad: int, chance: float) -> float:
    """The share of bad ones under which `bad` or fewer come with `chance`: exact, by halving."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(bad, trials, middle) > chance else (low, middle)
    return high


def _took(answer: Answer, patience: float, is_good: Callable[[int], bool]) -> float:
    """How long an answer took; what was no good answer took as long as anybody waits."""
    is_none = answer.status == UNANSWERED or not is_good(answer.status)
    return patience if is_none else min(answer.latency, patience)
