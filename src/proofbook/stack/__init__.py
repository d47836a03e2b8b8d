"""Everything that runs: a warden and its wards, twins of a target's systems, and what they need."""

from proofbook.stack.addresses import Address
from proofbook.stack.controlled import Controlled
from proofbook.stack.faults import Fault, fault, faults
from proofbook.stack.outcomes import Exited, Finished, Ready, TimedOut, started
from proofbook.stack.ports import fixed
from proofbook.stack.stack import Stack
from proofbook.stack.twins import Twin

__all__ = [
    "Address",
    "Controlled",
    "Exited",
    "Fault",
    "Finished",
    "Ready",
    "Stack",
    "TimedOut",
    "Twin",
    "fault",
    "faults",
    "fixed",
    "started",
]
