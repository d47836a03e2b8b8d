"""What a job must say, posted or published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from systems.chassis.http import Refusal
from systems.marketplace import texts
from systems.marketplace.schema import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

BUDGET_TYPES = {"FIXED": "FIXED", "HOURLY": "HOURLY", "fixed": "FIXED", "hourly": "HOURLY"}
#: What a client may set: the state before, which its arrow comes from.
BEFORE = {"OPEN": "CANCELLED", "CANCELLED": "OPEN"}
CURRENCY, REQUIREMENT = 10, 500
LEAST_TITLE, LEAST_DESCRIPTION = 3, 10


def read(
    told: Mapping[str, object], *, is_escrow_on: bool, error: str = "Invalid payload"
) -> dict[str, object]:
    """A new job's columns. Raises Refusal 400 with everything that is wrong."""
    fields = Fields(told)
    found = _columns(fields)
    fields.check(error)
    _refuse_escrow(found, is_escrow_on=is_escrow_on)
    return found


def read_change(told: Mapping[str, object], *, is_escrow_on: bool) -> dict[str, object]:
    """The columns of a change, those that stay as they are None, and `from`, the state that it changes."""
    fields = Fields(told, is_partial=True)
    found = _columns(fields)
    status = fields.choice("status", {word: word for word in BEFORE})
    fields.check()
    _refuse_escrow(found, is_escrow_on=is_escrow_on)
    return {**found, "status": status, "from": BEFORE[status] if status else None}


def _columns(fields: Fields) -> dict[str, object]:
    title = fields.text("title", LEAST_TITLE, is_required=True)
    description = fields.text("description", LEAST_DESCRIPTION, is_required=True)
    duration = fields.text("duration", 1, is_required=True)
    currency = fields.text("currency")
    requirements = fields.listing("requirements")
    return {
        "title": _plain(title, texts.TITLE),
        "description": None if description is None else texts.description(description),
        "budgetAmount": fields.number("budgetAmount", is_required=True),
        "budgetType": fields.choice("budgetType", BUDGET_TYPES, is_required=True),
        "duration": _plain(duration, texts.DURATION),
        "skills": fields.skills("skills", is_required=True),
        "currency": _plain(currency, CURRENCY) or None,
        "deadline": fields.instant("deadline"),
        "requirements": None if requirements is None else texts.listing(requirements, REQUIREMENT),
        "useBlockchain": fields.switch("useBlockchain"),
    }


def _plain(text: str | None, longest: int) -> str | None:
    return None if text is None else texts.plain(text, longest)


def _refuse_escrow(found: Mapping[str, object], *, is_escrow_on: bool) -> None:
    if found["useBlockchain"] and not is_escrow_on:
        raise Refusal(400, "Escrow disabled")
