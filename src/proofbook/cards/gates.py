"""The gates: which of them open by the log as it is, and what shuts the others."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from proofbook.cards.elements import append, badge, el
from proofbook.verdicts import PRECEDENCE, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from xml.etree.ElementTree import Element

    from proofbook.gate import Decision

_ORDER = (*PRECEDENCE[:-1], Verdict.WAIVED, Verdict.PASS)
#: So many things in the way are shown; the rest are counted.
_SHOWN = 5


def gates(decisions: Iterable[Decision]) -> Element | None:
    """A list of the gates, each with what it asks; `None` where the policy states none."""
    items = [_gate(decision) for decision in decisions]
    return el("ul", *items, cls="pb-gates") if items else None


def verdict(decision: Decision) -> Verdict:
    """The worst that a gate met; no pass where anything shuts it."""
    found = [answer.standing.verdict for answer in decision.answers]
    worst = min(found, key=_ORDER.index, default=Verdict.NO_VERDICT)
    if decision.opens or worst not in (Verdict.PASS, Verdict.WAIVED):
        return worst
    return Verdict.NO_VERDICT


def end(decision: Decision) -> str | None:
    """When the first pass that a gate rests on runs out, RFC 3339; `None` where none does."""
    ends = [answer.standing.valid_until for answer in decision.answers]
    first = min(filter(None, ends), default=None)
    return first.astimezone(UTC).isoformat() if first else None


def said(decision: Decision) -> str:
    """Whether it opens, in words: `opens: 12 of 12 claims`."""
    met = sum(answer.holds for answer in decision.answers)
    word = "opens" if decision.opens else "shut"
    over = ", and overridden for a while" if decision.overrides else ""
    return f"{word}: {met} of {len(decision.answers)} claims{over}"


def _gate(decision: Decision) -> Element:
    made = el(
        "li",
        badge(verdict(decision), end(decision) if decision.opens else None),
        " ",
        el("strong", decision.gate),
        " ",
        el("span", said(decision), cls="pb-gate-said"),
        data_pb_gate=decision.gate,
    )
    reasons = [shut.what for shut in decision.shut]
    reasons += [f"{answer.standing.claim.id}: {answer.why}" for answer in decision.unmet]
    if reasons:
        items = [el("li", reason) for reason in reasons[:_SHOWN]]
        if len(reasons) > _SHOWN:
            items.append(el("li", f"and {len(reasons) - _SHOWN} more: "))
            append(items[-1], el("code", f"proofbook gate {decision.gate} --explain"))
        append(made, el("ul", *items))
    return made
