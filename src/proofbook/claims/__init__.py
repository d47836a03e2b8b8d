"""What a runbook promises: claims with their ids, sentences and numbers, read out of Markdown."""

from proofbook.claims.model import RESERVED, Claim, Literal, Runbook, Value
from proofbook.claims.prose import Exemption, bare_promises, exemptions
from proofbook.claims.reader import digest, read, read_all, system_of
from proofbook.claims.render import render

__all__ = [
    "RESERVED",
    "Claim",
    "Exemption",
    "Literal",
    "Runbook",
    "Value",
    "bare_promises",
    "digest",
    "exemptions",
    "read",
    "read_all",
    "render",
    "system_of",
]
