import pytest

from proofbook.instruments.workers import Troubles
from proofbook.instruments.workers.plan import Fate, Plan, drawn

JOBS = [f"job-{number}" for number in range(50)]


def plan(seed: int = 1, jobs: list[str] = JOBS, **troubles: int) -> Plan:
    """A plan for four workers and a lease of two seconds."""
    return drawn(jobs, Troubles(**troubles), seed=seed, workers=4, lease_seconds=2)


def test_the_same_seed_is_the_same_plan() -> None:
    """And another seed another."""
    assert plan(7, kill=3, pause=4, last=1) == plan(7, kill=3, pause=4, last=1)
    assert plan(7, kill=3, pause=4).fates != plan(8, kill=3, pause=4).fates


def test_so_many_jobs_have_each_fate() -> None:
    """No job has two."""
    drawn_plan = plan(kill=3, pause=4, fail=2, last=5, hopeless=6, deadly=7)

    assert {fate: len(drawn_plan.jobs(fate)) for fate in Fate} == {
        Fate.WORKS: 0,
        Fate.DIES: 3,
        Fate.FREEZES: 4,
        Fate.FAILS: 2,
        Fate.LASTS: 5,
        Fate.IS_HOPELESS: 6,
        Fate.IS_DEADLY: 7,
    }


def test_only_the_first_holder_meets_a_fate_but_for_three() -> None:
    """A second worker would never finish, otherwise."""
    fates = {f"j-{fate.name}": fate for fate in Fate}
    some = Plan(seed=1, workers=1, fates=fates, seconds={})

    assert [some.fate(job, 1) for job in fates] == list(Fate)
    assert {fate for job, fate in fates.items() if some.fate(job, 2) is not Fate.WORKS} == {
        Fate.LASTS,
        Fate.IS_HOPELESS,
        Fate.IS_DEADLY,
    }
    assert some.fate("another", 1) is Fate.WORKS


def test_how_long_a_job_takes_belongs_to_the_job() -> None:
    """Far below a lease; beyond it for those that last."""
    lasting = plan(last=2)

    long = {job for job, seconds in lasting.seconds.items() if seconds > 2}
    assert long == set(lasting.jobs(Fate.LASTS))
    assert all(seconds <= 0.04 for job, seconds in lasting.seconds.items() if job not in long)


def test_more_troubles_than_jobs_are_refused() -> None:
    """Or some would silently not happen."""
    with pytest.raises(ValueError, match=r"^4 troubles for 3 jobs: put more in, or ask for fewer$"):
        plan(jobs=JOBS[:3], kill=2, pause=2)
