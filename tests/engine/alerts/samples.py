"""A page and a table that go together."""

from __future__ import annotations

from proofbook.alerts import Sheet, parse
from proofbook.claims import read

PATH = "runbooks/shop/alerts.toml"
PAGE = """---
owner: Platform team
escalation: somebody
---

# Alerts

> **shop.silent-tills-alert** — More than `ratio > 25 %` silent tills for `hold = 5 min` page somebody.

> **shop.refusals-alert** — `refused >= 3` refusals within `within = 90 s` page somebody at once.

> **shop.answers** — Of all answers `availability >= 99.5 %` are good.

> **shop.is-fast** — Answers take `p95 <= 600 ms`.

> **shop.burns** — Of a budget for `window = 30 d`, `fast = 2 %` in `fast_over = 1 h` page somebody, and `slow = 10 %` in `slow_over = 3 d` make a ticket.
"""
TABLE = """
[alerts.ShopTillsSilent]
claim = "shop.silent-tills-alert"
expr = "tills_silent / tills {ratio}"
series = ["tills_silent", 'tills{kind="open"}']
hold = "hold"
step = "alerts.md#count-tills"

[alerts.ShopRefusals]
claim = "shop.refusals-alert"
expr = 'increase(refused_total{till="1"}[{within.value}]) {refused}'
series = []
step = "alerts.md#count-refusals"
severity = "ticket"

[slos.ShopAnswers]
claim = "shop.answers"
target = "availability"
bad = 'sum(rate(answers_total{code=~"5.."}[$window]))'
total = "sum(rate(answers_total[$window]))"
series = ["answers_total"]
step = "alerts.md#count-answers"

[slos.ShopLatency]
claim = "shop.is-fast"
target = "p95"
profile = "loadtests/shop.py:Reads"
step = "slo.md#measure"

[burn]
claim = "shop.burns"
window = "window"
levels.Fast = { spent = "fast", over = "fast_over" }
levels.Slow = { spent = "slow", over = "slow_over", severity = "ticket" }
"""


def sheet(table: str = TABLE, page: str = PAGE, site: str = "") -> Sheet:
    """The sheet of a table and a page."""
    claims = {claim.id: claim for claim in read(page, "runbooks/shop/alerts.md").claims}
    return Sheet("shop", parse(table, PATH), claims, site)
