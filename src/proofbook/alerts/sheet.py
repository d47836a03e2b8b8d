"""All alerts of a system: what its table says, filled with the numbers of the claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from proofbook.alerts import burning
from proofbook.alerts.model import Rule
from proofbook.alerts.promql import filled, length
from proofbook.errors import Place, Problem, RunbookError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proofbook.alerts.model import Alert, Table
    from proofbook.claims import Claim

#: Before a step's name in the anchor that the site gives it.
ANCHOR = "step-"
#: Behind an alert's name, where its data is missing.
NO_DATA = "NoData"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A system's table and the claims that it speaks of."""

    #: `jobsources`: the folder of its pages.
    system: str
    table: Table
    #: By id.
    claims: Mapping[str, Claim]
    #: The address at which the pages stand; empty: links lead to the files.
    site: str = ""

    def rules(self) -> tuple[Rule, ...]:
        """
        Every rule: the alerts, those for missing data, and those for budgets that burn.

        Raises `RunbookError` where a claim or a value is named that no runbook states.
        """
        return (*self._alerts(), *burning.rules(self))

    def rule(self, name: str) -> Rule:
        """The rule of that name; `RunbookError` if there is none."""
        found = {rule.name: rule for rule in self.rules()}
        if name not in found:
            known = ", ".join(found) or "none"
            problem = Problem(
                Place(self.table.path, 1), f"there is no alert {name} here; there are: {known}"
            )
            raise RunbookError([problem])
        return found[name]

    def of(self, claim: str) -> tuple[Rule, ...]:
        """The rules that a claim states, those for missing data not among them."""
        return tuple(rule for rule in self.rules() if rule.claim == claim and not rule.watches)

    def claim(self, id_: str, place: Place) -> Claim:
        """A claim by its id; `RunbookError` if no runbook states it."""
        if id_ not in self.claims:
            raise RunbookError([Problem(place, f"there is no claim {id_}; correct the id")])
        return self.claims[id_]

    def url(self, step: str) -> str:
        """Where a step is read: at the site, or in the folder of the runbooks."""
        page, _, name = step.partition("#")
        path = f"{self.system}/{page}"
        if not self.site:
            return f"runbooks/{path}#{ANCHOR}{name}"
        return f"{self.site.rstrip('/')}/{path.removesuffix('.md')}.html#{ANCHOR}{name}"

    def steps(self) -> tuple[tuple[Place, str], ...]:
        """Every step that a rule leads to, with the line that says so."""
        alerts = [(alert.place, alert.step) for alert in self.table.alerts]
        return (*alerts, *((slo.place, slo.step) for slo in self.table.slos))

    def absence(self, rule: Rule, series: tuple[str, ...]) -> Iterator[Rule]:
        """The rule that fires while what another one reads is not there."""
        if series:
            yield Rule(
                name=f"{rule.name}{NO_DATA}",
                claim=rule.claim,
                expr=" or ".join(f"absent({each})" for each in series),
                hold=rule.hold,
                labels=rule.labels,
                annotations={**rule.annotations, "summary": f"Nothing is known of: {rule.name}"},
                watches=rule.name,
            )

    def _alerts(self) -> Iterator[Rule]:
        for alert in self.table.alerts:
            rule = self._rule(alert)
            yield rule
            yield from self.absence(rule, alert.series)

    def _rule(self, alert: Alert) -> Rule:
        claim = self.claim(alert.claim, alert.place)
        hold = length(claim, alert.hold, alert.place) if alert.hold else timedelta()
        return Rule(
            name=alert.name,
            claim=claim.id,
            expr=filled(alert.expr, claim, alert.place),
            hold=hold,
            labels={"severity": alert.severity, "claim": claim.id},
            annotations={"summary": claim.sentence, "runbook_url": self.url(alert.step)},
        )
