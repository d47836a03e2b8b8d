"""A rules file of Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proofbook.alerts import yaml
from proofbook.alerts.promql import duration

if TYPE_CHECKING:
    from proofbook.alerts.model import Rule
    from proofbook.alerts.sheet import Sheet


def render(sheet: Sheet) -> str:
    """The whole file, one group; what it was made from stands in its first line."""
    rules = [_rule(rule) for rule in sheet.rules()]
    group: dict[str, object] = {"name": sheet.system, "rules": rules}
    made_from = (
        f"# Made from the claims of runbooks/{sheet.system}: change those, and make it again.\n"
    )
    return made_from + yaml.document({"groups": [group]})


def _rule(rule: Rule) -> dict[str, object]:
    held = {"for": duration(rule.hold)} if rule.hold else {}
    return {
        "alert": rule.name,
        "expr": rule.expr,
        **held,
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }
