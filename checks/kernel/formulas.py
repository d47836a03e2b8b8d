"""Whether this suite computes what the contract computes: its formulas, held against the contract's own answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from checks.kernel.adapter_kms import public_bytes
from checks.kernel.chain import Event, event_hash, head_digest, is_signed, signature_bytes
from checks.kernel.known_answers import vectors
from checks.kernel.manifests import manifest_text
from proofbook.instruments.signatures import canonical_json, is_ed25519, missed

if TYPE_CHECKING:
    from collections.abc import Mapping


def missed_answers() -> tuple[str, ...]:
    """Names of known answers that do not come out here; none, unless something is broken in the suite."""
    known = vectors("formulas")
    public = public_bytes(known["public_base64"])
    return (
        *missed(),
        *(case["payload"] for case in known["manifests"] if not _is_manifest_s(case, public)),
        *(
            case["payload"]
            for case in [*known["hashes"], *known["chain"]]
            if event_hash(_event(case)) != case["hash"]
        ),
        *(f"head {case['count']}" for case in known["heads"] if not _is_head_s(case, public)),
        *(
            case["manifest"]
            for case in vectors("manifests")
            if "canonical" in case
            and canonical_json(json.loads(case["manifest"])) != case["canonical"]
        ),
    )


def _is_manifest_s(case: Mapping[str, str], public: bytes) -> bool:
    told = json.loads(case["payload"])
    text = manifest_text(told["manifest"], told["ts"])
    return is_ed25519(public, text, signature_bytes(case["signature"]))


def _is_head_s(case: Mapping[str, Any], public: bytes) -> bool:
    data = head_digest(case["count"], case["headHash"])
    return bool(data == case["data"]) and is_signed(data, case["ts"], case["signature"], [public])


def _event(case: Mapping[str, str]) -> Event:
    return Event(
        id="",
        event_type=case["eventType"],
        payload=json.loads(case["payload"]),
        prev_hash=case["prevHash"],
        hash=case["hash"],
        signature=None,
        signer_id="",
        key_version="",
        ts=case["ts"],
    )
