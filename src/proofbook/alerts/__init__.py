"""
Alert rules and SLO documents, made from the sentences of a runbook.

Two things make a rule: the claim, which states threshold and hold, and `runbooks/<system>/alerts.toml`,
which says which series stand for the words and states no number:

    [alerts.JobSourcesHeartbeatStale]
    claim = "jobsources.silent-runs-alert"     # … when `ratio > 25 %` … for `hold = 5 min`
    expr = "jobsources_running_without_heartbeat / jobsources_running_runs {ratio}"
    series = ["jobsources_running_without_heartbeat", "jobsources_running_runs"]
    hold = "hold"                              # which value of the claim is the hold; none: at once
    step = "alerts.md#count-runs"              # the page beside this file, and the step on it
    severity = "page"                          # which is what saying nothing means

`{ratio}` becomes `> 0.25`, sign and number of the claim's value; `{window.value}` its number alone
(`5m` of `5 min`). Numbers other than 0 and 1 are refused in `expr`. Each series gets an alert of its own
for when it is absent: `JobSourcesHeartbeatStaleNoData`, with the same hold; `series = []`: none.

    [slos.JobSourcesAvailability]
    claim = "jobsources.api-available"         # … `availability >= 99.5 %` …
    target = "availability"
    bad = 'sum(rate(requests_total{code=~"5.."}[$window]))'
    total = 'sum(rate(requests_total[$window]))'
    series = ["requests_total"]
    step = "alerts.md#count-requests"
    [burn]                                     # how fast a budget may go, for all of them
    claim = "jobsources.budget-burn-alerts"    # … `window = 30 d` … `fast = 2 %` in `fast_over = 1 h` …
    window = "window"
    levels.Fast = { spent = "fast", over = "fast_over", severity = "page" }

From a file and the claims, `Sheet` makes all of it; nothing here opens a file:

    sheet = Sheet("jobsources", parse(text, "runbooks/jobsources/alerts.toml"), claims)
    sheet.rules()                        # tuple of Rule: name, claim, expr, hold, labels, annotations
    prometheus.render(sheet)             # a rules file
    openslo.render(sheet)                # OpenSLO v1 documents
    scenes.ladder(rule, over=…, edge=…, well=…)   # synthetic series, for `instruments.promtool`

In a check, the fixture `alerts` gives the sheet of a system: `alerts(twin)`, from the file that the
target calls `files.alerts` (so a fault may put another in its place), else from the runbook's. A file of
checks that uses it says `READS = ("runbooks/<system>/alerts.toml",)`, so that a change there makes its
evidence stale.
"""

from proofbook.alerts.model import Rule, Table
from proofbook.alerts.sheet import Sheet
from proofbook.alerts.table import parse

__all__ = ["Rule", "Sheet", "Table", "parse"]
