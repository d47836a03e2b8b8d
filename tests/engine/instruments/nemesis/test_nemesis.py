from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from proofbook.errors import StackError
from proofbook.history import Kind, Outcome
from proofbook.instruments.nemesis import Deed, Nemesis, Power, Schedule, frozen, killed
from proofbook.instruments.workers.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proofbook.instruments.nemesis import Touch


class Victim:
    """A process that writes down what is done to it."""

    def __init__(self, name: str, said: list[str], *, stays_dead: bool = False) -> None:
        self.name, self.said, self.stays_dead = name, said, stays_dead

    def kill(self) -> None:
        self.said.append(f"{self.name} killed")

    def start(self) -> None:
        if self.stays_dead:
            raise StackError(f"{self.name} did not start again")
        self.said.append(f"{self.name} started")

    def freeze(self) -> None:
        self.said.append(f"{self.name} frozen")

    def thaw(self) -> None:
        self.said.append(f"{self.name} thawed")


def schedule(*deeds: tuple[str, str, int], seconds: float = 0.0) -> Schedule:
    """Deeds by lane, power and aim, without a pause."""
    return Schedule(
        seed=1,
        deeds=tuple(
            Deed(lane=lane, power=power, pause_seconds=0, seconds=seconds, aim=aim)
            for lane, power, aim in deeds
        ),
    )


def wait_for(nemesis: Nemesis) -> None:
    """Until it has played all."""
    for _ in range(1000):
        if not nemesis.is_playing:
            return
        threading.Event().wait(0.01)
    raise AssertionError("it plays for ever")


def test_deeds_of_a_lane_come_in_order_and_each_is_healed() -> None:
    """Its victim is chosen by remainder; each is an event, from the stroke until it was healed."""
    said: list[str] = []
    victims = [Victim("w1", said), Victim("w2", said)]
    powers = [
        killed("worker killed", victims, lane="workers"),  # type: ignore[arg-type]  # as much as is needed
        frozen("worker frozen", victims, lane="workers", least_seconds=1),  # type: ignore[arg-type]  # likewise
    ]
    plan = schedule(("workers", "worker killed", 3), ("workers", "worker frozen", 0))
    recorder = Recorder({})

    with Nemesis(powers, plan, recorder) as nemesis:
        wait_for(nemesis)

    assert said == ["w2 killed", "w2 started", "w1 frozen", "w1 thawed"]
    assert nemesis.unwitnessed() == ()
    assert recorder.history.plan["nemesis"] == plan.as_json()
    events = recorder.history.of_kind(Kind.TROUBLE)
    assert [(e.worker, e.detail, e.outcome, e.job) for e in events] == [
        ("nemesis", "worker killed", Outcome.OK, None),
        ("nemesis", "worker frozen", Outcome.OK, None),
    ]


def test_leaving_early_heals_what_is_broken() -> None:
    """A deed under way is cut short; what has not begun does not begin."""
    said: list[str] = []
    power = killed("API killed", [Victim("api", said)], lane="ground")  # type: ignore[list-item]  # as above
    plan = schedule(("ground", "API killed", 0), ("ground", "API killed", 0), seconds=60)
    nemesis = Nemesis([power], plan, Recorder({}))

    with nemesis:
        while not said:
            threading.Event().wait(0.001)

    assert said == ["api killed", "api started"]
    assert not nemesis.is_playing


def test_what_cannot_be_healed_is_raised() -> None:
    """Once, after all lanes have ended."""
    said: list[str] = []
    power = killed("API killed", [Victim("api", said, stays_dead=True)], lane="ground")  # type: ignore[list-item]  # as above
    plan = schedule(("ground", "API killed", 0), ("ground", "API killed", 0))

    with (
        pytest.raises(StackError, match=r"^api did not start again$"),
        Nemesis([power], plan, Recorder({})) as nemesis,
    ):
        wait_for(nemesis)

    assert said == ["api killed"]


def test_an_error_of_the_caller_s_is_not_hidden_by_ours() -> None:
    """It came first, or is the more telling one."""
    power = killed("API killed", [Victim("api", [], stays_dead=True)], lane="ground")  # type: ignore[list-item]  # as above
    nemesis = Nemesis([power], schedule(("ground", "API killed", 0)), Recorder({}))

    def use() -> None:
        with nemesis:
            wait_for(nemesis)
            raise KeyError

    with pytest.raises(KeyError):
        use()


def test_a_power_that_touched_nothing_is_named() -> None:
    """What it was meant to do did not happen: the run proves too little."""

    @contextmanager
    def strike(_: int) -> Iterator[Touch]:
        yield lambda: 0

    power = Power(name="line shut", lane="ground", strike=strike, least_seconds=0, most_seconds=0)
    with Nemesis([power], schedule(("ground", "line shut", 0)), Recorder({})) as nemesis:
        wait_for(nemesis)

    assert nemesis.unwitnessed() == ("'line shut' touched nothing",)
