"""No false alarm over a correct queue, and no fault of a wrong one missed: by simulation in its own time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofbook.history import judge, witness
from tests.engine.history.simulation import PROMISES, Simulation
from tests.engine.instruments.reference_queue import FAULTS

#: So many runs of one fault, of which one at the least must show it; most faults show in most.
RUNS = 40


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), jobs=st.integers(1, 12), workers=st.integers(1, 8))
def test_a_correct_queue_breaks_no_rule(seed: int, jobs: int, workers: int) -> None:
    """Whatever latencies, lost calls, late arrivals, deaths and zombies come together."""
    assert judge(Simulation(seed, jobs=jobs, workers=workers).history(), PROMISES) == ()


@pytest.mark.slow
def test_a_correct_queue_breaks_no_rule_in_a_thousand_runs() -> None:
    """The same thousand each time, so that a failure here is a failure anywhere."""
    for seed in range(1000):
        history = Simulation(seed, jobs=1 + seed % 12, workers=1 + seed % 7).history()
        assert judge(history, PROMISES) == (), seed


def test_the_simulation_sees_what_it_is_to_judge() -> None:
    """Re-claims, zombies that were refused, calls without answers: else it would prove nothing."""
    seen = [witness(Simulation(seed).history()) for seed in range(RUNS)]

    for name in ("lapses", "refused_zombies", "unknown", "failures", "empty_claims", "completions"):
        assert sum(getattr(one, name) for one in seen) > RUNS, name


@pytest.mark.parametrize(("fault", "rules"), FAULTS.items())
def test_every_fault_is_found_by_its_rule(fault: str, rules: set[str]) -> None:
    """A queue that breaks one promise is caught by the judge of that promise, by chance alone."""
    histories = (Simulation(seed, fault).history() for seed in range(RUNS))

    assert any(judge(history, PROMISES, only=rules) for history in histories)


def test_effects_of_an_unfenced_queue_are_found_in_the_ledger() -> None:
    """Two attempts that both completed had two effects."""
    histories = [Simulation(seed, "no-fencing").history() for seed in range(RUNS)]

    assert any(judge(history, PROMISES, only={"Q16"}) for history in histories)


def test_a_dropped_job_is_missing_from_the_count() -> None:
    """A queue that counted what it lost would count right."""
    histories = [Simulation(seed, "job-dropped").history() for seed in range(RUNS)]

    assert any(judge(history, PROMISES, only={"Q18"}) for history in histories)
