"""
Signatures: how they must come out, and everything that must not pass for one.

    check_known_answers()
    cases = [Case(name="sound", sent=raw, accepted=True), *refusals(flipped(raw)), *refusals(forged(raw))]
    answers = run(cases, deliver)
"""

from proofbook.instruments.signatures.bench import (
    Answer,
    Answered,
    Case,
    accepted_wrongly,
    broke,
    refusals,
    refused_wrongly,
    run,
    unasked,
)
from proofbook.instruments.signatures.canonical import canonical_json
from proofbook.instruments.signatures.keys import (
    ORDER,
    ed25519,
    hmac_sha256,
    is_ed25519,
    public_key,
    raised,
)
from proofbook.instruments.signatures.known import check_known_answers, hmac_tags, missed, rfc8032
from proofbook.instruments.signatures.tampering import (
    altered_fields,
    base64_spellings,
    flipped,
    forged,
    hex_spellings,
    number_spellings,
    resized,
    respelled,
    strayed,
)

__all__ = [
    "ORDER",
    "Answer",
    "Answered",
    "Case",
    "accepted_wrongly",
    "altered_fields",
    "base64_spellings",
    "broke",
    "canonical_json",
    "check_known_answers",
    "ed25519",
    "flipped",
    "forged",
    "hex_spellings",
    "hmac_sha256",
    "hmac_tags",
    "is_ed25519",
    "missed",
    "number_spellings",
    "public_key",
    "raised",
    "refusals",
    "refused_wrongly",
    "resized",
    "respelled",
    "rfc8032",
    "run",
    "strayed",
    "unasked",
]
