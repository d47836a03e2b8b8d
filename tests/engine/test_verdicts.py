"""Five verdicts and their join."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofbook.verdicts import PRECEDENCE, Verdict, joined

_JOINABLE = st.lists(st.sampled_from(PRECEDENCE))


@pytest.mark.parametrize(
    ("verdicts", "join"),
    [
        ("", "no_verdict"),
        ("pass", "pass"),
        ("pass pass", "pass"),
        ("pass stale", "stale"),
        ("stale no_verdict", "no_verdict"),
        ("no_verdict fail", "fail"),
        ("pass stale no_verdict fail", "fail"),
    ],
)
def test_verdicts_join_to_the_strongest(verdicts: str, join: str) -> None:
    """`fail > no_verdict > stale > pass`, and nothing at all is `no_verdict`."""
    for order in permutations(Verdict(word) for word in verdicts.split()):
        assert joined(order) is Verdict(join)


@given(_JOINABLE, _JOINABLE)
def test_the_join_of_joins_is_the_join_of_all(some: list[Verdict], more: list[Verdict]) -> None:
    """Which shard or worker came first, and how often, does not matter."""
    parts = [joined(part) for part in (some, more) if part]

    assert joined(parts) == joined(some + more)
    assert joined(some + some) == joined(some)


@given(_JOINABLE, st.sampled_from([verdict for verdict in PRECEDENCE if verdict != Verdict.PASS]))
def test_nothing_joins_away_what_is_no_pass(some: list[Verdict], worse: Verdict) -> None:
    """No number of passes makes one of anything else."""
    assert joined([*some, worse]) is not Verdict.PASS


def test_a_waiver_joins_with_nothing() -> None:
    """It is a person's word over a verdict."""
    with pytest.raises(ValueError, match="waived is laid over a verdict; it joins with none"):
        joined([Verdict.PASS, Verdict.WAIVED])
