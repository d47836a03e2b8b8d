"""Who may say what, and what must hold before a gate opens: `gates.toml` as a value."""

from proofbook.policy.fitting import check, find
from proofbook.policy.model import (
    CI,
    LOCAL,
    LONGEST_OVERRIDE,
    OVERRIDERS,
    Gate,
    Policy,
    Principal,
    Row,
)
from proofbook.policy.parse import parse

__all__ = [
    "CI",
    "LOCAL",
    "LONGEST_OVERRIDE",
    "OVERRIDERS",
    "Gate",
    "Policy",
    "Principal",
    "Row",
    "check",
    "find",
    "parse",
]
