"""What a recording says of a claim."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.latency import Answer, Decision, Percentile, Recording, Share, doubts, drawing, judge
from proofbook.latency.binomial import at_least, at_most
from proofbook.latency.blocks import blocks
from proofbook.latency.quantiles import interval, quantile, ranks

P95 = Percentile(0.95, most_seconds=0.6)


def recording(*latencies: float, status: int = 200, late: float = 0.0) -> Recording:
    """Twenty requests a second that took so long."""
    answers = [Answer(n / 20, late, took, status) for n, took in enumerate(latencies)]
    return Recording(answers=answers, planned=len(answers), seconds=len(answers) / 20)


def test_what_is_slow_refused_or_unanswered_is_bad() -> None:
    """A quick error is no quick answer."""
    cases = {
        (0.6, 200): False,
        (0.61, 200): True,
        (0.01, 500): True,
        (0.01, 429): True,
        (0.01, 0): True,
    }

    for (took, status), is_bad in cases.items():
        assert P95.is_bad(Answer(0, 0, took, status), 5.0) is is_bad


def test_a_share_counts_answers_and_not_how_long_they_took() -> None:
    """Unless nobody waited any more; and a claim may say what is good."""
    below_500 = Share(0.995, is_good=lambda status: 0 < status < 500 and status != 429)

    assert [
        below_500.is_bad(Answer(0, 0, 1, status), 5.0) for status in (200, 404, 429, 503, 0)
    ] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert below_500.is_bad(Answer(0, 0, 5.1, 200), 5.0)


def test_the_percentile_stands_with_its_interval() -> None:
    """Between order statistics; what was bad counts as long as anybody waits."""
    found = judge(recording(*[0.1] * 900, *[0.5] * 70, *[9.0] * 30), P95)

    assert found.decision is Decision.PASS
    assert (found.trials, found.bad, found.allowed) == (1000, 30, 0.05)
    assert (found.estimate.value, found.estimate.low, found.estimate.high) == (0.5, 0.5, 0.5)
    assert judge(recording(*[0.1] * 99, status=500), P95).estimate.value == 5.0


def test_a_share_stands_with_its_interval() -> None:
    """None bad of a thousand says: surely no more than half a percent."""
    found = judge(recording(*[0.1] * 1000), Share(0.99))

    assert (found.decision, found.estimate.value, found.estimate.high) == (Decision.PASS, 1.0, 1.0)
    assert found.estimate.low == pytest.approx(0.005 ** (1 / 1000))
    some = judge(recording(*[0.1] * 990, *[9.0] * 10), Share(0.99)).estimate
    assert at_most(10, 1000, 1 - some.low) == pytest.approx(0.005)
    assert at_least(10, 1000, 1 - some.high) == pytest.approx(0.005)


def test_late_starts_may_not_break_a_claim() -> None:
    """Where it holds with them it holds; where it is broken by them alone, nothing is known."""
    punctual, held_up = recording(*[0.1] * 950), recording(*[0.7] * 80, late=0.02)
    together = punctual + held_up
    broken = recording(*[0.1] * 900, *[0.7] * 100)

    doubted = judge(together, P95)

    assert (doubted.decision, doubted.late, doubted.punctual_bad) == (Decision.MORE, 80, 0)
    assert list(doubts(together, doubted)) == [
        "80 of 1030 requests started late, by the generator's fault"
    ]
    assert judge(broken, P95).decision is Decision.FAIL
    assert list(doubts(broken, judge(broken, P95))) == []
    fine = recording(*[0.1] * 950) + recording(*[0.2] * 50, late=0.02)
    assert judge(fine, P95).decision is Decision.PASS
    assert list(doubts(fine, judge(fine, P95))) == []


@pytest.mark.parametrize(
    ("change", "doubt"),
    [
        ({"answers": [], "planned": 100}, "no request was sent"),
        ({"dropped": 3}, "3 requests were never sent: too many were under way"),
        ({"planned": 101}, "1 of 101 requests are not accounted for"),
        ({"processor": 0.95}, "the generator was busy 95% of the time"),
        ({"stopped": "p95 was 3"}, "the run was stopped: p95 was 3"),
    ],
)
def test_a_generator_that_failed_is_doubted(change: dict[str, object], doubt: str) -> None:
    """Whatever it measured."""
    run = replace(recording(*[0.1] * 100), **change)  # type: ignore[arg-type]

    assert list(doubts(run, judge(run, P95))) == [doubt]


def test_requests_that_share_their_fate_weigh_less() -> None:
    """A second that is bad as a whole is one event; independent ones are as many as they are."""
    times = [n / 100 for n in range(2000)]

    stalled = blocks(times, [10 <= time < 11 for time in times])
    scattered = blocks(times, [n % 20 == 0 for n in range(2000)])

    assert stalled.design_effect > 50
    assert stalled.effective < 40
    assert (scattered.design_effect, scattered.effective) == (1.0, 2000)
    assert stalled.low == 0.0
    assert stalled.high > 0.15
    assert blocks([], []).effective == 0
    assert judge(recording(*[0.1] * 190, *[9.0] * 20), P95).cautious is Decision.MORE


@given(st.lists(st.floats(0, 10), min_size=1, max_size=200), st.floats(0.01, 0.99))
def test_a_quantile_is_what_it_says(sample: list[float], share: float) -> None:
    """So many do not exceed it, and fewer do not reach what is below it."""
    ordered = sorted(sample)

    found = quantile(ordered, share)

    assert sum(each <= found for each in ordered) >= round(share * len(ordered), 9)
    assert sum(each < found for each in ordered) < share * len(ordered) + 1e-6
    low, high = interval(ordered, share, 0.99)
    assert low <= found <= high


def test_intervals_are_those_of_order_statistics() -> None:
    """The known places of a p95's 99 % interval; of a small sample no upper end is known."""
    found = [tuple(round(rank / n, 3) for rank in ranks(n, 0.95, 0.99)) for n in (200, 1000, 5000)]

    assert found == [(0.905, 0.99), (0.931, 0.968), (0.942, 0.958)]
    assert interval([1.0, 2.0], 0.95, 0.99) == (1.0, math.inf)
    assert math.isnan(quantile([], 0.5))


def test_a_second_run_comes_behind_the_first() -> None:
    """In time; and their troubles are joined."""
    first, second = recording(*[0.1] * 20), replace(recording(0.2), stopped="enough", dropped=2)

    both = first + second

    assert [both.answers[-1].due, both.seconds] == [1.0, 1.05]
    assert (both.planned, both.stopped, both.dropped) == (21, "enough", 2)


def test_pictures_say_their_numbers_in_words() -> None:
    """For who cannot see them; past the promise the colour is another."""
    run = recording(*[0.1] * 90, *[0.7] * 10)

    curve, histogram = drawing.curve(run, 0.6, 0.95), drawing.histogram(run, 0.6)

    assert "<title>Latency by percentile: 95 % within 700 ms, all within 700 ms</title>" in curve
    assert "promised 600 ms" in curve
    assert "<title>Requests by latency: 100, at most 90 in one step</title>" in histogram
    assert (histogram.count('class="h"'), histogram.count('class="l"')) == (1, 1)
    assert "nothing was answered" in drawing.curve(recording(), None, 0.95)
    assert "nothing was answered" in drawing.histogram(recording(), None)
    assert "µs" in drawing.histogram(recording(0.0005), None)


def test_a_finding_is_a_sentence() -> None:
    """For a person who asks why."""
    assert str(judge(recording(*[0.1] * 100), P95)) == (
        "0 of 100 requests were bad, 0.05 of them may be (pass at 0.01; design effect 1)"
    )
