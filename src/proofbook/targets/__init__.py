"""Deployments that checks can be run against: `targets/*.toml` as values."""

from proofbook.targets.files import load, names
from proofbook.targets.model import (
    Identity,
    Limits,
    Login,
    Overlay,
    Process,
    Reading,
    Ready,
    Service,
    StopWhen,
    System,
    Target,
)
from proofbook.targets.naming import Names
from proofbook.targets.parse import parse
from proofbook.targets.placeholders import fill, placeholders
from proofbook.targets.places import forbidden
from proofbook.targets.references import Reference, reference

__all__ = [
    "Identity",
    "Limits",
    "Login",
    "Names",
    "Overlay",
    "Process",
    "Reading",
    "Ready",
    "Reference",
    "Service",
    "StopWhen",
    "System",
    "Target",
    "fill",
    "forbidden",
    "load",
    "names",
    "parse",
    "placeholders",
    "reference",
]
