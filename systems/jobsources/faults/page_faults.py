"""How the steps of the runbook are broken: a page that says it wrong."""

from __future__ import annotations

from systems.chassis.seams import Fault, ids, nothing

jobs = ids("jobsources")

FAULTS = (
    Fault(
        name="page-asks-other-path",
        process="steps",
        breaks=jobs("operators-steps-work"),
        plant=nothing,
        edits=(('"$url/health"', '"$url/healthz"'),),
        reason="look-at-each-health",
    ),
)
