"""What a finished run is called: the type of its failure, and its outcome in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILURE_TYPES = ("timeout", "network", "validation", "parse", "callback", "unknown")
#: The first type of which one mark stands in an error's text.
MARKS = {
    "timeout": ("[timeout]", "timed out"),
    "network": ("[network]", "cloudflare", "fetch"),
    "validation": ("[validation]", "invalid", "required"),
    "parse": ("parse",),
    "callback": ("callback",),
}
EMPTY_REASONS = ("filters_exhausted", "detail_parse_gap")


def failure_type(error: str) -> str:
    """The type that an error's text tells."""
    told = error.lower()
    return next(
        (name for name, marks in MARKS.items() if any(mark in told for mark in marks)), "unknown"
    )


def completed(offers: int, diagnostics: Mapping[str, Any]) -> str:
    """The outcome of a run that ended well, with so many offers."""
    is_blocked = diagnostics.get("resultKind") == "blocked"
    if offers:
        return "partial_success" if is_blocked else "success"
    if is_blocked:
        return "blocked_by_source"
    reason = diagnostics.get("emptyReason")
    return str(reason) if reason in EMPTY_REASONS else "listing_empty"


def failed(kind: str, scraped: int, diagnostics: Mapping[str, Any]) -> str:
    """The outcome of a run that failed."""
    if scraped > 0:
        return "partial_success"
    if kind == "callback":
        return "callback_rejected"
    if kind == "timeout":
        return "worker_timeout"
    if diagnostics.get("failureReason") == "source_http_blocked":
        return "source_http_blocked"
    return f"failed:{kind}"


def quality(scraped: int, found: int) -> str:
    """How much of what the source listed could be read."""
    if not scraped:
        return "empty"
    return "healthy" if scraped >= found else "partial"
