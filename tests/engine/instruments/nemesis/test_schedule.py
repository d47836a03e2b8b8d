from __future__ import annotations

from contextlib import nullcontext

import pytest

from proofbook.instruments.nemesis import Power, drawn


def power(name: str, lane: str = "ground", *, least: float = 0.1, most: float = 0.5) -> Power:
    """A power that does nothing."""
    return Power(
        name=name,
        lane=lane,
        strike=lambda _: nullcontext(lambda: 1),
        least_seconds=least,
        most_seconds=most,
    )


POWERS = [power("a"), power("b"), power("c", "workers", least=2, most=3)]


def test_the_same_seed_draws_the_same_schedule() -> None:
    """To the last digit; another seed another one."""
    assert drawn(POWERS, troubles=9, seed=7) == drawn(POWERS, troubles=9, seed=7)
    assert drawn(POWERS, troubles=9, seed=7) != drawn(POWERS, troubles=9, seed=8)


def test_each_power_comes_once_before_any_comes_again() -> None:
    """In whatever order."""
    for seed in range(50):
        deeds = drawn(POWERS, troubles=5, seed=seed).deeds
        assert {deed.power for deed in deeds[:3]} == {"a", "b", "c"}
        assert len(deeds) == 5


def test_a_deed_is_its_power_s() -> None:
    """Its lane, and for as long as the power says."""
    schedule = drawn(POWERS, troubles=30, seed=1)

    assert {deed.power for deed in schedule.lanes()["workers"]} == {"c"}
    assert {deed.power for deed in schedule.lanes()["ground"]} == {"a", "b"}
    assert all(2 <= deed.seconds <= 3 for deed in schedule.lanes()["workers"])
    assert all(0.1 <= deed.seconds <= 0.5 for deed in schedule.lanes()["ground"])


def test_a_schedule_is_plain_values() -> None:
    """What the evidence keeps of it."""
    assert drawn([power("a", least=1, most=1)], troubles=1, seed=3).as_json() == {
        "seed": 3,
        "deeds": [
            {
                "lane": "ground",
                "power": "a",
                "pause_seconds": 0.437,
                "seconds": 1.0,
                "aim": 62_135,
            }
        ],
    }


def test_fewer_troubles_than_powers_are_refused() -> None:
    """Some power would never have been tried."""
    with pytest.raises(ValueError, match=r"^2 troubles for 3 powers: ask for more, or for fewer"):
        drawn(POWERS, troubles=2, seed=1)
