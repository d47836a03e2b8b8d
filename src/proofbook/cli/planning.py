"""`verify --plan`: what would be asked of what, and what that would do to it; nothing is done."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click
from rich.table import Table
from rich.text import Text

from proofbook import targets
from proofbook.cli import here
from proofbook.cli.consoles import console
from proofbook.cli.sessions import Outcome, collect
from proofbook.cli.verifying import arguments_for
from proofbook.errors import NoVerdict
from proofbook.report import Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proofbook.claims import Claim
    from proofbook.cli.verifying import Verification
    from proofbook.effects import Effect
    from proofbook.pytest_plugin.plan import Plan
    from proofbook.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What asking one claim would do."""

    claim: str
    #: The strongest effect of its cases; `None` without a check.
    effect: Effect | None
    #: Node ids.
    cases: tuple[str, ...]
    #: The rates that its sentence states.
    rates: tuple[str, ...]
    #: Why it would not be asked; empty if it would.
    why_not: str


def show(verification: Verification) -> int:
    """Collect, and print what running would do."""
    root = here.root()
    outcome = Outcome()
    refusal = collect(arguments_for(verification, root), outcome)
    if outcome.plan is None:
        raise refusal or NoVerdict("nothing was planned")
    target = targets.load(root, verification.target)
    claims = {claim.id: claim for runbook in here.runbooks(root) for claim in runbook.claims}
    asked = tuple(_asked(outcome.plan, claims, target))
    if verification.as_json:
        click.echo(_json(asked, target), nl=False)
    else:
        _print(asked, target)
    return Exit.PASS


def _asked(plan: Plan, claims: Mapping[str, Claim], target: Target) -> Iterator[Asking]:
    """What each claim that the plan wants would do, in reading order."""
    for claim in claims.values():
        if not plan.is_wanted(claim.id):
            continue
        cases = [case for case in plan.cases.get(claim.id, ()) if case.selected]
        effect = max((case.effect for case in cases), default=None)
        yield Asking(
            claim=claim.id,
            effect=effect,
            cases=tuple(case.nodeid for case in cases),
            rates=tuple(value.text for value in claim.values if value.unit == "req/s"),
            why_not=_refusal(effect, target),
        )


def _refusal(effect: Effect | None, target: Target) -> str:
    if effect is None:
        return "no check"
    if effect <= target.allowed:
        return ""
    return f"{target.path} {'is protected' if target.protected else f'permits {target.allowed}'}"


def _facts(target: Target) -> dict[str, object]:
    """The target as far as a plan tells of it: places, what is started there, how hard it is driven."""
    limits = {"rate": target.limits.rate, "seconds": target.limits.seconds}
    limits |= {"connections": target.limits.connections}
    programs = [
        f"{system.name}.{name}"
        for system in target.systems.values()
        for name, process in system.processes.items()
        if process.command
    ]
    services = [service.role for service in target.services.values() if service.url is None]
    return {
        "target": target.called,
        "kind": target.kind,
        "permits": str(target.allowed),
        "addresses": sorted(target.addresses),
        "starts": programs + services,
        "limits": {name: limit for name, limit in limits.items() if limit is not None},
    }


def _json(asked: Sequence[Asking], target: Target) -> str:
    claims = [
        {
            "claim": asking.claim,
            "effect": None if asking.effect is None else str(asking.effect),
            "rates": list(asking.rates),
            "asked": not asking.why_not,
            "reason": asking.why_not,
            "cases": list(asking.cases),
        }
        for asking in asked
    ]
    whole = {"schema": 1, **_facts(target), "claims": claims}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _print(asked: Sequence[Asking], target: Target) -> None:
    facts = _facts(target)
    out = console(sys.stdout)
    out.print(Text(f"a plan for {target.called} ({target.kind}); nothing was done", style="bold"))
    for name in ("addresses", "starts", "limits"):
        out.print(Text(f"  {name:10} {_listed(facts[name])}"), soft_wrap=True)
    out.print(f"  {'permits':10} {target.allowed}\n")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("claim", "effect", "cases"):
        table.add_column(column, no_wrap=True, justify="right" if column == "cases" else "left")
    table.add_column("rates, or why it is not asked", overflow="fold")
    for asking in asked:
        note = asking.why_not or ", ".join(asking.rates)
        effect = "" if asking.effect is None else str(asking.effect)
        table.add_row(Text(asking.claim), effect, str(len(asking.cases)), Text(note))
    out.print(table, crop=False)
    out.print(f"\n{_count(asked)}", soft_wrap=True)


def _listed(fact: object) -> str:
    if isinstance(fact, dict):
        return ", ".join(f"{name} {limit:g}" for name, limit in fact.items()) or "none"
    return ", ".join(fact) if isinstance(fact, list) and fact else "none"


def _count(asked: Sequence[Asking]) -> str:
    would = [asking for asking in asked if not asking.why_not]
    unchecked = sum(asking.effect is None for asking in asked)
    refused = len(asked) - len(would) - unchecked
    cases = sum(len(asking.cases) for asking in would)
    strongest = max((asking.effect for asking in would if asking.effect is not None), default=None)
    effect = "" if strongest is None else f", the strongest of which {strongest}"
    parts = [
        f"{len(would)} claims would be asked in {cases} cases{effect}",
        f"{refused} would not be asked" if refused else "",
        f"{unchecked} without a check" if unchecked else "",
    ]
    return " · ".join(filter(None, parts))
