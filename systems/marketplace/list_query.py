"""What is asked of the two lists: out of range it is clamped, and what is no number is ignored."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from systems.marketplace import texts
from systems.marketplace.schema import csv, numeric, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST, LAST_PAGE = 50, 1_000_000
JOB_SORTS = ("recent", "budget", "deadline")
FREELANCER_SORTS = ("rating", "rate", "experience", "recent")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """A page, and the values of its query."""

    page: int
    limit: int
    is_basic: bool
    values: Mapping[str, object]

    @property
    def key(self) -> str:
        """The same text for the same list."""
        return json.dumps([self.page, self.limit, self.is_basic, self.values], sort_keys=True)

    @property
    def bounds(self) -> Mapping[str, object]:
        """All values of the query."""
        return {**self.values, "limit": self.limit, "skipped": (self.page - 1) * self.limit}


def jobs(told: Mapping[str, str]) -> ListQuery:
    """The list of jobs; `client_id` is for who asks for their own."""
    search = told.get("search", "").strip(texts.BLANK)
    budget_type = told.get("budgetType", "").upper()
    return _query(
        told,
        usual=10,
        values={
            "client_id": None,
            "title": _pattern(texts.plain(search)),
            "description": _pattern(texts.description(search)),
            "budget_type": budget_type if budget_type in ("FIXED", "HOURLY") else None,
            "skills": texts.skills(csv(told.get("skills", ""))) or None,
            "least": numeric(told.get("minBudget", "")),
            "most": numeric(told.get("maxBudget", "")),
            "sort": _sort(told, JOB_SORTS),
        },
    )


def freelancers(told: Mapping[str, str]) -> ListQuery:
    """The list of freelancers."""
    search = told.get("search", "").strip(texts.BLANK)
    return _query(
        told,
        usual=12,
        values={
            "text": _pattern(texts.plain(search)),
            "bio": _pattern(texts.description(search)),
            "skills": texts.skills(csv(told.get("skills", ""))) or None,
            "least_rate": numeric(told.get("minRate", "")),
            "most_rate": numeric(told.get("maxRate", "")),
            "least_experience": numeric(told.get("minExperience", "")),
            "least_rating": numeric(told.get("minRating", "")),
            "sort": _sort(told, FREELANCER_SORTS),
        },
    )


def page_of(told: Mapping[str, str], usual: int) -> tuple[int, int]:
    """Which page, and how long."""
    return (
        whole(told.get("page", ""), 1, LAST_PAGE, 1),
        whole(told.get("limit", ""), 1, MOST, usual),
    )


def _query(told: Mapping[str, str], *, usual: int, values: Mapping[str, object]) -> ListQuery:
    page, limit = page_of(told, usual)
    is_basic = told.get("select") == "basic"
    return ListQuery(page=page, limit=limit, is_basic=is_basic, values=values)


def _sort(told: Mapping[str, str], known: tuple[str, ...]) -> str:
    return told.get("sort", "") if told.get("sort", "") in known else known[0]


def _pattern(text: str) -> str | None:
    """What ILIKE finds a text by; None of nothing."""
    escaped = text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return f"%{escaped}%" if text else None
