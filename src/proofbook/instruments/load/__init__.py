"""
Load, as it comes from people: requests start when they are due, not when the last answer has come.

A profile of `loadtests/` says what is asked (`proofbook.instruments.load.profile`); a person runs it with
plain Locust, a check with the fixture `load`:

    settled = load(
        "loadtests/jobsources.py:Reads",
        api.url,
        Percentile(0.95, most_seconds=0.6),
        rate=200,
        requests=2000,
        env={"JOBSOURCES_TOKEN": token},
    )
    claim.expect(p95=settled.estimate)

It runs for as long as it takes to tell, within the target's limits. What it cannot tell, or must not
measure, raises `NoVerdict` or `NotAsked`. Latency counts from the intended start; errors and unanswered
requests count as slow; a generator that was late or busy gives no verdict. The curve, the histogram, the
figures and an HdrHistogram log are kept as evidence. A check that asks for `load` runs alone.
"""

from proofbook.instruments.load.bench import Load
from proofbook.instruments.load.plan import Plan
from proofbook.instruments.load.running import run

__all__ = ["Load", "Plan", "run"]
